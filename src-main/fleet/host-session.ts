import type { Problem } from '#contract/errors.ts';
import type { Host, HostState } from '#contract/fleet.ts';
import type { HostMode } from '#contract/hosts.ts';
import type { HostLink } from '../engine/link.ts';
import { backoffMs } from '../kernel/backoff.ts';
import type { Clock } from '../kernel/clock.ts';
import { AppError, abortError, toProblem } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import { notLive } from './container-log.ts';
import type { HostEvent } from './host-access.ts';
import { HostConnection } from './host-connection.ts';
import { HostKnowledge } from './host-knowledge.ts';
import type { ReadStage } from './host-reader.ts';
import { KeptState } from './kept-state.ts';
import type { HostPreferences } from './model.ts';
import { needsAPerson } from './needs-a-person.ts';
import { Pace } from './pace.ts';
import { StageWaiters } from './stage-waiters.ts';

/** How a session reaches its host. Rejects with an AppError. */
export interface HostConnector {
  /** @param mode what the engine gate lets through, asked at each request: it may change while the host is connected */
  connect(signal: AbortSignal, mode: () => HostMode): Promise<HostLink>;
}

export interface HostSessionOptions {
  readonly id: string;
  /** Canonical target, as shown. */
  readonly target: string;
  readonly connector: HostConnector;
  readonly mode: () => HostMode;
  readonly preferences: HostPreferences;
  /** Read at every use; {@link HostSession.followIntervals} makes waits under way follow a change. */
  readonly intervals: { readonly refreshMs: number; readonly sampleMs: number };
  /** See {@link HostSession.watchLoad}. */
  readonly loadWatched: boolean;
  /** False: one attempt, after which the session stays offline or blocked until {@link HostSession.retry}. */
  readonly retry: boolean;
  readonly clock: Clock;
  readonly random: () => number;
  /** Makes an AppError of what a bug threw, and keeps its stack where it can be read. */
  readonly toAppError: (error: unknown) => AppError;
  /** Something that {@link HostSession.view} shows may have changed. Called often: conflate. */
  readonly onChange: () => void;
  /** Each event of a container once, after the facts have had it; called often. */
  readonly onEvent: (event: Omit<HostEvent, 'hostId'>) => void;
}

/**
 * One host: connects, reads, follows events, connects again. It owns the host's state, and has what is read of it put
 * into what is known.
 */
export class HostSession implements AsyncDisposable {
  readonly known: HostKnowledge;
  readonly #options: HostSessionOptions;
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;
  readonly #waiters = new StageWaiters((stage) => this.hasReached(stage));
  readonly #refreshPace: Pace;
  readonly #samplePace: Pace;
  #loadWatched: boolean;
  readonly #status: KeptState;
  #connection: HostConnection | null = null;
  #failure: AppError | null = null;
  #ended = false;
  /** Tries that came to nothing since the host was read last. */
  #failures = 0;
  /** The next try follows without a wait. */
  #atOnce = false;
  /** Cuts short the wait for the next try, or for a person. */
  #pause = new AbortController();

