import type { HostState } from '#contract/fleet.ts';
import type { HostLink } from '../engine/link.ts';
import { backoffMs } from '../kernel/backoff.ts';
import { type Clock, elapsedSince, type Moment, moment } from '../kernel/clock.ts';
import { AppError, abortError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import { needsAPerson } from '../kernel/needs-a-person.ts';
import type { ConnectPhase, EngineAgain } from './host-session.ts';
import { hostWasReached } from './host-was-reached.ts';

/** A host over one link, until that ends. */
interface Reading extends AsyncDisposable {
  /** Resolves with why. */
  readonly ended: Promise<AppError>;
  /** Something was read over it: it was no failed try. */
  readonly wasUseful: boolean;
}

interface ConnectionLoopOptions {
  /** `isWished` and `again` as in `HostConnector.connect`. */
  readonly connect: (
    signal: AbortSignal,
    onPhase: (phase: ConnectPhase) => void,
    isWished: boolean,
    again: EngineAgain | null,
  ) => Promise<HostLink>;
  /** Begins to read over a new link; what it returns is disposed before the link is. */
  readonly read: (link: HostLink) => Reading;
  /** False: one try, after which nothing happens until {@link ConnectionLoop.retry} or `wake`. */
  readonly retry: boolean;
  readonly clock: Clock;
  /** In [0, 1), as Math.random. */
  readonly random: () => number;
  readonly toAppError: (error: unknown) => AppError;
  /** A try, or the connection it led to, is over; told before the state that follows. */
  readonly onFailure: (why: AppError) => void;
  /** How the connecting goes, and that it waits; what comes of a link while it stands is not told here. */
  readonly onState: (state: HostState) => void;
}

/** A try that has not led to a link yet. */
interface Try {
  readonly begunAt: Moment;
  /** It was begun by {@link ConnectionLoop.wake}. */
  readonly byWake: boolean;
  readonly giveUp: AbortController;
  isAsking: boolean;
  /** How often the engine could not be opened over the connection that stands. */
  engineFailures: number;
}

/**
 * Connects a host for as long as it is followed: one try at a time, then, however that ended, a wait before the next,
 * which grows up to a bound and never ends by itself. What needs a person waits for one.
 */
export class ConnectionLoop {
  readonly #options: ConnectionLoopOptions;
  /** Tries that came to nothing since the host was read last. */
  #failures = 0;
  #try: Try | null = null;
  /** When the next try is due, on the monotonic clock; null while one is under way, or its link stands. */
  #dueAt: number | null = null;
  #waitsForPerson = false;
  /** A person has asked for the next try, or for the one under way. */
  #isWished = false;
  /** The next try is due so soon after the failure of what is under way, in milliseconds; null: as failures tell. */
  #soonMs: number | null = null;
  #byWake = false;
  /** Aborted when the wait under way has to be looked at again. */
  #changed = new AbortController();
  /** What has ended and is not closed yet. */
  readonly #closing = new Set<Promise<void>>();

  constructor(options: ConnectionLoopOptions) {
    this.#options = options;
  }

  /** Connects until `stop` is aborted; resolves when everything is closed. Never rejects. */
  async run(stop: AbortSignal): Promise<void> {
    while (!stop.aborted) {
      await this.#once(stop);
      await this.#wait(stop);
    }
    await Promise.all(this.#closing);
  }

  /** A person asks for it: tries at once where the next try, or a person, is waited for; does nothing elsewhere. */
  retry(): void {
    if (this.#dueAt === null) return;
    this.#isWished = true;
    this.#tryWithin(0);
  }

  /** What a person was waited for has been put right elsewhere: tries at once; does nothing where nobody is waited for. */
  goOn(): void {
    if (this.#dueAt !== null && this.#waitsForPerson) this.#tryWithin(0);
  }

  /**
   * This machine has slept, or is in another network: waits were meant for what was before, and a try that is under way
   * goes over what may be gone. It is given up, unless a person is being asked, and the next begins within
   * `limits.fleet.wakeSpreadMs`, so that hosts do not all begin together. However often this is called, one try is under
   * way: one that was begun for the same reason a moment ago goes on, and if it fails the next follows at once.
   */
  wake(): void {
    const { clock } = this.#options;
    const current = this.#try;
    if (current === null) {
      if (this.#dueAt === null || this.#waitsForPerson) return;
      // Its network may come up some time after the machine: the first tries follow one another quickly.
      this.#failures = 0;
      this.#byWake = true;
      this.#tryWithin(this.#spreadMs());
      return;
    }
    if (current.isAsking) return;
    this.#failures = 0;
    this.#soonMs = this.#spreadMs();
    this.#byWake = true;
    // One whose connection stands, and waits for the engine, was begun for the network as it was before.
    const isConnecting = current.engineFailures === 0;
    if (current.byWake && isConnecting && elapsedSince(current.begunAt, clock) < limits.ssh.connectMs) return;
    current.giveUp.abort(new AppError('CANCELLED', 'This try was given up for another.'));
  }

  /** The link that stands is about to be ended because this machine was away: the next try follows as after a wake. */
  replacesLink(): void {
    this.#failures = 0;
    this.#soonMs = this.#spreadMs();
    this.#byWake = true;
  }

  #spreadMs(): number {
    return Math.floor(this.#options.random() * limits.fleet.wakeSpreadMs);
  }

  #tryWithin(ms: number): void {
    const at = this.#options.clock.monotonic() + ms;
    this.#dueAt = Math.min(this.#dueAt ?? Number.POSITIVE_INFINITY, at);
    this.#changed.abort();
  }

  /** One try, and reading what it leads to. Resolves when it has failed; what is left of it is closed meanwhile. */
  async #once(stop: AbortSignal): Promise<void> {
    const { clock, connect, read, retry, toAppError } = this.#options;
    const current: Try = {
      begunAt: moment(clock),
      byWake: this.#byWake,
      giveUp: new AbortController(),
      isAsking: false,
      engineFailures: 0,
    };
    this.#byWake = false;
    this.#dueAt = null;
    this.#try = current;
    this.#tell({ state: 'connecting' });
    let link: HostLink;
    try {
      const signal = AbortSignal.any([stop, current.giveUp.signal]);
      const onPhase = (phase: ConnectPhase) => {
        if (this.#try !== current || current.giveUp.signal.aborted) return;
        current.isAsking = phase.state === 'asking';
        this.#tell(phase);
      };
      const again: EngineAgain = (why, over) => this.#engineFailed(current, why, over);
      link = await connect(signal, onPhase, this.#isWished, retry ? again : null);
    } catch (error) {
      this.#try = null;
      if (stop.aborted) return;
      if (current.giveUp.signal.aborted) this.#again();
      else this.#failed(toAppError(error));
      return;
    }
    this.#try = null;
    // It may have come all the same.
    if (stop.aborted || current.giveUp.signal.aborted) {
      this.#close(link);
      if (!stop.aborted) this.#again();
      return;
    }
    this.#soonMs = null;
    this.#byWake = false;
    let reading: Reading;
    try {
      reading = read(link);
    } catch (error) {
      this.#close(link);
      this.#failed(toAppError(error));
      return;
    }
    const why = await reading.ended;
    if (reading.wasUseful) this.#failures = 0;
    this.#close(link, reading);
    if (!stop.aborted) this.#failed(why);
  }

  /** A dead link takes its time to close: neither the state nor the next try waits for it. */
  #close(link: HostLink, reading: Reading | null = null): void {
    const closing = (async () => {
      await using _link = link;
      await using _reading = reading;
    })().catch((error: unknown) => void this.#options.toAppError(error));
    this.#closing.add(closing);
    void closing.then(() => this.#closing.delete(closing));
  }

  /** The host is reached, and its engine is not: as {@link EngineAgain}. The try goes on all the while. */
  async #engineFailed(current: Try, why: AppError, over: AbortSignal): Promise<boolean> {
    const { clock, random, onFailure, onState } = this.#options;
    const { code, message } = why;
    current.engineFailures += 1;
    this.#isWished = false;
    this.#waitsForPerson = false;
    this.#dueAt = clock.monotonic() + backoffMs(current.engineFailures, { ...limits.fleet.engineAgain, random });
    onFailure(why);
    onState({ state: 'degraded', since: this.#nowText(), code, message });
    await this.#wait(over);
    this.#dueAt = null;
    if (over.aborted) throw abortError(over);
    return this.#isWished;
  }

  /** A try was given up: its host is none that could not be reached. */
  #again(): void {
    this.#dueAt = this.#options.clock.monotonic() + (this.#soonMs ?? 0);
    this.#soonMs = null;
    this.#waitsForPerson = false;
    this.#tell({ state: 'connecting' });
  }

  /** What follows is told at once: from this moment on nothing of the host is known to be so. */
  #failed(why: AppError): void {
    const { clock, random, retry, onFailure, onState } = this.#options;
    const soonMs = this.#soonMs;
    this.#soonMs = null;
    this.#waitsForPerson = false;
    // A try that was given up for another has fulfilled no wish; this one has.
    this.#isWished = false;
    this.#failures += 1;
    const { code, message } = why;
    const since = this.#nowText();
    onFailure(why);
    if (needsAPerson(code)) {
      this.#waitsForPerson = true;
      this.#dueAt = Number.POSITIVE_INFINITY;
      onState({ state: 'blocked', since, code, message });
      return;
    }
    const waitMs = soonMs ?? (retry ? backoffMs(this.#failures, { ...limits.fleet.reconnect, random }) : null);
    const nextTryAt = waitMs === null ? null : new Date(clock.now() + waitMs).toISOString();
    this.#dueAt = waitMs === null ? Number.POSITIVE_INFINITY : clock.monotonic() + waitMs;
    onState(
      hostWasReached(code)
        ? { state: 'degraded', since, code, message }
        : { state: 'offline', since, code, message, attempt: this.#failures, nextTryAt },
    );
  }

  async #wait(stop: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    while (!stop.aborted) {
      const leftMs = (this.#dueAt ?? 0) - clock.monotonic();
      if (leftMs <= 0) return;
      this.#changed = new AbortController();
      const either = AbortSignal.any([stop, this.#changed.signal]);
      await (Number.isFinite(leftMs) ? clock.sleep(leftMs, either).catch(() => undefined) : aborted(either));
    }
  }

  #tell(phase: ConnectPhase): void {
    this.#options.onState({ ...phase, attempt: this.#failures + 1, since: this.#nowText() });
  }

  #nowText(): string {
    return new Date(this.#options.clock.now()).toISOString();
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
