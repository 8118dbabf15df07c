import { setImmediate as nextTurn } from 'node:timers/promises';
import type { EngineClient } from '../engine/model.ts';
import type { Clock } from '../kernel/clock.ts';
import { moment } from '../kernel/clock.ts';
import { AppError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import type { FactInput } from './facts-reducer.ts';
import type { HostFacts, SeenSample } from './model.ts';
import type { Pace } from './pace.ts';

export interface LoadSamplerOptions {
  readonly client: EngineClient;
  readonly clock: Clock;
  /** From the beginning of one round to that of the next. */
  readonly pace: Pace;
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
 * one-second tick whatever the number of calls, so that width costs nothing and rounds cost a second each.
 */
export class LoadSampler {
  readonly #options: LoadSamplerOptions;
  #rounds = 0;

  constructor(options: LoadSamplerOptions) {
    this.#options = options;
  }

  /** Rounds that are over. */
  get rounds(): number {
    return this.#rounds;
  }

  /** Samples until the signal is aborted, then resolves. Rejects with what `feed` or `onRound` throws. */
  async run(): Promise<void> {
    const { clock, pace, signal, onRound } = this.#options;
    while (!signal.aborted) {
      const started = clock.monotonic();
      const failure = await this.#round();
      if (signal.aborted) return;
      this.#rounds += 1;
      pace.completed();
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
    const arrived: SeenSample[] = [];
    const over = new AbortController();
    const answers = this.#ask(running, arrived).finally(() => over.abort());
    // What answers first does not wait for the slowest, and comes to few changes nevertheless.
    while (!over.signal.aborted) {
      await clock.sleep(limits.fleet.gatherSamplesMs, over.signal).catch(() => undefined);
      if (arrived.length > 0 && !signal.aborted) feed({ type: 'sampled', samples: arrived.splice(0) });
    }
    return (await answers).find((failure) => failure !== null) ?? null;
  }

  /** All at once, but for the loop, which is given back in between: hundreds of requests in one turn would hold it up. */
  async #ask(containers: readonly { readonly id: string }[], arrived: SeenSample[]): Promise<(AppError | null)[]> {
    const answers: Promise<AppError | null>[] = [];
    for (const { id } of containers) {
      answers.push(this.#sample(id, arrived));
      if (answers.length % limits.fleet.samplesATurn === 0) await nextTurn();
    }
    return await Promise.all(answers);
  }

  async #sample(id: string, arrived: SeenSample[]): Promise<AppError | null> {
    const { client, clock, signal, toAppError } = this.#options;
    try {
      arrived.push({ ...(await client.sample(id, signal)), seenAt: moment(clock) });
      return null;
    } catch (error) {
      // A container that has gone meanwhile is no problem; events and the next list tell of it.
      if (signal.aborted || (error instanceof AppError && error.code === 'ENGINE_NOT_FOUND')) return null;
      return toAppError(error);
    }
  }
}
