import type { EngineClient, EngineEvent } from '../engine/model.ts';
import type { Clock } from '../kernel/clock.ts';
import { AppError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import type { Pace } from './pace.ts';

interface EventStreamOptions {
  readonly client: EngineClient;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** How often a stream is asked for that is denied. */
  readonly refreshPace: Pace;
  /** Of the last event that was heard over another connection, milliseconds of the engine's clock; null: none was. */
  readonly lastEventAt: number | null;
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
  /** On the monotonic clock; null while there is none. */
  #openSince: number | null = null;
  #isDenied = false;

  constructor(options: EventStreamOptions) {
    const { client, clock, lastEventAt } = options;
    const { eventHistoryMs, replayBackMs } = limits.fleet;
    const engineNow = clock.now() + client.clockOffsetMs;
    this.#options = options;
    const before = Math.max(lastEventAt ?? Number.POSITIVE_INFINITY, engineNow - replayBackMs);
    this.#lastEventAt = Math.min(before, engineNow - eventHistoryMs);
  }

  /**
   * On the monotonic clock: what happened before this has been heard by now, replays included, or never will be. Nothing
   * is certain while a stream is being opened.
   */
  get heardBy(): number {
    const settled = this.#options.clock.monotonic() - limits.fleet.replayMs;
    const isSettled = this.#isDenied || (this.#openSince !== null && this.#openSince <= settled);
    return isSettled ? settled : Number.NEGATIVE_INFINITY;
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
    const { client, clock, signal, refreshPace, onEvent, onReopened, onEnded, onProblem } = this.#options;
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
        this.#openSince = openedAt;
        this.#isDenied = false;
        onProblem('events', null);
        if (!isFirst) onReopened();
        for await (const event of events) {
          this.#lastEventAt = Math.max(this.#lastEventAt, event.at);
          onEvent(event);
        }
      });
      if (signal.aborted) return;
      isFirst = false;
      this.#openSince = null;
      this.#isDenied = failure?.code === 'ENGINE_DENIED';
      onProblem('events', failure);
      if (openedAt !== null) onEnded();
      // One that never lasts, because of a line in it that is far too long for one, is asked for ever more slowly.
      failures = openedAt !== null && clock.monotonic() - openedAt >= capMs ? 0 : failures + 1;
      this.#pause = new AbortController();
      const either = AbortSignal.any([signal, this.#pause.signal]);
      if (this.#isDenied) await refreshPace.wait(clock.monotonic(), either);
      else await clock.sleep(Math.min(1_000 * 2 ** failures, capMs), either).catch(() => undefined);
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
