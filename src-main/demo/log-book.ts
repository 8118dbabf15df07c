import { limits } from '../kernel/limits.ts';
import type { LogLine, SimulatedContainer } from './container.ts';
import { Dice } from './dice.ts';
import { voiceOf } from './voices.ts';

/** From one line of a greeting or farewell to the next. */
const PACE_MS = 30;

/**
 * What a container has logged from `from` up to, but not including, `to`, oldest first. A function of time and of what
 * happened to the container: nothing is kept, and what was read once is read the same again. Time is cut into slots of the
 * container's own length; in each it says one thing, at a moment of the slot's choosing.
 */
export function* linesBetween(container: SimulatedContainer, from: number, to: number): Generator<LogLine, undefined> {
  const extra = container.extra.filter(({ at }) => at >= from && at < to);
  for (const line of spoken(container, from, to)) {
    while (extra[0] !== undefined && extra[0].at < line.at) yield extra.shift() as LogLine;
    yield line;
  }
  yield* extra;
}

/** The last `count` lines before `to`, and not before `from`. */
export function lastLines(container: SimulatedContainer, count: number, from: number, to: number): LogLine[] {
  if (count === 0) return [];
  const earliest = Math.max(from, firstMoment(container, to));
  const end = Math.min(to, container.runs.at(-1)?.to ?? to);
  // A slot gives at least a line, but for those in which it did not run.
  for (let span = (count + 8) * container.plan.logEveryMs; ; span *= 4) {
    const start = Math.max(earliest, end - span);
    const lines = [...linesBetween(container, start, to)];
    if (lines.length >= count || start === earliest) return lines.slice(-count);
  }
}

/** Where what the engine keeps of a log begins, at `now`: it keeps `limits.demo.logSlots` slots. */
export function firstMoment({ plan, runs }: SimulatedContainer, now: number): number {
  const end = Math.min(now, runs.at(-1)?.to ?? now);
  return Math.max(runs[0]?.from ?? 0, end - limits.demo.logSlots * plan.logEveryMs);
}

function* spoken(container: SimulatedContainer, from: number, to: number): Generator<LogLine, undefined> {
  const { plan, seed, troubles, runs } = container;
  const voice = voiceOf(plan.voice);
  const every = plan.logEveryMs;
  for (const run of runs) {
    if (run.from >= to || (run.to !== null && run.to < from)) continue;
    yield* within(from, to, paced(voice.greeting, run.from));
    const begins = run.from + voice.greeting.length * PACE_MS;
    const ends = Math.min(run.askedAt ?? run.to ?? to, to);
    for (let slot = Math.floor(Math.max(begins, from) / every); slot * every < ends; slot += 1) {
      const dice = new Dice(seed, slot);
      const at = Math.floor((slot + dice.next()) * every);
      if (at < begins || at < from || at >= ends) continue;
      const troubled = troubles.some((bad) => bad.from <= at && (bad.to === null || at < bad.to));
      const nanos = dice.int(0, 900_000);
      for (const [index, said] of voice.speak(dice, { at, troubled, ageMs: at - run.from }).entries()) {
        yield { ...said, at, nanos: nanos + index * 1_000 };
      }
    }
    if (run.askedAt !== null) yield* within(from, Math.min(run.to ?? to, to), paced(voice.farewell, run.askedAt));
  }
}

function paced(texts: readonly string[], start: number): LogLine[] {
  return texts.map((text, index) => ({
    stream: 'stdout',
    text,
    at: Math.floor(start) + index * PACE_MS,
    nanos: 7_351,
  }));
}

function within(from: number, to: number, lines: readonly LogLine[]): LogLine[] {
  return lines.filter(({ at }) => at >= from && at < to);
}
