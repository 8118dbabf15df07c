import type { Problem } from '#contract/errors.ts';
import type { Engine, Host, HostState } from '#contract/fleet.ts';
import type { HostLink } from '../engine/link.ts';
import type { EngineClient, LogLine } from '../engine/model.ts';
import { backoffMs } from '../kernel/backoff.ts';
import type { Clock } from '../kernel/clock.ts';
import { moment } from '../kernel/clock.ts';
import { AppError, toProblem } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import { type LogRequest, notLive, readContainerLog } from './container-log.ts';
import { emptyFacts, type FactInput, reduceFacts } from './facts-reducer.ts';
import { HostReader, type ReadStage } from './host-reader.ts';
import { hostView } from './host-view.ts';
import { KeptState } from './kept-state.ts';
import type { HostFacts, HostPreferences } from './model.ts';
import { needsAPerson } from './needs-a-person.ts';
import { Pace } from './pace.ts';
import { StageWaiters } from './stage-waiters.ts';

/** How a session reaches its host. Rejects with an AppError. */
export interface HostConnector {
  connect(signal: AbortSignal): Promise<HostLink>;
}

export interface HostSessionOptions {
  readonly id: string;
  /** Canonical target, as shown. */
  readonly target: string;
  readonly connector: HostConnector;
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
}

/**
 * One host: connects, reads, follows events, connects again. It owns the facts and the host's state; what they mean
 * is computed by `hostView`.
 */
export class HostSession implements AsyncDisposable {
  readonly #options: HostSessionOptions;
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;
  readonly #waiters = new StageWaiters((stage) => this.hasReached(stage));
  readonly #refreshPace: Pace;
  readonly #samplePace: Pace;
  #preferences: HostPreferences;
  #loadWatched: boolean;
  #facts: HostFacts = emptyFacts();
  readonly #status: KeptState;
  #engine: Engine | null = null;
  #latencyMs: number | null = null;
  #clockOffsetMs = 0;
  #client: EngineClient | null = null;
  #reader: HostReader | null = null;
  #failure: AppError | null = null;
  #ended = false;
  /** Tries that came to nothing since the host was read last. */
  #failures = 0;
  /** Ends the link there is; the next is made without a wait. */
  #replaceLink: (() => void) | null = null;
  #atOnce = false;
  /** Cuts short the wait for the next try, or for a person. */
  #pause = new AbortController();

  /** Starts connecting at once. */
  constructor(options: HostSessionOptions) {
    this.#options = options;
    this.#preferences = options.preferences;
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

  /** The host as it is known now; cheap enough to be asked for at every change. */
  view(): Host {
    const { id, target, clock } = this.#options;
    return hostView({
      id,
      target,
      status: this.#status.current,
      engine: this.#engine,
      latencyMs: this.#latencyMs,
      facts: this.#facts,
      preferences: this.#preferences,
      now: moment(clock),
      engineNow: clock.now() + this.#clockOffsetMs,
      refreshIntervalMs: this.#refreshPace.judgedByMs,
      sampleIntervalMs: this.#samplePace.judgedByMs,
    });
  }

  /** Why the host is not live, and what could not be read of one that is; empty when there is nothing to tell. */
  problems(): Problem[] {
    const errors = [...(this.#failure === null ? [] : [this.#failure]), ...(this.#reader?.problems() ?? [])];
    return errors.map((error) => toProblem(this.#options.target, error));
  }

  /** Whether the host, over its present connection, has been read as far as `stage`. */
  hasRead(stage: ReadStage): boolean {
    return this.#reader?.hasReached(stage) ?? false;
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

  setPreferences(preferences: HostPreferences): void {
    this.#preferences = preferences;
    this.#options.onChange();
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
    const replaceLink = this.#replaceLink;
    if (this.#reader === null || (await this.#reader.outlivedSleep())) return;
    // It may have ended meanwhile, and another begun.
    if (this.#replaceLink !== replaceLink) return;
    replaceLink?.();
  }

  /**
   * Lines of a container's log, pulled; see {@link readContainerLog}.
   * @throws AppError HOST_NOT_LIVE, and what that throws
   */
  async logs(request: LogRequest, signal: AbortSignal): Promise<AsyncIterable<readonly LogLine[]>> {
    const client = this.#client;
    if (client === null || this.#status.current.state !== 'live') throw notLive(this.#status.current);
    const known = this.#facts.containers.get(request.containerId)?.detail?.tty ?? null;
    return readContainerLog(client, request, known, signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort(new AppError('CANCELLED', 'The session was closed.'));
    this.#pause.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { clock, random, retry } = this.#options;
    const stop = this.#stop.signal;
    while (!stop.aborted) {
      this.#setStatus({ state: 'connecting', attempt: this.#failures + 1, since: this.#nowText() });
      let failure: AppError;
      try {
        await using link = await this.#options.connector.connect(stop);
        failure = await this.#live(link);
        // A link that dies before anything was read is a failed try like any other.
        if (this.hasRead('listed')) this.#failures = 0;
      } catch (error) {
        failure = this.#options.toAppError(error);
      }
      this.#client = null;
      this.#reader = null;
      this.#latencyMs = null;
      this.#feed({ type: 'disconnected' });
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
  async #live(link: HostLink): Promise<AppError> {
    const { clock, toAppError, onChange } = this.#options;
    this.#client = link.client;
    this.#engine = link.client.engine;
    this.#clockOffsetMs = link.client.clockOffsetMs;
    await using reader = new HostReader({
      client: link.client,
      clock,
      refreshPace: this.#refreshPace,
      samplePace: this.#samplePace,
      toAppError,
      facts: () => this.#facts,
      feed: (input) => this.#feed(input),
      onLatency: (ms) => {
        if (ms === this.#latencyMs) return;
        this.#latencyMs = ms;
        onChange();
      },
      onEngine: (failure) => {
        this.#failure = failure;
        // It may be another one by now: engines are restarted, and upgraded, behind a link that stays.
        if (failure === null) this.#engine = link.client.engine;
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
      onProblems: onChange,
    });
    this.#reader = reader;
    const ended = Promise.withResolvers<AppError | null>();
    const onStop = () => ended.resolve(null);
    this.#replaceLink = () => {
      this.#atOnce = true;
      ended.resolve(new AppError('CONNECTION_LOST', 'The connection did not outlive the sleep of this machine.'));
    };
    this.#stop.signal.addEventListener('abort', onStop, { once: true });
    try {
      const why = await Promise.race([link.closed, reader.failed, ended.promise]);
      return why ?? new AppError('CONNECTION_LOST', 'The connection was closed.');
    } finally {
      this.#replaceLink = null;
      this.#stop.signal.removeEventListener('abort', onStop);
    }
  }

  #feed(input: FactInput): void {
    const next = reduceFacts(this.#facts, input);
    if (next === this.#facts) return;
    this.#facts = next;
    this.#options.onChange();
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
