import type { Readable } from 'node:stream';
import { z } from 'zod';
import { AppError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import { shaped } from './answers.ts';
import { invalidAnswer, translateError } from './errors.ts';
import { recordOf } from './json-collections.ts';
import type { EngineEvent } from './model.ts';

const CALL = 'events';

/**
 * Which events have been handed on already: each stream begins with some the last one ended with, because it is
 * asked for with an overlap (FACTS, engine 1). Forgets the oldest beyond `limits.engine.rememberedEvents`.
 */
export class SeenEvents {
  readonly #keys = new Set<string>();

  /** True the first time. */
  add({ timeNano, type, action, id }: EngineEvent): boolean {
    const key = `${timeNano} ${type} ${action} ${id}`;
    if (this.#keys.has(key)) return false;
    this.#keys.add(key);
    const [oldest] = this.#keys;
    if (this.#keys.size > limits.engine.rememberedEvents && oldest !== undefined) this.#keys.delete(oldest);
    return true;
  }
}

/**
 * The container and network events of an answer to `GET /events`, as they come, without exec noise and without those
 * in `seen`. Ends when the engine ends the stream. A line that is no event is left out: one that is asked for again with
 * each overlap would otherwise end every stream. `onUnreadable` is told of the first.
 *
 * Throws what `source` was destroyed with, ENGINE_UNREACHABLE when it breaks, ENGINE_ANSWER_INVALID for a line longer
 * than `limits.engine.eventLineBytes` and where it ended without one line that could be read. Leaving the loop destroys
 * `source`.
 */
export async function* readEvents(
  source: Readable,
  seen: SeenEvents,
  onUnreadable: (problem: AppError) => void = () => {},
): AsyncGenerator<EngineEvent, undefined> {
  let unreadable: AppError | null = null;
  let read = 0;
  try {
    for await (const line of lines(source)) {
      const event = parseEvent(line);
      if (event instanceof AppError) {
        if (unreadable === null) onUnreadable(event);
        unreadable ??= event;
        continue;
      }
      read += 1;
      if (event !== null && seen.add(event)) yield event;
    }
    if (unreadable !== null && read === 0) throw unreadable;
  } catch (error) {
    throw translateError(error, CALL);
  }
}

/** Lines of JSON, decoded once they are whole, so that a character may be split over chunks. Blank ones are keep-alives. */
async function* lines(source: AsyncIterable<Buffer>): AsyncGenerator<string, undefined> {
  const pieces: Buffer[] = [];
  let held = 0;
  const take = (piece: Buffer): string => {
    pieces.push(piece);
    held += piece.length;
    const whole = pieces.length === 1 ? piece : Buffer.concat(pieces);
    if (held > limits.engine.eventLineBytes) throw invalidAnswer(CALL, 'an event is longer than any should be', whole);
    pieces.length = 0;
    held = 0;
    return whole.toString('utf8').trim();
  };
  for await (const chunk of source) {
    let start = 0;
    for (let end = chunk.indexOf(LF); end >= 0; end = chunk.indexOf(LF, start)) {
      const line = take(chunk.subarray(start, end));
      start = end + 1;
      if (line !== '') yield line;
    }
    if (start === chunk.length) continue;
    pieces.push(chunk.subarray(start));
    held += chunk.length - start;
    if (held > limits.engine.eventLineBytes) take(Buffer.alloc(0));
  }
  const last = take(Buffer.alloc(0));
  if (last !== '') yield last;
}

const LF = 0x0a;

const Event = z.object({
  // Podman and engines before 1.22 had `status` and `id` in their place, and still send both.
  Action: z.string().nullish(),
  status: z.string().nullish(),
  id: z.string().nullish(),
  Actor: z.object({ ID: z.string().nullish(), Attributes: recordOf(z.string()).nullish() }).nullish(),
  // Seconds within what a Date holds.
  time: z.number().min(0).max(8.64e12).nullish(),
  timeNano: z.number().nullish(),
  HealthStatus: z.string().nullish(),
});

/** One line of `/events`; null for one that is not ours, ENGINE_ANSWER_INVALID for one that is no event. */
export function parseEvent(line: string): EngineEvent | AppError | null {
  try {
    return eventOf(line);
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
}

function eventOf(line: string): EngineEvent | null {
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch (cause) {
    throw invalidAnswer(CALL, 'an event is not JSON', line, cause);
  }
  const type = typeof json === 'object' && json !== null && 'Type' in json ? json.Type : null;
  if (type !== 'container' && type !== 'network') return null;
  const event = shaped(CALL, json, Event);
  const attributes = event.Actor?.Attributes ?? {};
  const action = actionOf(type, event.Action ?? event.status ?? '', event.HealthStatus ?? attributes.health_status);
  if (action === '' || action.startsWith('exec_')) return null;
  const id = event.Actor?.ID ?? event.id ?? '';
  // No engine has such names, and whoever made them up would have them remembered.
  if (Math.max(action.length, id.length) > limits.engine.eventNameChars) return null;
  const timeNano = exactNanoseconds(line) ?? `${Math.trunc((event.time ?? 0) * 1000)}000000`;
  return {
    type,
    action,
    id,
    at: Number(BigInt(timeNano) / 1_000_000n),
    timeNano,
    attributes: withExitCode(attributes),
  };
}

/** Docker's words for what Podman calls otherwise (FACTS, engine 2 and 8). */
function actionOf(type: EngineEvent['type'], action: string, health: string | null | undefined): string {
  if (type !== 'container') return action;
  if (action === 'died') return 'die';
  if (action === 'remove') return 'destroy';
  if (action === 'health_status' && health) return `health_status: ${health}`;
  return action;
}

/** Podman tells the code of a `die` under a name of its own. */
function withExitCode(attributes: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const code = attributes.containerExitCode;
  return code === undefined || attributes.exitCode !== undefined ? attributes : { ...attributes, exitCode: code };
}

/**
 * As digits, because a number of JavaScript has 53 bits. Within a JSON text a number can follow this key only as a
 * number of the engine's: in a label's text the quotes are escaped, and a label named so has a text for its value.
 */
function exactNanoseconds(line: string): string | null {
  return /"timeNano":\s*(\d{1,20})\b/.exec(line)?.[1] ?? null;
}
