import type { EngineClient, EngineEvent } from '../engine/model.ts';
import type { Clock } from '../kernel/clock.ts';
import { moment } from '../kernel/clock.ts';
import { AppError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import type { FactInput } from './facts-reducer.ts';
import { LoadSampler } from './load-sampler.ts';
import type { HostFacts } from './model.ts';

/** How far a host has been read: its list; every container inspected; every running one's load known as a rate. */
export type ReadStage = 'listed' | 'inspected' | 'loaded';
const STAGES: readonly ReadStage[] = ['listed', 'inspected', 'loaded'];

export interface HostReaderOptions {
  readonly client: EngineClient;
  readonly clock: Clock;
  readonly intervals: { readonly refreshMs: number; readonly sampleMs: number };
  readonly toAppError: (error: unknown) => AppError;
  readonly facts: () => HostFacts;
  readonly feed: (input: FactInput) => void;
  readonly onLatency: (ms: number) => void;
  /** The engine does not answer, with why; null: it does (again). */
  readonly onEngine: (failure: AppError | null) => void;
  readonly onStage: () => void;
}

/**
 * Reads one live engine into facts: the list, every inspect that the facts ask for, networks, load, and events as
 * they happen. Events only say where to look: the list is read again after the stream was opened, whenever it
 * breaks, and at every refresh (the engine drops events without a word).
 */
export class HostReader implements AsyncDisposable {
  /** Resolves when nothing more can be read over this link although it has not closed: a bug, told as INTERNAL. */
  readonly failed: Promise<AppError>;
  readonly #options: HostReaderOptions;
  readonly #stop = new AbortController();
  readonly #problems = new Map<string, AppError>();
  readonly #latencies: number[] = [];
  readonly #inspecting = new Map<string, Promise<void>>();
  readonly #failedInspects = new Set<string>();
  /** Events that came before the first list; the engine keeps no more than 256 to replay. */
  readonly #early: EngineEvent[] = [];
  readonly #sampler: LoadSampler;
  readonly #loops: Promise<unknown>;
  #stage: ReadStage | null = null;
  #lastEventAt: number;

  /** Starts reading at once. */
  constructor(options: HostReaderOptions) {
    this.#options = options;
    const engineNow = options.clock.now() + options.client.clockOffsetMs;
    this.#lastEventAt = engineNow - limits.fleet.eventHistoryMs;
    this.#sampler = new LoadSampler({
      ...options,
      signal: this.#stop.signal,
      onProblem: (error) => this.#note('load', error),
      onRound: () => this.#advance(),
    });
    const { promise, resolve } = Promise.withResolvers<AppError>();
    this.failed = promise;
    const guarded = (loop: Promise<void>) =>
      loop.catch((error: unknown) => {
        if (this.#stop.signal.aborted) return;
        resolve(this.#options.toAppError(error));
      });
    this.#loops = Promise.all([guarded(this.#refreshLoop()), guarded(this.#eventLoop())]);
  }

  hasReached(stage: ReadStage): boolean {
    return this.#stage !== null && STAGES.indexOf(this.#stage) >= STAGES.indexOf(stage);
  }

  problems(): readonly AppError[] {
    return [...this.#problems.values()];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort(new AppError('CANCELLED', 'The reader was closed.'));
    await this.#loops;
    await Promise.allSettled([...this.#inspecting.values(), this.#sampler.finished()]);
  }

  async #refreshLoop(): Promise<void> {
    const { clock, intervals } = this.#options;
    const { signal } = this.#stop;
    for (let failures = 0; !signal.aborted; ) {
      const failure = await this.#refresh();
      if (signal.aborted) return;
      this.#options.onEngine(failure);
      failures = failure === null ? 0 : failures + 1;
      const waitMs = failures === 0 ? intervals.refreshMs : Math.min(intervals.refreshMs, 1_000 * failures);
      await clock.sleep(waitMs, signal).catch(() => undefined);
    }
  }

  /** Reads the list, then what it shows to be new; resolves with why the list could not be read, or null. */
  async #refresh(): Promise<AppError | null> {
    const { client, clock, feed } = this.#options;
    const { signal } = this.#stop;
    const [listed] = await Promise.all([
      this.#list().then(
        () => null,
        (error: unknown) => (error instanceof AppError ? error : Promise.reject(error)),
      ),
      this.#attempt('networks', async () => {
        const at = moment(clock);
        feed({ type: 'networks', at, networks: await client.networks(signal) });
      }),
      this.#attempt('ping', async () => this.#measure(await client.ping(signal))),
    ]);
    return listed;
  }

  async #list(): Promise<void> {
    const { client, clock, feed } = this.#options;
    const at = moment(clock);
    const containers = await client.list(this.#stop.signal);
    feed({ type: 'listed', at, engineNow: at.wall + client.clockOffsetMs, containers });
    this.#failedInspects.clear();
    this.#reach('listed');
    for (const event of this.#early.splice(0)) this.#onEvent(event);
    this.#inspectWanted();
    this.#sampler.start();
    this.#advance();
  }

  /** Starts an inspect for every container whose facts ask for one and that is not being inspected. */
  #inspectWanted(): void {
    for (const id of this.#options.facts().toInspect) {
      if (this.#inspecting.has(id) || this.#failedInspects.has(id)) continue;
      this.#inspecting.set(
        id,
        this.#inspect(id).finally(() => {
          this.#inspecting.delete(id);
          // An event may have come while the answer was on its way: then the facts ask again.
          this.#inspectWanted();
          this.#advance();
        }),
      );
    }
  }

  async #inspect(id: string): Promise<void> {
    const { client, clock, feed } = this.#options;
    // When it was asked, not when it was answered: what happens in between is news.
    const at = moment(clock);
    try {
      feed({ type: 'inspected', at, detail: await client.inspect(id, this.#stop.signal) });
      this.#problems.delete('inspect');
    } catch (error) {
      if (this.#stop.signal.aborted) return;
      const failure = this.#options.toAppError(error);
      if (failure.code === 'ENGINE_NOT_FOUND') {
        feed({ type: 'gone', id });
        return;
      }
      // Not asked again before the next list.
      this.#failedInspects.add(id);
      this.#note('inspect', failure);
    }
  }

  async #eventLoop(): Promise<void> {
    const { client, clock } = this.#options;
    const { signal } = this.#stop;
    for (let failures = 0; !signal.aborted; failures += 1) {
      try {
        const events = await client.events(this.#lastEventAt - limits.fleet.eventOverlapMs, signal);
        // What happened while no stream was open may be lost: the list is the truth.
        if (failures > 0) await this.#list().catch(() => undefined);
        this.#problems.delete('events');
        failures = 0;
        for await (const event of events) this.#onEvent(event);
      } catch (error) {
        if (signal.aborted) return;
        if (!(error instanceof AppError)) throw error;
        this.#note('events', error);
      }
      await clock.sleep(Math.min(1_000 * 2 ** failures, limits.fleet.reconnect.capMs), signal).catch(() => undefined);
    }
  }

  #onEvent(event: EngineEvent): void {
    const { clock, feed, facts } = this.#options;
    this.#lastEventAt = Math.max(this.#lastEventAt, event.at);
    if (this.#stage === null) {
      this.#early.push(event);
      return;
    }
    feed({ type: 'event', at: moment(clock), event });
    this.#inspectWanted();
    this.#sampler.start();
    if (facts().relist) void this.#refreshSoon();
  }

  #relisting: Promise<void> | null = null;

  /** One list for a burst of events. */
  #refreshSoon(): Promise<void> {
    this.#relisting ??= this.#refresh()
      .then(() => undefined)
      .finally(() => {
        this.#relisting = null;
      });
    return this.#relisting;
  }

  #measure(ms: number): void {
    this.#latencies.push(ms);
    if (this.#latencies.length > 5) this.#latencies.shift();
    const sorted = this.#latencies.toSorted((a, b) => a - b);
    this.#options.onLatency(sorted[Math.floor(sorted.length / 2)] as number);
  }

  /** A read that may be refused without harm to the others: its failure becomes a problem. */
  async #attempt(what: string, read: () => Promise<void>): Promise<void> {
    try {
      await read();
      this.#problems.delete(what);
    } catch (error) {
      if (this.#stop.signal.aborted) return;
      if (!(error instanceof AppError)) throw error;
      this.#note(what, error);
    }
  }

  #note(what: string, error: AppError): void {
    if (!this.#stop.signal.aborted) this.#problems.set(what, error);
  }

  #reach(stage: ReadStage): void {
    if (this.hasReached(stage)) return;
    this.#stage = stage;
    this.#options.onStage();
  }

  #advance(): void {
    if (this.#stage === null) return;
    const open = [...this.#options.facts().toInspect].some((id) => !this.#failedInspects.has(id));
    if (open || this.#inspecting.size > 0) return;
    this.#reach('inspected');
    if (this.#sampler.rounds >= 2) this.#reach('loaded');
  }
}
