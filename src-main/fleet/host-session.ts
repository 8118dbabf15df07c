import type { Problem } from '#contract/errors.ts';
import type { Host, HostState } from '#contract/fleet.ts';
import type { ConnectionReport, HostMode } from '#contract/hosts.ts';
import type { HostLink } from '../engine/link.ts';
import type { Clock } from '../kernel/clock.ts';
import { AppError, toProblem } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import { ConnectionLoop } from './connection-loop.ts';
import type { HostEvent } from './host-access.ts';
import { HostConnection } from './host-connection.ts';
import { HostKnowledge } from './host-knowledge.ts';
import { notLive } from './host-state-words.ts';
import { KeptState } from './kept-state.ts';
import type { HostPreferences } from './model.ts';
import { Pace } from './pace.ts';
import type { ReadStage } from './read-stage.ts';
import { StageWaiters } from './stage-waiters.ts';

/** What a host's connecting is at. */
export type ConnectPhase =
  | { readonly state: 'connecting' }
  | { readonly state: 'authenticating' }
  | Pick<Extract<HostState, { state: 'asking' }>, 'state' | 'what' | 'jump'>;

/**
 * The host is reached, and its engine could not be opened because of `why`: resolves when it is to be tried again over the
 * same connection, with whether a person asks for that. Rejects with its AppError once `over` is aborted.
 */
export type EngineAgain = (why: AppError, over: AbortSignal) => Promise<boolean>;

/** How a session reaches its host. Rejects with an AppError. */
export interface HostConnector {
  /**
   * @param mode what the engine gate lets through, asked at each request: it may change while the host is connected
   * @param onPhase called at each change, from the first on
   * @param isWished a person asks for this try: what was refused, and waited for a person, may be tried again
   * @param again asked where only the engine fails, so that each try of it is no new login; null: the first failure is the
   *   last. A connector need not ask, where another try may need another connection or has none
   */
  connect(
    signal: AbortSignal,
    mode: () => HostMode,
    onPhase: (phase: ConnectPhase) => void,
    isWished: boolean,
    again: EngineAgain | null,
  ): Promise<HostLink>;
}

/** Why nothing that was known a moment ago need be so any more: this machine was away, or is somewhere else. */
export type WakeReason = 'sleep' | 'network';

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
  /** Each event of a container once, after the facts have had it, and what is found out later; called often. */
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
  readonly #loop: ConnectionLoop;
  readonly #running: Promise<void>;
  readonly #waiters = new StageWaiters((stage) => this.hasReached(stage));
  readonly #refreshPace: Pace;
  readonly #samplePace: Pace;
  #loadWatched: boolean;
  readonly #status: KeptState;
  #connection: HostConnection | null = null;
  #failure: AppError | null = null;
  #ended = false;

  /** Starts connecting at once. */
  constructor(options: HostSessionOptions) {
    this.#options = options;
    this.known = new HostKnowledge(options);
    this.#loadWatched = options.loadWatched;
    const { clock, intervals, connector, mode } = options;
    this.#refreshPace = new Pace(clock, () => intervals.refreshMs);
    this.#samplePace = new Pace(clock, () =>
      this.#loadWatched ? intervals.sampleMs : Math.max(intervals.sampleMs, limits.fleet.unwatchedSampleMs),
    );
    this.#status = new KeptState({ state: 'connecting', attempt: 1, since: this.#nowText() });
    this.#loop = new ConnectionLoop({
      ...options,
      connect: (signal, onPhase, isWished, again) => connector.connect(signal, mode, onPhase, isWished, again),
      read: (link) => this.#read(link),
      onFailure: (why) => {
        this.#failure = why;
        this.known.feed({ type: 'disconnected' });
      },
      onState: (state) => this.#setStatus(state),
    });
    this.#running = this.#loop.run(this.#stop.signal).finally(() => {
      this.#ended = true;
      this.#waiters.look();
    });
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

  /**
   * Whether the host has been read as far as `stage`, or will get no further without a person or another try. One that is
   * asked for something to get in gets further with the answer, or says that it did not get one.
   */
  hasReached(stage: ReadStage): boolean {
    const { state } = this.#status.current;
    const isStuck = state === 'degraded' || state === 'offline' || state === 'blocked';
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

  /** How the host is connected now; null: it is not. */
  report(): ConnectionReport | null {
    return this.#connection?.report() ?? null;
  }

  /**
   * Connects at once where the next try, or a person, is waited for; does nothing elsewhere: a try that is under way is
   * no slower than another. A person's wish, and nothing else: what was refused is tried again.
   */
  retry(): void {
    this.#loop.retry();
  }

  /**
   * A machine on the way that had needed a person lets us in again: a host that waits for a person because of it goes on
   * by itself. Its own login was not tried, and no login that was refused is tried again for it.
   * @param machine as `details.jump` names it: `ana@bastion:22`
   */
  wayIsOpen(machine: string): void {
    if (this.#failure?.details.jump === machine) this.#loop.goOn();
  }

  /**
   * This machine has slept, or its network is another: what is known may be long over, and a link may have died without a
   * word, which keepalive takes seconds to see. A host that is connected is stale until its list has been read again, over
   * this link or, where that does not answer within `limits.fleet.wakeAnswerMs`, over the next. One that is not is tried
   * soon (see {@link ConnectionLoop.wake}); one that waits for a person goes on waiting. Never rejects.
   */
  async wake(why: WakeReason): Promise<void> {
    const connection = this.#connection;
    if (connection === null) {
      this.#loop.wake();
      return;
    }
    this.#failure = null;
    this.#setStatus({ state: 'stale', since: this.#nowText() });
    if (await connection.outlived()) return;
    // It may have ended meanwhile, and another begun.
    if (this.#connection !== connection) return;
    this.#connection = null;
    this.#loop.replacesLink();
    connection.end(new AppError('CONNECTION_LOST', DID_NOT_OUTLIVE[why]));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new AppError('CANCELLED', 'The session was closed.');
    this.#stop.abort(closed);
    this.#connection?.end(closed);
    await this.#running;
  }

  /** Begins to read the host over a link. */
  #read(link: HostLink): HostConnection {
    const { clock, toAppError, onChange } = this.#options;
    this.known.met(link.client);
    const connection = new HostConnection({
      link,
      clock,
      refreshPace: this.#refreshPace,
      samplePace: this.#samplePace,
      toAppError,
      facts: () => this.known.facts,
      feed: (input) => this.known.feed(input),
      lastEventAt: this.known.lastEventAt,
      onReplayed: (heardBy, listsOnly) => this.known.rebuild(heardBy, listsOnly),
      onEngine: (failure) => {
        this.#failure = failure;
        // It may be another one by now: engines are restarted, and upgraded, behind a link that stays.
        if (failure === null) this.known.met(link.client);
        const since = this.#nowText();
        if (failure === null) this.#setStatus({ state: 'live', since });
        // Whether the link is dead only its end tells.
        else if (failure.code === 'CONNECTION_LOST') this.#setStatus({ state: 'stale', since });
        else this.#setStatus({ state: 'degraded', since, code: failure.code, message: failure.message });
      },
      onStage: () => {
        this.#waiters.look();
        onChange();
      },
      onChange,
    });
    this.#connection = connection;
    void connection.ended.then(() => {
      if (this.#connection === connection) this.#connection = null;
    });
    return connection;
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

const DID_NOT_OUTLIVE: Readonly<Record<WakeReason, string>> = {
  sleep: 'The connection did not outlive the sleep of this machine.',
  network: 'The connection did not outlive a change of this machine’s network.',
};
