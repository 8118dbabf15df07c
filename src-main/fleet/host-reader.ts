import type { ContainerDetail, EngineClient, EngineEvent } from '../engine/model.ts';
import { blamed } from '../engine/silence.ts';
import type { Clock } from '../kernel/clock.ts';
import { moment } from '../kernel/clock.ts';
import { AppError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import { Absences } from './absences.ts';
import { Comparisons } from './comparisons.ts';
import { EngineCondition } from './engine-condition.ts';
import { EnginePulse } from './engine-pulse.ts';
import { attempt, EventStream } from './event-stream.ts';
import type { FactInput } from './facts-reducer.ts';
import { Inspections, inspectFed } from './inspections.ts';
import { LoadSampler } from './load-sampler.ts';
import type { HostFacts } from './model.ts';
import type { Pace } from './pace.ts';
import { isAsFar, type ReadStage } from './read-stage.ts';
import { dueAgain } from './recheck.ts';
import { Refreshes } from './refreshes.ts';

export interface HostReaderOptions {
  readonly client: EngineClient;
  readonly clock: Clock;
  /** From the end of one list to the next. */
  readonly refreshPace: Pace;
  readonly samplePace: Pace;
  readonly toAppError: (error: unknown) => AppError;
  readonly facts: () => HostFacts;
  readonly feed: (input: FactInput) => void;
  /** Of the last event that was heard over another connection, milliseconds of the engine's clock; null: none was. */
  readonly lastEventAt: number | null;
  /** As {@link HostKnowledge.rebuild}; asked when what was read lately has had time to be heard of. */
  readonly onReplayed: (heardBy: number, listsOnly: boolean) => boolean;
  /** As `HostLink.silentMs`. */
  readonly silentMs: () => number;
  readonly onLatency: (ms: number) => void;
  /** The engine does not answer, with why (CONNECTION_LOST: the link is silent, and may be dead); null: its list has been read (again). */
  readonly onEngine: (failure: AppError | null) => void;
  readonly onStage: () => void;
  /** {@link HostReader.problems} may have changed. */
  readonly onProblems: () => void;
}

/**
 * Reads one live engine into facts: the list, every inspect that the facts ask for, networks, load, and events as
 * they happen. Events only say where to look: the list is read again after the stream was opened, whenever it
 * breaks, and at every refresh (the engine drops events without a word). So is every inspect after a time in which
 * events may have been lost, and a share of them at every refresh.
 */
export class HostReader implements AsyncDisposable {
  /** Resolves when nothing more can be read over this link although it has not closed: a bug, told as INTERNAL. */
  readonly failed: Promise<AppError>;
  readonly #options: HostReaderOptions;
  readonly #stop = new AbortController();
  readonly #condition: EngineCondition;
  /** Events that came before the first list. */
  readonly #early: EngineEvent[] = [];
  readonly #inspections: Inspections;
  readonly #events: EventStream;
  readonly #sampler: LoadSampler;
  readonly #pulse: EnginePulse;
  /** Feeds what is no answer of the engine. */
  readonly #mark: (input: FactInput) => void;
  readonly #fail: (bug: AppError) => void;
  readonly #loops: Promise<void>[];
  readonly #refreshes: Refreshes;
  readonly #comparisons: Comparisons;
  readonly #absences = new Absences(() => this.#pulse.answersWithin(limits.fleet.wakeAnswerMs));
  #networksRead = false;
  #stage: ReadStage | null = null;

  /** Starts reading at once. */
  constructor(options: HostReaderOptions) {
    ({ promise: this.failed, resolve: this.#fail } = Promise.withResolvers<AppError>());
    this.#mark = options.feed;
    this.#condition = new EngineCondition({
      ...options,
      onRecovered: () => {
        // A hung engine's stream may have stayed open, and lost what did not fit.
        this.#doubtAll();
        this.#events.hurry();
      },
    });
    this.#refreshes = new Refreshes({
      refresh: () => this.#guarded(this.#refresh().then(() => undefined)),
      isWanted: () => options.facts().relist,
      signal: this.#stop.signal,
    });
    const feed = (input: FactInput) => {
      this.#pulse.heard();
      options.feed(input);
    };
    this.#comparisons = new Comparisons({
      ...options,
      signal: this.#stop.signal,
      compare: () => options.onReplayed(this.#events.heardBy, this.#inspections.areDenied),
    });
    const shared = { ...options, feed, signal: this.#stop.signal };
    this.#pulse = new EnginePulse({
      ...shared,
      onSilent: (failure) => this.#condition.fails(failure),
      onBack: () => this.#refreshes.soon('unseen time'),
      onProblem: (problem) => this.#note('ping', problem),
    });
    this.#events = new EventStream({
      ...shared,
      onEvent: (event) => this.#onEvent(event),
      onReopened: () => {
        // The list is the truth, and starts the inspects.
        this.#doubtAll();
        this.#refreshes.soon('unseen time');
      },
      // The engine ends an open stream when it stops: the list tells whether it has.
      onEnded: () => this.#refreshes.soon('unseen time'),
      onProblem: (what, problem) => this.#note(what, problem),
    });
    this.#inspections = new Inspections({ ...shared, onSettled: () => this.#advance() });
    this.#sampler = new LoadSampler({
      ...shared,
      pace: options.samplePace,
      onRound: (failure) => {
        this.#note('load', failure);
        this.#advance();
      },
    });
    this.#options = { ...options, feed };
    this.#loops = [
      this.#guarded(this.#refreshLoop()),
      this.#guarded(this.#events.run()),
      this.#guarded(this.#pulse.run()),
    ];
  }

  hasReached(stage: ReadStage): boolean {
    return isAsFar(this.#stage, stage);
  }

  /** What could not be read, although the engine answers. */
  problems(): readonly AppError[] {
    return this.#condition.problems();
  }

  /**
   * Whether the link has outlived that this machine slept or changed its network: the engine answers within
   * `limits.fleet.wakeAnswerMs`. What happened meanwhile is then read at once; until that has come, the engine is not said
   * to answer. Never rejects.
   */
  async outlived(): Promise<boolean> {
    this.#condition.forget();
    let outlived = true;
    await this.#guarded(
      this.#absences.outlived().then((does) => {
        outlived = does;
      }),
    );
    if (outlived && !this.#stop.signal.aborted) {
      this.#doubtAll();
      this.#refreshes.soon('unseen time');
    }
    return outlived;
  }

  /**
   * Inspects a container for somebody who needs to know, and lets the facts have it too.
   * @throws AppError as `EngineClient`, ENGINE_ANSWER_INVALID for another container's
   */
  async inspect(id: string, signal: AbortSignal): Promise<ContainerDetail> {
    const { client, clock, feed } = this.#options;
    // What comes when this reader is closed is of a time before the next one's.
    const unlessClosed = (input: FactInput) => (this.#stop.signal.aborted ? undefined : feed(input));
    return await inspectFed({ client, clock, feed: unlessClosed }, id, signal);
  }

  /**
   * The engine was asked to change a container: what was asked of it before may lack that. Events tell of the change where
   * it was made; where that is not certain, the list is read again as well.
   */
  touched(id: string, { isCertain }: { readonly isCertain: boolean }): void {
    if (this.#stop.signal.aborted) return;
    this.#mark({ type: 'touched', at: moment(this.#options.clock), id });
    this.#inspections.start();
    if (!isCertain) this.#refreshes.soon('unseen time');
  }

  /** Reads nothing more, from now on; what is under way is given up. */
  stop(): void {
    this.#stop.abort(new AppError('CANCELLED', 'The reader was closed.'));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.stop();
    await Promise.all(this.#loops);
    await Promise.all([this.#refreshes.finished(), this.#inspections.finished(), this.#comparisons.finished()]);
  }

  /** What fails for another reason than the engine is a bug: it ends this reader instead of the process. */
  #guarded(work: Promise<void>): Promise<void> {
    return work.catch((error: unknown) => {
      if (!this.#stop.signal.aborted) this.#fail(this.#options.toAppError(error));
    });
  }

  async #refreshLoop(): Promise<void> {
    const { clock, refreshPace } = this.#options;
    const { signal } = this.#stop;
    for (let failures = 0; !signal.aborted; ) {
      const failure = await this.#refresh();
      failures = failure === null ? 0 : failures + 1;
      this.#events.age();
      if (failure === null) this.#recheck();
      // What a policy denies is not allowed a second later.
      const isSoon = failure !== null && failure.code !== 'ENGINE_DENIED';
      await refreshPace.wait(clock.monotonic(), signal, isSoon ? 1_000 * failures : undefined);
    }
  }

  /** Reads the list, then what it shows to be new, and the networks; resolves with why the list was not read, or null. */
  async #refresh(): Promise<AppError | null> {
    const { client, clock, feed } = this.#options;
    const { signal } = this.#stop;
    const at = moment(clock);
    const [failure] = await Promise.all([
      attempt(() => this.#list()),
      attempt(async () => feed({ type: 'networks', at, networks: await client.networks(signal) })).then((refused) => {
        this.#note('networks', refused);
        this.#networksRead = true;
      }),
    ]);
    if (signal.aborted) return null;
    if (failure !== null) this.#condition.fails(blamed(failure, this.#options.silentMs()));
    this.#advance();
    return failure;
  }

  #recheck(): void {
    const { clock, facts, refreshPace } = this.#options;
    const ids = dueAgain(facts(), moment(clock), refreshPace.currentMs);
    if (ids.length === 0 || this.#stop.signal.aborted) return;
    this.#mark({ type: 'recheck', ids });
    this.#inspections.start();
  }

  async #list(): Promise<void> {
    const { client, clock, feed, refreshPace } = this.#options;
    const { signal } = this.#stop;
    const at = moment(clock);
    const absences = this.#absences.count;
    const containers = await client.list(signal);
    if (signal.aborted) return;
    refreshPace.completed();
    feed({ type: 'listed', at, engineNow: at.wall + client.clockOffsetMs, containers });
    this.#inspections.listed();
    // Before anybody who waits for the list looks at it: on a host that is not live everything is unknown.
    if (absences === this.#absences.count) this.#condition.answers();
    this.#reach('listed');
    for (const event of this.#early.splice(0)) this.#onEvent(event);
    this.#inspections.start();
    this.#advance();
  }

  #onEvent(event: EngineEvent): void {
    const { clock, feed, facts } = this.#options;
    if (this.#stage === null) {
      this.#early.push(event);
      if (this.#early.length > limits.fleet.earlyEvents) this.#early.shift();
      return;
    }
    const before = facts();
    feed({ type: 'event', at: moment(clock), event });
    this.#inspections.start();
    // Not for every event while the flag stands: an engine that refuses its networks would be listed without end.
    if (facts().strangers !== before.strangers || facts().networksChangedAt !== before.networksChangedAt) {
      if (facts().relist) this.#refreshes.soon('event');
    }
  }

  /** Something may have happened of which nothing was heard. */
  #doubtAll(): void {
    this.#mark({ type: 'unheard', at: moment(this.#options.clock) });
  }

  #note(what: Parameters<EngineCondition['note']>[0], problem: AppError | null): void {
    if (!this.#stop.signal.aborted) this.#condition.note(what, problem);
  }

  #reach(stage: ReadStage): void {
    if (this.hasReached(stage)) return;
    this.#stage = stage;
    this.#options.onStage();
  }

  #advance(): void {
    this.#note('inspect', this.#inspections.problem);
    if (this.#stage !== null && !this.#stop.signal.aborted) void this.#guarded(this.#comparisons.soon());
    if (this.#stage === null || !this.#networksRead || !this.#inspections.done) return;
    if (!this.hasReached('inspected')) {
      this.#reach('inspected');
      // Not before: the verdicts come first, and would share their channels with a sample of everything.
      this.#loops.push(this.#guarded(this.#sampler.run()));
    }
    if (this.#sampler.isSettled) this.#reach('loaded');
  }
}
