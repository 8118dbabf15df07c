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

  /** Does nothing where it is under way already. */
  begin(step: LinkStep): void {
    if (this.#step === step) return;
    this.#step = step;
    this.#begunAt = this.#clock.monotonic();
    this.#tell({ kind: 'begun', step });
  }

  /** Ends the step under way, if it is this one. */
  passed(step: LinkStep, seen: string): void {
    if (this.#step !== step) return;
    this.#step = null;
    const because = step === 'forward' ? this.#because : '';
    this.#tell({ kind: 'passed', step, ms: this.#clock.monotonic() - this.#begunAt, seen: seen + because });
  }

  skipped(step: LinkStep, why: string): void {
    this.#step = null;
    this.#tell({ kind: 'skipped', step, why });
  }

  /** The way under way is left for another. @param why as in `sshd does not forward to sockets` */
  instead(why: string): void {
    this.#because = `, because ${why}`;
  }

  /** What was to open the way has found out that the socket is the matter, and cannot speak for the way. */
  failedAtSocket(why: string): void {
    this.skipped('forward', why);
    this.begin('socket');
  }
}
