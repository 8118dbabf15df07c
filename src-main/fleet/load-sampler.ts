import type { EngineClient } from '../engine/model.ts';
import type { Clock } from '../kernel/clock.ts';
import { AppError } from '../kernel/errors.ts';
import type { FactInput } from './facts-reducer.ts';
import type { HostFacts } from './model.ts';

interface LoadSamplerOptions {
  readonly client: EngineClient;
  readonly clock: Clock;
  readonly intervals: { readonly sampleMs: number };
  readonly toAppError: (error: unknown) => AppError;
  readonly facts: () => HostFacts;
  readonly feed: (input: FactInput) => void;
  readonly signal: AbortSignal;
  readonly onProblem: (error: AppError) => void;
  /** A round is over: every container that was running at its start has a new sample. */
  readonly onRound: () => void;
}

/** Shortest time between two samples that make a rate, in milliseconds: one tick of the engine's own collector. */
const SHORTEST_SPAN_MS = 1_000;

/**
 * Samples the load of all running containers in rounds: all at once, because an old engine's one-shot waits for its
 * one-second tick whatever the number of calls, so that width costs nothing and rounds cost a second each.
 */
export class LoadSampler {
  readonly #options: LoadSamplerOptions;
  #loop: Promise<void> | null = null;
  #rounds = 0;

  constructor(options: LoadSamplerOptions) {
    this.#options = options;
  }

  /** Rounds that are over. */
  get rounds(): number {
    return this.#rounds;
  }

  /** Begins sampling; does nothing when it has begun. */
  start(): void {
    this.#loop ??= this.#run();
  }

  /** Resolves when the sampler has stopped after its signal was aborted. */
  async finished(): Promise<void> {
    await this.#loop;
  }

  async #run(): Promise<void> {
    const { clock, intervals, signal, onRound } = this.#options;
    while (!signal.aborted) {
      const started = clock.monotonic();
      await this.#round();
      this.#rounds += 1;
      onRound();
      // The second round follows at once: only two samples make a rate.
      const span = this.#rounds === 1 ? SHORTEST_SPAN_MS : intervals.sampleMs;
      await clock.sleep(Math.max(0, span - (clock.monotonic() - started)), signal).catch(() => undefined);
    }
  }

  async #round(): Promise<void> {
    const { facts, client, feed, signal, onProblem, toAppError } = this.#options;
    const running = [...facts().containers.values()].filter(({ state }) => state === 'running');
    await Promise.all(
      running.map(async ({ id }) => {
        try {
          feed({ type: 'sampled', sample: await client.sample(id, signal) });
        } catch (error) {
          // A container that has gone meanwhile is no problem; events and the next list tell of it.
          if (signal.aborted || (error instanceof AppError && error.code === 'ENGINE_NOT_FOUND')) return;
          onProblem(toAppError(error));
        }
      }),
    );
  }
}
