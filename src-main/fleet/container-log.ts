import type { EngineClient, LogLine } from '../engine/model.ts';
import { AppError } from '../kernel/errors.ts';

export interface LogRequest {
  readonly containerId: string;
  readonly follow: boolean;
  /** Last lines to begin with; null: all the engine keeps. Counts after `after`. */
  readonly tail: number | null;
  /** RFC 3339, up to nanoseconds: only lines later than that; null: no bound. */
  readonly after: string | null;
}

/**
 * Lines of a container's log, pulled; see `EngineClient.logs`.
 * @param knownTty whether the container has a terminal; null: it is inspected first
 * @throws AppError REQUEST_INVALID where `after` is no time, ENGINE_NOT_FOUND, and what else the engine says
 */
export async function readContainerLog(
  client: EngineClient,
  { containerId, follow, tail, after }: LogRequest,
  knownTty: boolean | null,
  signal: AbortSignal,
): Promise<AsyncIterable<readonly LogLine[]>> {
  const bound = after === null ? null : nanosOf(after);
  if (after !== null && bound === null) {
    throw new AppError('REQUEST_INVALID', 'A log was asked for from a time on that is none.');
  }
  const tty = knownTty ?? (await client.inspect(containerId, signal)).tty;
  // The engine takes milliseconds from us: what that lets through too early is left out here.
  const since = bound === null ? null : Number(bound / NANOS_A_MS);
  const batches = await client.logs(containerId, { follow, tail: tail ?? 'all', since, tty }, signal);
  return bound === null ? batches : linesAfter(batches, bound);
}

/** By hand: a generator's own return() waits for the pull under way, in a quiet log for ever. */
function linesAfter(batches: AsyncIterable<readonly LogLine[]>, bound: bigint): AsyncIterable<readonly LogLine[]> {
  const source = batches[Symbol.asyncIterator]();
  const isLater = laterThan(bound);
  const iterator: AsyncIterableIterator<readonly LogLine[]> = {
    async next() {
      for (;;) {
        const { done, value } = await source.next();
        if (done) return { done, value: undefined };
        const lines = value.filter(isLater);
        if (lines.length > 0) return { done: false, value: lines };
      }
    },
    async return() {
      await source.return?.();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]: () => iterator,
  };
  return iterator;
}

/**
 * Whether a line comes after the bound. What follows one that does, on its stream, does so too, whatever time it tells:
 * a log stands in the order in which it was written, and a clock that was set back must not make lines vanish.
 */
function laterThan(bound: bigint): (line: LogLine) => boolean {
  const passed = new Set<LogLine['stream']>();
  return ({ stream, time }) => {
    if (passed.has(stream)) return true;
    const nanos = time === null ? null : nanosOf(time);
    if (nanos === null) return true;
    if (nanos > bound) passed.add(stream);
    return nanos > bound;
  };
}

const NANOS_A_MS = 1_000_000n;
const RFC_3339 = /^(\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d)?)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)$/;

/** Nanoseconds since the epoch, exactly; null where the text is no time. */
function nanosOf(text: string): bigint | null {
  const [, upToSeconds, fraction = '', zone] = RFC_3339.exec(text) ?? [];
  const ms = Date.parse(`${upToSeconds}${zone}`);
  return Number.isNaN(ms) ? null : BigInt(ms) * NANOS_A_MS + BigInt(fraction.slice(0, 9).padEnd(9, '0'));
}
