import type { Readable } from 'node:stream';
import type { Clock } from '../kernel/clock.ts';
import type { AppError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import { readEvents, type SeenEvents } from './events.ts';
import type { EngineEvent } from './model.ts';

interface PolledEventsOptions {
  /** The engine's events between two moments of its clock, in milliseconds, as an answer that ends. */
  readonly ask: (since: number, until: number) => Promise<Readable>;
  /** Milliseconds of the engine's clock. */
  readonly since: number;
  /** The engine's clock, in milliseconds. */
  readonly now: () => number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly seen: SeenEvents;
  readonly onUnreadable?: ((problem: AppError) => void) | undefined;
  /** A stream would find a channel: the events end, to be asked for anew. */
  readonly hasRoom: () => boolean;
}

/**
 * Events where no channel is left on which the engine could tell them as they happen: asked for again and again, from
 * one moment to the next, on a channel shared with all short requests. Resolves once the engine has answered the first
 * time. Each question overlaps with the one before, because the engine's clock is known within a second only and it
 * writes an event down a moment after it happened.
 * @throws what `ask` rejects with; the iterator what `readEvents` throws, and the signal's own
 */
export async function pollEvents(options: PolledEventsOptions): Promise<AsyncIterable<EngineEvent>> {
  const until = options.now();
  return follow(options, await options.ask(Math.min(options.since, until), until), until);
}

async function* follow(
  options: PolledEventsOptions,
  first: Readable,
  firstUntil: number,
): AsyncGenerator<EngineEvent, undefined> {
  const { ask, now, clock, signal, seen, onUnreadable, hasRoom } = options;
  let answer = first;
  let until = firstUntil;
  for (;;) {
    yield* readEvents(answer, seen, onUnreadable);
    if (hasRoom()) return;
    await clock.sleep(limits.engine.eventPollMs, signal);
    const since = until - limits.fleet.eventOverlapMs;
    until = Math.max(since, now());
    answer = await ask(since, until);
  }
}
