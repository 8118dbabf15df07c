import type { ErrorCode } from '#contract/errors.ts';
import type { Asked } from '#contract/fleet.ts';
import { type TrialEvent, TrialStep } from '#contract/hosts.ts';
import type { LinkEvent } from '../engine/link.ts';
import type { Clock } from '../kernel/clock.ts';
import { limits } from '../kernel/limits.ts';
import { visibleText } from '../kernel/text.ts';
import type { ConnectEvent } from '../ssh/connection-types.ts';
import { machineOf } from '../ssh/errors.ts';

/** Which step of which machine; `jump` as in {@link TrialEvent}. */
interface TrialPlace {
  readonly step: TrialStep;
  readonly jump: string | null;
}

/** Where a code belongs that says so by itself. Of others it is whatever was under way. */
const STEP_OF: Partial<Readonly<Record<ErrorCode, TrialStep>>> = {
  SSH_CONFIG_BROKEN: 'resolve',
  SSH_CONFIG_UNSUPPORTED: 'resolve',
  ADDRESS_NOT_FOUND: 'resolve',
  JUMP_REFUSED: 'reach',
  CONNECT_REFUSED: 'reach',
  CONNECT_TIMEOUT: 'reach',
  UNREACHABLE: 'reach',
  HOST_KEY_UNKNOWN: 'host-key',
  HOST_KEY_REJECTED: 'host-key',
  HOST_KEY_CHANGED: 'host-key',
  HOST_KEY_REVOKED: 'host-key',
  HOST_KEY_UNREADABLE: 'host-key',
  AUTH_FAILED: 'authenticate',
  AUTH_NO_CREDENTIALS: 'authenticate',
  AUTH_UNANSWERED: 'authenticate',
  AGENT_UNREACHABLE: 'authenticate',
  KEY_UNREADABLE: 'authenticate',
  KEY_PERMISSIONS: 'authenticate',
  KEY_INVALID: 'authenticate',
  PASSPHRASE_NEEDED: 'authenticate',
  PASSPHRASE_WRONG: 'authenticate',
  FORWARD_REFUSED: 'forward',
  KEY_RESTRICTED: 'forward',
  COMMAND_FORCED: 'forward',
  SESSIONS_EXHAUSTED: 'forward',
  CHANNELS_EXHAUSTED: 'forward',
  DIAL_STDIO_FAILED: 'forward',
  SOCKET_MISSING: 'socket',
  SOCKET_DENIED: 'socket',
  SOCKET_REFUSED: 'socket',
  ENGINE_TIMEOUT: 'engine',
  ENGINE_ANSWER_INVALID: 'engine',
  ENGINE_ANSWER_TOO_LARGE: 'engine',
  ENGINE_DENIED: 'engine',
  ENGINE_NOT_FOUND: 'engine',
  ENGINE_ERROR: 'engine',
  API_TOO_OLD: 'engine',
  API_TOO_NEW: 'engine',
};

/** null: it may happen at any step. */
export function stepOfCode(code: ErrorCode): TrialStep | null {
  return STEP_OF[code] ?? null;
}

/** The one thing that is prepared. */
const PREPARING = 'nothing was dialled yet: keys were being looked for, in files and in ssh-agent';

/** Made once the machine is logged in to: these are the host's own, whatever jump machine was spoken of before. */
const OF_THE_HOST: ReadonlySet<TrialStep> = new Set(['forward', 'socket', 'engine', 'permissions']);

/**
 * The steps of a trial in the order of the contract, each begun once and ended once: a question makes a second connection
 * necessary, which is told from its beginning again.
 */
export class TrialSteps {
  readonly #clock: Clock;
  readonly #tell: (event: TrialEvent) => void;
  readonly #told = new Map<string, { readonly at: TrialPlace; done: boolean; asks: Asked | null }>();
  /** What is under way, told or not. */
  #now: TrialPlace = { step: 'resolve', jump: null };
  #since: number;
  #isPreparing = false;
  readonly #prepared = new Map<string, number>();
  /** Milliseconds in which a person was asked, since {@link #since}. */
  #asked = 0;
  /** What a person is asked now, the newest last, and since when that counts for {@link #asked}. */
  readonly #asking: Asked[] = [];
  #askingSince = 0;

  constructor(clock: Clock, tell: (event: TrialEvent) => void) {
    this.#clock = clock;
    this.#tell = tell;
    this.#since = clock.monotonic();
  }

