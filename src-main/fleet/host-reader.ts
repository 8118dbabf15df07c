import type { EngineClient, EngineEvent } from '../engine/model.ts';
import type { Clock } from '../kernel/clock.ts';
import { moment } from '../kernel/clock.ts';
import { AppError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import { EnginePulse } from './engine-pulse.ts';
import type { FactInput } from './facts-reducer.ts';
import { Inspections } from './inspections.ts';
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
  /** Cuts short the wait before the event stream is opened again. */
  #eventPause = new AbortController();
  /** When a line of the event stream was no event, on the monotonic clock. */
  #unreadableAt = Number.NEGATIVE_INFINITY;
  #stage: ReadStage | null = null;
  #lastEventAt: number;

  /** Starts reading at once. */
  constructor(options: HostReaderOptions) {
    const { client, clock } = options;
    this.#options = options;
    this.#lastEventAt = clock.now() + client.clockOffsetMs - limits.fleet.eventHistoryMs;
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
      this.#guarded(this.#eventLoop()),
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
      this.#mark({ type: 'unheard', at: moment(this.#options.clock) });
      this.#refreshSoon('unseen time');
    }
    return outlived;
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
      // What that event would have said has been read since, and is older than any verdict looks back.
      if (clock.monotonic() - this.#unreadableAt > limits.fleet.eventHistoryMs) this.#note('unreadable event', null);
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

  async #eventLoop(): Promise<void> {
    const { client, clock } = this.#options;
    const { signal } = this.#stop;
    const { capMs } = limits.fleet.reconnect;
    let isFirst = true;
    for (let failures = 0; !signal.aborted; ) {
      let openedAt: number | null = null;
      const failure = await attempt(async () => {
        const since = this.#lastEventAt - limits.fleet.eventOverlapMs;
        const events = await client.events(since, signal, (problem) => {
          this.#unreadableAt = clock.monotonic();
          this.#note('unreadable event', problem);
        });
        openedAt = clock.monotonic();
        this.#note('events', null);
        // What happened while no stream was open may be lost: the list is the truth, and starts the inspects.
        if (!isFirst) {
          this.#mark({ type: 'unheard', at: moment(clock) });
          this.#refreshSoon('unseen time');
        }
        for await (const event of events) this.#onEvent(event);
      });
      if (signal.aborted) return;
      isFirst = false;
      this.#note('events', failure);
      // The engine ends an open stream when it stops: the list tells whether it has.
      if (openedAt !== null) this.#refreshSoon('unseen time');
      // One that never lasts, because of a line in it that is far too long for one, is asked for ever more slowly.
      failures = openedAt !== null && clock.monotonic() - openedAt >= capMs ? 0 : failures + 1;
      this.#eventPause = new AbortController();
      const either = AbortSignal.any([signal, this.#eventPause.signal]);
      await clock.sleep(Math.min(1_000 * 2 ** failures, capMs), either).catch(() => undefined);
    }
  }

  #onEvent(event: EngineEvent): void {
    const { clock, feed, facts } = this.#options;
    this.#lastEventAt = Math.max(this.#lastEventAt, event.at);
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
    this.#mark({ type: 'unheard', at: moment(this.#options.clock) });
    this.#eventPause.abort();
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

/** Why a read failed, or null. What is not an AppError is a bug, and is thrown on. */
async function attempt(read: () => Promise<void>): Promise<AppError | null> {
  try {
    await read();
    return null;
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
}
