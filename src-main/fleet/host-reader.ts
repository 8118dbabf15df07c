import type { ContainerDetail, EngineClient, EngineEvent } from '../engine/model.ts';
import type { Clock } from '../kernel/clock.ts';
import { moment } from '../kernel/clock.ts';
import { AppError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import { EnginePulse } from './engine-pulse.ts';
import { attempt, EventStream } from './event-stream.ts';
import type { FactInput } from './facts-reducer.ts';
import { Inspections, inspectFed } from './inspections.ts';
import { LoadSampler } from './load-sampler.ts';
import type { HostFacts } from './model.ts';
import type { Pace } from './pace.ts';
import { dueAgain } from './recheck.ts';

/** How far a host has been read: its list; every container inspected; every running one's load known as a rate. */
export type ReadStage = 'listed' | 'inspected' | 'loaded';
const STAGES: readonly ReadStage[] = ['listed', 'inspected', 'loaded'];

export interface HostReaderOptions {
  readonly client: EngineClient;
  readonly clock: Clock;
  /** From the end of one list to the next. */
  readonly refreshPace: Pace;
  readonly samplePace: Pace;
  readonly toAppError: (error: unknown) => AppError;
  readonly facts: () => HostFacts;
  readonly feed: (input: FactInput) => void;
  readonly onLatency: (ms: number) => void;
  /** The engine does not answer, with why; null: its list has been read (again). */
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
  readonly #problems = new Map<string, AppError>();
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
  /** The refresh under way that an event or a recovery asked for. */
  #refreshing: Promise<void> | null = null;
  #refreshAgain: 'unseen time' | 'event' | null = null;
  #networksRead = false;
  #engineFailing = false;
  #stage: ReadStage | null = null;

  /** Starts reading at once. */
  constructor(options: HostReaderOptions) {
    const { promise, resolve } = Promise.withResolvers<AppError>();
    this.failed = promise;
    this.#fail = resolve;
    this.#mark = options.feed;
    const feed = (input: FactInput) => {
      this.#pulse.heard();
      options.feed(input);
    };
    const shared = { ...options, feed, signal: this.#stop.signal };
    this.#pulse = new EnginePulse({
      ...shared,
      onSilent: (failure) => this.#engine(failure),
      onBack: () => this.#refreshSoon('unseen time'),
      onProblem: (problem) => this.#note('ping', problem),
    });
    this.#events = new EventStream({
      ...shared,
      onEvent: (event) => this.#onEvent(event),
      onReopened: () => {
        // The list is the truth, and starts the inspects.
        this.#doubtAll();
        this.#refreshSoon('unseen time');
      },
      // The engine ends an open stream when it stops: the list tells whether it has.
      onEnded: () => this.#refreshSoon('unseen time'),
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
    return this.#stage !== null && STAGES.indexOf(this.#stage) >= STAGES.indexOf(stage);
  }

  /** What could not be read, although the engine answers. */
  problems(): readonly AppError[] {
    return [...this.#problems.values()];
  }

  /**
   * Whether the link has outlived a sleep of this machine: the engine answers within `limits.fleet.wakeAnswerMs`. What
   * happened meanwhile is then read at once: what was due goes by a clock that slept as well. Never rejects.
   */
  async outlivedSleep(): Promise<boolean> {
    let outlived = true;
    const asking = this.#pulse.answersWithin(limits.fleet.wakeAnswerMs).then((answers) => {
      outlived = answers;
    });
    await this.#guarded(asking);
    if (outlived) {
      this.#doubtAll();
      this.#refreshSoon('unseen time');
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
    if (!isCertain) this.#refreshSoon('unseen time');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort(new AppError('CANCELLED', 'The reader was closed.'));
    await Promise.all(this.#loops);
    await Promise.all([this.#refreshing, this.#inspections.finished()]);
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
      failures = (await this.#refresh()) ? 0 : failures + 1;
      this.#events.age();
      if (failures === 0) this.#recheck();
      await refreshPace.wait(clock.monotonic(), signal, failures === 0 ? undefined : 1_000 * failures);
    }
  }

  /** Reads the list, then what it shows to be new, and the networks; resolves with whether the list was read. */
  async #refresh(): Promise<boolean> {
    const { client, clock, feed } = this.#options;
    const { signal } = this.#stop;
    const networks = async () => {
      const at = moment(clock);
      feed({ type: 'networks', at, networks: await client.networks(signal) });
    };
    const [failure] = await Promise.all([
      attempt(() => this.#list()),
      attempt(networks).then((refused) => {
        this.#note('networks', refused);
        this.#networksRead = true;
      }),
    ]);
    if (signal.aborted) return false;
    if (failure !== null) this.#engine(failure);
    this.#advance();
    return failure === null;
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
    const containers = await client.list(signal);
    if (signal.aborted) return;
    refreshPace.completed();
    feed({ type: 'listed', at, engineNow: at.wall + client.clockOffsetMs, containers });
    this.#inspections.listed();
    // Before anybody who waits for the list looks at it: on a host that is not live everything is unknown.
    this.#engine(null);
    this.#reach('listed');
    for (const event of this.#early.splice(0)) this.#onEvent(event);
    this.#inspections.start();
    this.#advance();
  }

  /** One refresh for a burst, and one more for what came after it was asked for and is still to be looked at. */
  #refreshSoon(why: 'unseen time' | 'event'): void {
    if (this.#refreshing !== null) {
      if (this.#refreshAgain !== 'unseen time') this.#refreshAgain = why;
      return;
    }
    this.#refreshing = this.#guarded(this.#refresh().then(() => undefined)).then(() => {
      const again = this.#refreshAgain;
      this.#refreshing = null;
      this.#refreshAgain = null;
      if (this.#stop.signal.aborted || again === null) return;
      if (again === 'unseen time' || this.#options.facts().relist) this.#refreshSoon(again);
    });
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
      if (facts().relist) this.#refreshSoon('event');
    }
  }

  #engine(failure: AppError | null): void {
    const recovered = this.#engineFailing && failure === null;
    this.#engineFailing = failure !== null;
    this.#options.onEngine(failure);
    if (!recovered) return;
    // A hung engine's stream may have stayed open, and lost what did not fit.
    this.#doubtAll();
    this.#events.hurry();
  }

  /** Something may have happened of which nothing was heard. */
  #doubtAll(): void {
    this.#mark({ type: 'unheard', at: moment(this.#options.clock) });
  }

  #note(what: string, problem: AppError | null): void {
    if (this.#stop.signal.aborted || (this.#problems.get(what) ?? null) === problem) return;
    if (problem === null) this.#problems.delete(what);
    else this.#problems.set(what, problem);
    this.#options.onProblems();
  }

  #reach(stage: ReadStage): void {
    if (this.hasReached(stage)) return;
    this.#stage = stage;
    this.#options.onStage();
  }

  #advance(): void {
    this.#note('inspect', this.#inspections.problem);
    if (this.#stage === null || !this.#networksRead || !this.#inspections.done) return;
    if (!this.hasReached('inspected')) {
      this.#reach('inspected');
      // Not before: the verdicts come first, and would share their channels with a sample of everything.
      this.#loops.push(this.#guarded(this.#sampler.run()));
    }
    if (this.#sampler.rounds >= 2) this.#reach('loaded');
  }
}
