import type { Clock } from '../kernel/clock.ts';
import type { LinkEvent, LinkStep } from './link.ts';

/** Tells how far the opening of an engine has come. Each step ends once; the next has begun then. */
export class LinkSteps {
  readonly #clock: Clock;
  readonly #tell: (event: LinkEvent) => void;
  #step: LinkStep | null = null;
  #begunAt = 0;
  #because = '';

  constructor({ clock, onEvent = () => {} }: { readonly clock: Clock; readonly onEvent?: (event: LinkEvent) => void }) {
    this.#clock = clock;
    this.#tell = onEvent;
  }

  /** Does nothing where it is under way already. @param since when it had begun, by the monotonic clock; default: now */
  begin(step: LinkStep, since: number = this.#clock.monotonic()): void {
    if (this.#step === step) return;
    this.#step = step;
    this.#begunAt = since;
    const ms = this.#clock.monotonic() - since;
    this.#tell({ kind: 'begun', step, ...(ms > 0 ? { ms } : {}) });
  }

  /** Ends the step under way, if it is this one. @param at when it had ended; default: now */
  passed(step: LinkStep, seen: string, at: number = this.#clock.monotonic()): void {
    if (this.#step !== step) return;
    this.#step = null;
    const because = step === 'forward' ? this.#because : '';
    this.#tell({ kind: 'passed', step, ms: Math.max(0, at - this.#begunAt), seen: seen + because });
  }

  skipped(step: LinkStep, why: string): void {
    this.#step = null;
    this.#tell({ kind: 'skipped', step, why });
  }

  /** The way under way is left for another. @param why as in `sshd does not forward to sockets` */
  instead(why: string): void {
    this.#because = `, because ${why}`;
  }

  /** When the step under way had begun, by the monotonic clock. */
  get begunAt(): number {
    return this.#begunAt;
  }

  /** What was to open the way has found out that the socket is the matter, and cannot speak for the way. */
  failedAtSocket(why: string): void {
    const since = this.#begunAt;
    this.skipped('forward', why);
    this.begin('socket', since);
  }
}
