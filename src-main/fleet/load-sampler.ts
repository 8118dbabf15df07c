import { setImmediate as nextTurn } from 'node:timers/promises';
import type { EngineClient } from '../engine/model.ts';
import type { Clock } from '../kernel/clock.ts';
import { moment } from '../kernel/clock.ts';
import type { AppError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import type { FactInput } from './facts-reducer.ts';
import type { HostFacts, SeenSample } from './model.ts';
import type { Pace } from './pace.ts';

export interface LoadSamplerOptions {
  readonly client: EngineClient;
  readonly clock: Clock;
  /** From the beginning of one round to that of the next. */
  readonly pace: Pace;
  /** How often one container is asked for where samples are denied. */
  readonly refreshPace: Pace;
  readonly toAppError: (error: unknown) => AppError;
  readonly facts: () => HostFacts;
  readonly feed: (input: FactInput) => void;
  readonly signal: AbortSignal;
  /** A round is over: every container that was running at its start has a new sample, or `failure` says why one has not. */
  readonly onRound: (failure: AppError | null) => void;
}

/** Shortest time between two samples that make a rate, in milliseconds: one tick of the engine's own collector. */
const SHORTEST_SPAN_MS = 1_000;

/**
 * Samples the load of all running and paused containers in rounds: all at once, because an old engine's one-shot waits for its
 * one-second tick whatever the number of calls, so that width costs nothing and rounds cost a second each. A policy that
 * denies one sample denies all: the round is over, and one container is tried again now and then.
 */
export class LoadSampler {
  readonly #options: LoadSamplerOptions;
  #rounds = 0;
  #isDenied = false;

  constructor(options: LoadSamplerOptions) {
    this.#options = options;
  }

  /** Every load is known as a rate, as far as it can be. */
  get isSettled(): boolean {
    return this.#rounds >= 2 || this.#isDenied;
  }

  /** Samples until the signal is aborted, then resolves. Rejects with what `feed` or `onRound` throws. */
  async run(): Promise<void> {
    const { clock, pace, refreshPace, signal, onRound } = this.#options;
    while (!signal.aborted) {
      const started = clock.monotonic();
      const failure = await this.#round();
      if (signal.aborted) return;
      const wasDenied = this.#isDenied;
      this.#isDenied = failure?.code === 'ENGINE_DENIED';
      if (this.#isDenied) {
        onRound(failure);
        await refreshPace.wait(started, signal);
        continue;
      }
      // The one that was tried is allowed: so are the others.
      if (wasDenied) continue;
      this.#rounds += 1;
      // Over `docker system dial-stdio` samples are read one after the other, a second each on an old engine.
      pace.completed(clock.monotonic() - started);
      onRound(failure);
      // The second round follows at once: only two samples make a rate.
      await pace.wait(started, signal, this.#rounds === 1 ? SHORTEST_SPAN_MS : undefined);
    }
  }

  /** Resolves with why a container could not be sampled, or null. */
  async #round(): Promise<AppError | null> {
    const { clock, facts, feed, signal } = this.#options;
    // A paused one holds its memory.
    const running = [...facts().containers.values()].filter(({ state }) => state === 'running' || state === 'paused');
    const asked = this.#isDenied ? running.slice(0, 1) : running;
    const arrived: SeenSample[] = [];
    const over = new AbortController();
    const answers = this.#ask(asked, arrived).finally(() => over.abort());
    // What answers first does not wait for the slowest, and comes to few changes nevertheless.
    while (!over.signal.aborted) {
      await clock.sleep(limits.fleet.gatherSamplesMs, over.signal).catch(() => undefined);
      if (arrived.length > 0 && !signal.aborted) feed({ type: 'sampled', samples: arrived.splice(0) });
    }
    const failures = (await answers).filter((failure) => failure !== null);
    return failures.find(({ code }) => code === 'ENGINE_DENIED') ?? failures[0] ?? null;
  }

  /** All at once, but for the loop, which is given back in between: hundreds of requests in one turn would hold it up. */
  async #ask(containers: readonly { readonly id: string }[], arrived: SeenSample[]): Promise<(AppError | null)[]> {
    const answers: Promise<AppError | null>[] = [];
    const denied = new AbortController();
    for (const { id } of containers) {
      if (denied.signal.aborted) break;
      answers.push(this.#sample(id, arrived, denied));
      if (answers.length % limits.fleet.samplesATurn === 0) await nextTurn();
    }
    return await Promise.all(answers);
  }

  async #sample(id: string, arrived: SeenSample[], denied: AbortController): Promise<AppError | null> {
    const { client, clock, signal, toAppError } = this.#options;
    try {
      const sample = await client.sample(id, AbortSignal.any([signal, denied.signal]));
      arrived.push({ ...sample, seenAt: moment(clock) });
      return null;
    } catch (error) {
      if (signal.aborted || denied.signal.aborted) return null;
      const failure = toAppError(error);
      if (failure.code === 'ENGINE_DENIED') denied.abort(failure);
      // A container that has gone meanwhile is no problem; events and the next list tell of it.
      return failure.code === 'ENGINE_NOT_FOUND' ? null : failure;
    }
  }
}