  readonly onEvent = (event: ConnectEvent | LinkEvent): void => {
    const jump = 'isJump' in event && event.isJump ? machineOf(event.hop) : null;
    const at = { step: event.step, jump };
    if (event.kind === 'preparing') this.#prepare(at);
    if (event.kind === 'asking' || event.kind === 'asked') this.#ask(at, event);
    if (event.kind === 'begun') this.begin(at, 'ms' in event ? event.ms : 0);
    if (event.kind === 'passed') {
      const ms = event.ms + this.#preparedMs(at);
      this.#end(at, { kind: 'passed', ...at, ms, seen: shortened(event.seen) });
    }
    if (event.kind === 'skipped') this.#end(at, { kind: 'skipped', ...at, why: shortened(event.why) });
  };

  /** @param before milliseconds of it that are over already */
  begin(at: TrialPlace, before = 0): void {
    this.#turnTo(at);
    this.#since -= before;
    if (this.#told.has(keyOf(at))) return;
    this.#told.set(keyOf(at), { at, done: false, asks: null });
    this.#tell({ kind: 'begun', ...at });
  }

  /** Ends what was begun last. */
  pass(seen: string): void {
    this.#end(this.#now, { kind: 'passed', ...this.#now, ms: this.#elapsed(), seen: shortened(seen) });
  }

  /**
   * Where it stopped, and after how many milliseconds of that step; steps that were begun and are not the one are told to
   * be skipped. `underWay`: what was being done where that is not the step itself, as lines of what was seen.
   */
  stop(code: ErrorCode): TrialPlace & { readonly ms: number; readonly underWay: readonly string[] } {
    const underWay = this.#isPreparing ? [PREPARING] : [];
    const at = this.#placeOf(code);
    const ms = this.#elapsed() + this.#preparedMs(at);
    for (const { at: begun, done } of this.#told.values()) {
      if (done || keyOf(begun) === keyOf(at)) continue;
      this.#end(begun, { kind: 'skipped', ...begun, why: `not finished: it stopped at “${at.step}”` });
    }
    if (!this.#told.has(keyOf(at))) this.begin(at);
    return { ...at, ms, underWay };
  }

  /** What a step needs is gathered before its turn: it is not told to have begun, but stands for what is under way. */
  #prepare(at: TrialPlace): void {
    this.#turnTo(at);
    this.#isPreparing = true;
  }

  #turnTo(at: TrialPlace): void {
    if (this.#isPreparing) {
      const key = keyOf(this.#now);
      this.#prepared.set(key, (this.#prepared.get(key) ?? 0) + this.#elapsed());
    }
    this.#isPreparing = false;
    this.#now = at;
    this.#since = this.#clock.monotonic();
    this.#asked = 0;
    this.#askingSince = this.#since;
  }

  /** Milliseconds that were spent on it before its turn. */
  #preparedMs(at: TrialPlace): number {
    return this.#prepared.get(keyOf(at)) ?? 0;
  }

  /** A question opens or closes; the time in between is not the step's. */
  #ask(at: TrialPlace, { kind, what }: { readonly kind: 'asking' | 'asked'; readonly what: Asked }): void {
    const now = this.#clock.monotonic();
    if (kind === 'asking') {
      if (this.#asking.length === 0) this.#askingSince = now;
      this.#asking.push(what);
    } else {
      const index = this.#asking.lastIndexOf(what);
      if (index === -1) return;
      this.#asking.splice(index, 1);
      if (this.#asking.length === 0) this.#asked += now - this.#askingSince;
    }
    const told = this.#told.get(keyOf(at));
    const asks = this.#asking.at(-1) ?? null;
    // A question may be withdrawn because the step is done.
    if (told === undefined || told.done || told.asks === asks) return;
    told.asks = asks;
    this.#tell(asks === null ? { kind: 'asked', ...at } : { kind: 'asking', ...at, what: asks });
  }

  #placeOf(code: ErrorCode): TrialPlace {
    const step = STEP_OF[code];
    if (step === undefined) return this.#now;
    const at = { step, jump: OF_THE_HOST.has(step) ? null : this.#now.jump };
    // What a step before this one could have failed with happens later on as well: the engine hangs while its containers
    // are listed.
    const isBefore = TrialStep.options.indexOf(step) < TrialStep.options.indexOf(this.#now.step);
    const isOpen = this.#told.get(keyOf(at))?.done === false;
    return isBefore && !isOpen ? this.#now : at;
  }

  #end(at: TrialPlace, event: TrialEvent): void {
    const told = this.#told.get(keyOf(at));
    if (told?.done) return;
    if (told === undefined) this.begin(at);
    this.#told.set(keyOf(at), { at, done: true, asks: null });
    this.#tell(event);
  }

  #elapsed(): number {
    return Math.max(0, this.#clock.monotonic() - this.#since - this.#asked);
  }
}

function keyOf({ step, jump }: TrialPlace): string {
  return `${step} ${jump ?? ''}`;
}

function shortened(text: string): string {
  return visibleText(text, limits.text.reasonChars);
}
