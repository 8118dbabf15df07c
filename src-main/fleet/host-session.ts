import type { Problem } from '#contract/errors.ts';
import type { Engine, Host, HostState } from '#contract/fleet.ts';
import type { HostLink } from '../engine/link.ts';
import { backoffMs } from '../kernel/backoff.ts';
import type { Clock } from '../kernel/clock.ts';
import { moment } from '../kernel/clock.ts';
import { AppError, abortError, toProblem } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import { emptyFacts, type FactInput, reduceFacts } from './facts-reducer.ts';
import { HostReader, type ReadStage } from './host-reader.ts';
import { hostView } from './host-view.ts';
import type { HostFacts, HostPreferences } from './model.ts';

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
  readonly intervals: { readonly refreshMs: number; readonly sampleMs: number };
  /** False: one attempt, after which the session stays offline or blocked. */
  readonly retry: boolean;
  readonly clock: Clock;
  readonly random: () => number;
  /** Makes an AppError of what a bug threw, and keeps its stack where it can be read. */
  readonly toAppError: (error: unknown) => AppError;
  /** Something that {@link HostSession.view} shows may have changed. Called often: conflate. */
  readonly onChange: () => void;
}

/**
 * Codes after which another try would not help, and might do harm (OpenSSH penalises repeated failed logins): the
 * session waits for a person.
 */
const NEEDS_A_PERSON: ReadonlySet<string> = new Set([
  'HOST_KEY_UNKNOWN',
  'HOST_KEY_REJECTED',
  'HOST_KEY_CHANGED',
  'HOST_KEY_REVOKED',
  'HOST_KEY_UNREADABLE',
  'AUTH_FAILED',
  'AUTH_NO_CREDENTIALS',
  'KEY_UNREADABLE',
  'KEY_PERMISSIONS',
  'KEY_INVALID',
  'PASSPHRASE_NEEDED',
  'PASSPHRASE_WRONG',
  'CANCELLED',
  'HOME_UNUSABLE',
  'USAGE',
]);

/**
 * One host: connects, reads, follows events, connects again. It owns the facts and the host's state; what they mean
 * is computed by `hostView`.
 */
export class HostSession implements AsyncDisposable {
  readonly #options: HostSessionOptions;
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;
  readonly #waiting = new Set<{ stage: ReadStage; settle: () => void }>();
  #facts: HostFacts = emptyFacts();
  #status: HostState;
  #engine: Engine | null = null;
  #latencyMs: number | null = null;
  #clockOffsetMs = 0;
  #reader: HostReader | null = null;
  #failure: AppError | null = null;
  #ended = false;
  #offlineSince: string | null = null;

  /** Starts connecting at once. */
  constructor(options: HostSessionOptions) {
    this.#options = options;
    this.#status = { state: 'connecting', attempt: 1, since: this.#nowText() };
    this.#running = this.#run();
  }

  get target(): string {
    return this.#options.target;
  }

  /** The host as it is known now; cheap enough to be asked for at every change. */
  view(): Host {
    const { id, target, preferences, intervals, clock } = this.#options;
    return hostView({
      id,
      target,
      status: this.#status,
      engine: this.#engine,
      latencyMs: this.#latencyMs,
      facts: this.#facts,
      preferences,
      now: moment(clock),
      engineNow: clock.now() + this.#clockOffsetMs,
      refreshIntervalMs: intervals.refreshMs,
      sampleIntervalMs: intervals.sampleMs,
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
    const { state } = this.#status;
    const isStuck = state !== 'connecting' && state !== 'live';
    return this.#ended || isStuck || this.hasRead(stage);
  }

  /**
   * Resolves when the host has been read as far as `stage`, or when it will get no further without a person or
   * another try. Rejects with the signal's AppError.
   */
  reached(stage: ReadStage, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) {
        reject(abortError(signal));
        return;
      }
      const onAbort = () => {
        this.#waiting.delete(waiter);
        reject(abortError(signal));
      };
      const waiter = {
        stage,
        settle: () => {
          signal.removeEventListener('abort', onAbort);
          resolve();
        },
      };
      signal.addEventListener('abort', onAbort, { once: true });
      this.#waiting.add(waiter);
      this.#settleWaiting();
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort(new AppError('CANCELLED', 'The session was closed.'));
    await this.#running;
  }

  async #run(): Promise<void> {
    const { clock, random, retry } = this.#options;
    const stop = this.#stop.signal;
    let failures = 0;
    while (!stop.aborted) {
      this.#setStatus({ state: 'connecting', attempt: failures + 1, since: this.#nowText() });
      let failure: AppError;
      try {
        await using link = await this.#options.connector.connect(stop);
        failure = await this.#live(link);
        // A link that dies before anything was read is a failed try like any other.
        if (this.hasRead('listed')) failures = 0;
      } catch (error) {
        failure = this.#options.toAppError(error);
      }
      this.#reader = null;
      this.#latencyMs = null;
      this.#feed({ type: 'disconnected' });
      if (stop.aborted) break;
      failures += 1;
      this.#failure = failure;
      const { code, message } = failure;
      if (NEEDS_A_PERSON.has(code)) {
        this.#setStatus({ state: 'blocked', since: this.#nowText(), code, message });
        break;
      }
      const waitMs = backoffMs(failures, { ...limits.fleet.reconnect, random });
      const nextTryAt = retry ? new Date(clock.now() + waitMs).toISOString() : null;
      this.#setStatus({ state: 'offline', since: this.#nowText(), code, message, attempt: failures, nextTryAt });
      if (!retry) break;
      await clock.sleep(waitMs, stop).catch(() => undefined);
    }
    this.#ended = true;
    this.#settleWaiting();
  }

  /** Reads the host until its connection ends; resolves with why. */
  async #live(link: HostLink): Promise<AppError> {
    const { clock, intervals, toAppError } = this.#options;
    this.#engine = link.client.engine;
    this.#clockOffsetMs = link.client.clockOffsetMs;
    await using reader = new HostReader({
      client: link.client,
      clock,
      intervals,
      toAppError,
      facts: () => this.#facts,
      feed: (input) => this.#feed(input),
      onLatency: (ms) => {
        this.#latencyMs = ms;
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
        this.#settleWaiting();
        this.#options.onChange();
      },
    });
    this.#reader = reader;
    const stopped = Promise.withResolvers<null>();
    const onStop = () => stopped.resolve(null);
    this.#stop.signal.addEventListener('abort', onStop, { once: true });
    try {
      const why = await Promise.race([link.closed, reader.failed, stopped.promise]);
      return why ?? new AppError('CONNECTION_LOST', 'The connection was closed.');
    } finally {
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
    if (status.state === 'live') this.#offlineSince = null;
    if (status.state === 'offline') this.#offlineSince ??= status.since;
    // A state that is entered again keeps its beginning; tries in between do not end an outage.
    const since = status.state === 'offline' ? this.#offlineSince : this.#status.since;
    const isSame = status.state === 'offline' || (status.state === this.#status.state && status.state !== 'connecting');
    this.#status = isSame && since !== null ? { ...status, since } : status;
    this.#settleWaiting();
    this.#options.onChange();
  }

  #settleWaiting(): void {
    for (const waiter of this.#waiting) {
      if (!this.hasReached(waiter.stage)) continue;
      this.#waiting.delete(waiter);
      waiter.settle();
    }
  }

  #nowText(): string {
    return new Date(this.#options.clock.now()).toISOString();
  }
}