  /** Starts connecting at once. */
  constructor(options: HostSessionOptions) {
    this.#options = options;
    this.known = new HostKnowledge(options);
    this.#loadWatched = options.loadWatched;
    const { clock, intervals } = options;
    this.#refreshPace = new Pace(clock, () => intervals.refreshMs);
    this.#samplePace = new Pace(clock, () =>
      this.#loadWatched ? intervals.sampleMs : Math.max(intervals.sampleMs, limits.fleet.unwatchedSampleMs),
    );
    this.#status = new KeptState({ state: 'connecting', attempt: 1, since: this.#nowText() });
    this.#running = this.#run();
  }

  get target(): string {
    return this.#options.target;
  }

  get status(): HostState {
    return this.#status.current;
  }

  /** null while the host is not connected; its engine may not answer all the same. */
  get connection(): HostConnection | null {
    return this.#connection;
  }

  /** The connection over which the host is read now. @throws AppError HOST_NOT_LIVE */
  live(): HostConnection {
    const status = this.#status.current;
    if (this.#connection === null || status.state !== 'live') throw notLive(status);
    return this.#connection;
  }

  /** The host as it is known now; cheap enough to be asked for at every change. */
  view(): Host {
    const { id, target } = this.#options;
    return this.known.view({
      id,
      target,
      status: this.#status.current,
      latencyMs: this.#connection?.latencyMs ?? null,
      refreshIntervalMs: this.#refreshPace.judgedByMs,
      sampleIntervalMs: this.#samplePace.judgedByMs,
    });
  }

  /** Why the host is not live, and what could not be read of one that is; empty when there is nothing to tell. */
  problems(): Problem[] {
    const errors = [...(this.#failure === null ? [] : [this.#failure]), ...(this.#connection?.problems() ?? [])];
    return errors.map((error) => toProblem(this.#options.target, error));
  }

  /** Whether the host, over its present connection, has been read as far as `stage`. */
  hasRead(stage: ReadStage): boolean {
    return this.#connection?.hasReached(stage) ?? false;
  }

  /** Whether the host has been read as far as `stage`, or will get no further without a person or another try. */
  hasReached(stage: ReadStage): boolean {
    const { state } = this.#status.current;
    const isStuck = state !== 'connecting' && state !== 'live';
    return this.#ended || isStuck || this.hasRead(stage);
  }

  /**
   * Resolves when the host has been read as far as `stage`, or when it will get no further without a person or
   * another try. Rejects with the signal's AppError.
   */
  reached(stage: ReadStage, signal: AbortSignal): Promise<void> {
    return this.#waiters.wait(stage, signal);
  }

  /** Whether somebody looks at the load: else it is sampled rarely. */
  watchLoad(watched: boolean): void {
    if (watched === this.#loadWatched) return;
    this.#loadWatched = watched;
    this.#samplePace.follow();
  }

  /** The intervals have changed: waits that are longer now end sooner. */
  followIntervals(): void {
    this.#refreshPace.follow();
    this.#samplePace.follow();
  }

  /** Connects at once where the next try, or a person, is waited for; does nothing elsewhere. */
  retry(): void {
    const { state } = this.#status.current;
    if (state === 'offline' || state === 'blocked') this.#pause.abort();
  }

  /**
   * This machine has slept: the wait for the next try was meant for one that is awake, and a link may have died without
   * a word, which keepalive takes seconds to see. A host that waits for a person goes on waiting. Never rejects.
   */
  async wake(): Promise<void> {
    if (this.#status.current.state === 'offline') {
      // Its network may come up some time after the machine: the first tries follow one another quickly.
      this.#failures = 0;
      this.#pause.abort();
      return;
    }
    const connection = this.#connection;
    if (connection === null || (await connection.outlivedSleep())) return;
    // It may have ended meanwhile, and another begun.
    if (this.#connection !== connection) return;
    this.#atOnce = true;
    connection.end(new AppError('CONNECTION_LOST', 'The connection did not outlive the sleep of this machine.'));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new AppError('CANCELLED', 'The session was closed.');
    this.#stop.abort(closed);
    this.#pause.abort();
    this.#connection?.end(closed);
    await this.#running;
  }

  async #run(): Promise<void> {
    const { clock, random, retry } = this.#options;
    const stop = this.#stop.signal;
    while (!stop.aborted) {
      this.#setStatus({ state: 'connecting', attempt: this.#failures + 1, since: this.#nowText() });
      let failure: AppError;
      try {
        await using link = await this.#options.connector.connect(stop, this.#options.mode);
        failure = await this.#read(link);
      } catch (error) {
        failure = this.#options.toAppError(error);
      }
      this.known.feed({ type: 'disconnected' });
      if (stop.aborted) break;
      this.#failures += 1;
      this.#failure = failure;
      const { code, message } = failure;
      // Before anybody is told of the new state, and may want another try.
      this.#pause = new AbortController();
      if (needsAPerson(code)) {
        this.#setStatus({ state: 'blocked', since: this.#nowText(), code, message });
        await aborted(this.#pause.signal);
        continue;
      }
      if (this.#atOnce) this.#pause.abort();
      this.#atOnce = false;
      const waitMs = backoffMs(this.#failures, { ...limits.fleet.reconnect, random });
      const nextTryAt = retry ? new Date(clock.now() + waitMs).toISOString() : null;
      const attempt = this.#failures;
      this.#setStatus({ state: 'offline', since: this.#nowText(), code, message, attempt, nextTryAt });
      await (retry ? clock.sleep(waitMs, this.#pause.signal).catch(() => undefined) : aborted(this.#pause.signal));
    }
    this.#ended = true;
    this.#waiters.look();
  }

  /** Reads the host until its connection ends; resolves with why. */
  async #read(link: HostLink): Promise<AppError> {
    const { clock, toAppError, onChange } = this.#options;
    this.known.met(link.client);
    await using connection = new HostConnection({
      link,
      clock,
      refreshPace: this.#refreshPace,
      samplePace: this.#samplePace,
      toAppError,
      facts: () => this.known.facts,
      feed: (input) => this.known.feed(input),
      onEngine: (failure) => {
        this.#failure = failure;
        // It may be another one by now: engines are restarted, and upgraded, behind a link that stays.
        if (failure === null) this.known.met(link.client);
        this.#setStatus(
          failure === null
            ? { state: 'live', since: this.#nowText() }
            : { state: 'degraded', since: this.#nowText(), code: failure.code, message: failure.message },
        );
      },
      onStage: () => {
        this.#waiters.look();
        onChange();
      },
      onChange,
    });
    this.#connection = connection;
    try {
      // The session may have been closed while this link was made.
      return this.#stop.signal.aborted ? abortError(this.#stop.signal) : await connection.ended;
    } finally {
      // A link that dies before anything was read is a failed try like any other.
      if (connection.hasReached('listed')) this.#failures = 0;
      this.#connection = null;
    }
  }

  #setStatus(status: HostState): void {
    this.#status.enter(status);
    this.#waiters.look();
    this.#options.onChange();
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
