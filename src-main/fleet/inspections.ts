import type { ContainerDetail, EngineClient } from '../engine/model.ts';
import type { Clock } from '../kernel/clock.ts';
import { moment } from '../kernel/clock.ts';
import { AppError } from '../kernel/errors.ts';
import { isProvisional } from './evidence.ts';
import type { FactInput } from './facts-reducer.ts';
import type { HostFacts } from './model.ts';

interface InspectionsOptions {
  readonly client: EngineClient;
  readonly clock: Clock;
  readonly toAppError: (error: unknown) => AppError;
  readonly facts: () => HostFacts;
  readonly feed: (input: FactInput) => void;
  readonly signal: AbortSignal;
  /** An answer, or its failure, has been dealt with. */
  readonly onSettled: () => void;
}

/**
 * Inspects what the facts ask for: each container once at a time, and again where something happened to it while its
 * answer was on its way. One that cannot be inspected is not asked for again before the next list. A policy that denies
 * inspects is not asked for each of them again and again: for one after each list, until it lets that through.
 */
export class Inspections {
  readonly #options: InspectionsOptions;
  readonly #running = new Map<string, Promise<void>>();
  readonly #failed = new Map<string, { readonly error: AppError; readonly list: number }>();
  /** Monotonic: what was inspected before was so over another connection. */
  readonly #since: number;
  #list = 0;
  #denied: { readonly error: AppError; readonly list: number } | null = null;
  /** In a row; one that is allowed among others that are denied says that these are denied one by one. */
  #denials = 0;
  #wasAllowed = false;
  /** Ends those under way when one is denied. */
  #allowed = new AbortController();

  constructor(options: InspectionsOptions) {
    this.#options = options;
    this.#since = options.clock.monotonic();
  }

  /** Starts an inspect for every container whose facts ask for one, and that is not being inspected. */
  start(): void {
    const { facts, signal } = this.#options;
    if (signal.aborted) return;
    if (this.#denied === null) {
      for (const id of facts().toInspect) this.#begin(id);
    } else if (this.#denied.list !== this.#list && this.#running.size === 0) {
      // Another each time: it may be only some that are denied.
      const ids = [...facts().toInspect];
      const id = ids[this.#list % ids.length];
      if (id !== undefined) this.#begin(id);
    }
  }

  /** A new list has been read: what failed before it may be tried again, and what it lacks is forgotten. */
  listed(): void {
    this.#list += 1;
    const { containers } = this.#options.facts();
    for (const id of this.#failed.keys()) {
      if (!containers.has(id)) this.#failed.delete(id);
    }
  }

  /**
   * Every container has been inspected, or could not be. One that is to be inspected again, although what its last
   * inspect told stands, is done: nobody waits for what only makes sure.
   */
  get done(): boolean {
    if (this.#denied !== null) return true;
    const { containers, toInspect } = this.#options.facts();
    for (const id of toInspect) {
      const container = containers.get(id);
      if (container === undefined || this.#hasFailed(id)) continue;
      const { inspectedAt } = container;
      if (inspectedAt === null || inspectedAt.monotonic < this.#since || isProvisional(container)) return false;
    }
    return true;
  }

  /** Why some container could not be inspected; null: all could. */
  get problem(): AppError | null {
    return this.#denied?.error ?? this.#failed.values().next().value?.error ?? null;
  }

  /** No container may be inspected. */
  get areDenied(): boolean {
    return this.#denied !== null;
  }

  /** Resolves when nothing is under way; call it after the signal was aborted. */
  async finished(): Promise<void> {
    await Promise.all(this.#running.values());
  }

  #begin(id: string): void {
    if (!this.#running.has(id) && !this.#hasFailed(id)) this.#running.set(id, this.#inspect(id));
  }

  #hasFailed(id: string): boolean {
    return this.#failed.get(id)?.list === this.#list;
  }

  async #inspect(id: string): Promise<void> {
    const { signal, toAppError, onSettled } = this.#options;
    const list = this.#list;
    const allowed = this.#allowed.signal;
    try {
      await inspectFed(this.#options, id, AbortSignal.any([signal, allowed]));
      this.#failed.delete(id);
      this.#denied = null;
      this.#denials = 0;
      this.#wasAllowed = true;
    } catch (error) {
      if (signal.aborted || allowed.aborted) return;
      const failure = toAppError(error);
      if (this.#denies(failure)) this.#deny(failure);
      else if (failure.code !== 'ENGINE_NOT_FOUND') this.#failed.set(id, { error: failure, list });
    } finally {
      this.#running.delete(id);
    }
    this.start();
    onSettled();
  }

  #denies({ code }: AppError): boolean {
    if (code !== 'ENGINE_DENIED') return false;
    this.#denials += 1;
    return !this.#wasAllowed || this.#denials > FEW;
  }

  #deny(error: AppError): void {
    this.#wasAllowed = false;
    this.#denied = { error, list: this.#list };
    this.#failed.clear();
    this.#allowed.abort(error);
    this.#allowed = new AbortController();
  }
}

const FEW = 3;

/**
 * One inspect, of which the facts are told too: what it shows, or that there is no such container any more.
 * @throws AppError as `EngineClient`, ENGINE_ANSWER_INVALID for another container's
 */
export async function inspectFed(
  { client, clock, feed }: Pick<InspectionsOptions, 'client' | 'clock' | 'feed'>,
  id: string,
  signal: AbortSignal,
): Promise<ContainerDetail> {
  // When it was asked, not when it was answered: what happens in between is news.
  const at = moment(clock);
  try {
    const detail = await client.inspect(id, signal);
    // Else its facts would ask for ever.
    if (detail.id !== id) throw otherContainer();
    feed({ type: 'inspected', at, detail });
    return detail;
  } catch (error) {
    if (!signal.aborted && error instanceof AppError && error.code === 'ENGINE_NOT_FOUND') feed({ type: 'gone', id });
    throw error;
  }
}

function otherContainer(): AppError {
  return new AppError('ENGINE_ANSWER_INVALID', 'The engine answered “inspect container” for another container.', {
    hint: 'Check that the socket belongs to a Docker or Podman engine.',
  });
}
