import type { EngineClient, EngineEvent } from '../engine/model.ts';
import type { Clock } from '../kernel/clock.ts';
import { AppError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';

interface EventStreamOptions {
  readonly client: EngineClient;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly onEvent: (event: EngineEvent) => void;
  /** A stream is open again: what happened while there was none may be lost. */
  readonly onReopened: () => void;
  /** One that was open has ended. */
  readonly onEnded: () => void;
  /** Why there is no stream, or what was left out of it; null: no longer. */
  readonly onProblem: (what: 'events' | 'unreadable event', problem: AppError | null) => void;
}

/** An engine's events as they happen, over one stream after another, each beginning where the one before may have ended. */
export class EventStream {
  readonly #options: EventStreamOptions;
  /** Milliseconds of the engine's clock. */
  #lastEventAt: number;
  /** When a line of the stream was no event, on the monotonic clock. */
  #unreadableAt = Number.NEGATIVE_INFINITY;
  /** Cuts short the wait before the stream is opened again. */
  #pause = new AbortController();

  constructor(options: EventStreamOptions) {
    const { client, clock } = options;
    this.#options = options;
    this.#lastEventAt = clock.now() + client.clockOffsetMs - limits.fleet.eventHistoryMs;
  }

  /** Opens the next stream now, where a wait for it is under way. */
  hurry(): void {
    this.#pause.abort();
  }

  /** To be called now and then: an unreadable event is told of only as long as it might still matter. */
  age(): void {
    const { clock, onProblem } = this.#options;
    // What that event would have said has been read since, and is older than any verdict looks back.
    if (clock.monotonic() - this.#unreadableAt > limits.fleet.eventHistoryMs) onProblem('unreadable event', null);
  }

  /** Follows until the signal is aborted, then resolves. Rejects with what is not an AppError. */
  async run(): Promise<void> {
    const { client, clock, signal, onEvent, onReopened, onEnded, onProblem } = this.#options;
    const { capMs } = limits.fleet.reconnect;
    let isFirst = true;
    for (let failures = 0; !signal.aborted; ) {
      let openedAt: number | null = null;
      const failure = await attempt(async () => {
        const since = this.#lastEventAt - limits.fleet.eventOverlapMs;
        const events = await client.events(since, signal, (problem) => {
          this.#unreadableAt = clock.monotonic();
          onProblem('unreadable event', problem);
        });
        openedAt = clock.monotonic();
        onProblem('events', null);
        if (!isFirst) onReopened();
        for await (const event of events) {
          this.#lastEventAt = Math.max(this.#lastEventAt, event.at);
          onEvent(event);
        }
      });
      if (signal.aborted) return;
      isFirst = false;
      onProblem('events', failure);
      if (openedAt !== null) onEnded();
      // One that never lasts, because of a line in it that is far too long for one, is asked for ever more slowly.
      failures = openedAt !== null && clock.monotonic() - openedAt >= capMs ? 0 : failures + 1;
      this.#pause = new AbortController();
      const either = AbortSignal.any([signal, this.#pause.signal]);
      await clock.sleep(Math.min(1_000 * 2 ** failures, capMs), either).catch(() => undefined);
    }
  }
}

/** Why a read failed, or null. What is not an AppError is a bug, and is thrown on. */
export async function attempt(read: () => Promise<void>): Promise<AppError | null> {
  try {
    await read();
    return null;
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
}
