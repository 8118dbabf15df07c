/** An event of Chromium's trace; `ts` and `dur` are microseconds. */
export interface TraceEvent {
  readonly name: string;
  readonly ph: string;
  readonly pid: number;
  readonly tid: number;
  readonly ts: number;
  readonly dur?: number;
  readonly args?: { readonly name?: string };
}

export interface FrameFigures {
  readonly frames: number;
  /** Share of intervals between two frames that were longer than 20 ms, 0 to 1. */
  readonly slowShare: number;
  /** Milliseconds of script in a frame. */
  readonly scriptP95: number;
  readonly scriptMax: number;
}

/** A page measures 16.7 ms a frame where nothing happens: the threshold stands above the vsync (FACTS, the browser). */
const SLOW_MS = 20;
const SCRIPT = new Set([
  'FunctionCall',
  'EvaluateScript',
  'FireAnimationFrame',
  'TimerFire',
  'EventDispatch',
  'RunMicrotasks',
  'v8.callFunction',
]);

/**
 * How evenly a page drew its frames, and how much script ran in each, from a trace of the category
 * `devtools.timeline` while the page asked for every animation frame.
 * @throws Error where the trace holds fewer than two frames
 */
export function frameFigures(trace: readonly TraceEvent[]): FrameFigures {
  const main = busiestThread(trace.filter(({ name }) => name === 'FireAnimationFrame'));
  const own = trace.filter((event) => threadOf(event) === main);
  const starts = own.filter(({ name }) => name === 'FireAnimationFrame').map(({ ts }) => ts);
  starts.sort((a, b) => a - b);
  // Several callbacks may fire in one frame.
  const frames = starts.filter((at, index) => index === 0 || at - (starts[index - 1] as number) > 4_000);
  if (frames.length < 2) throw new Error('the trace holds no frames');
  const intervals = frames.slice(1).map((at, index) => (at - (frames[index] as number)) / 1_000);
  const script = new Array<number>(intervals.length).fill(0);
  let frame = 0;
  for (const { ts, length } of outermost(own.filter(({ name, ph }) => ph === 'X' && SCRIPT.has(name)))) {
    while (frame + 1 < frames.length && (frames[frame + 1] as number) <= ts) frame += 1;
    if (ts >= (frames[0] as number) && frame < script.length) script[frame] = (script[frame] as number) + length / 1_000;
  }
  script.sort((a, b) => a - b);
  return {
    frames: intervals.length,
    slowShare: round(intervals.filter((ms) => ms > SLOW_MS).length / intervals.length),
    scriptP95: round(quantile(script, 0.95)),
    scriptMax: round(script.at(-1) as number),
  };
}

/** Of ascending numbers; the nearest rank. */
export function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}

function threadOf({ pid, tid }: TraceEvent): string {
  return `${pid}/${tid}`;
}

function busiestThread(events: readonly TraceEvent[]): string {
  const counts = new Map<string, number>();
  for (const event of events) counts.set(threadOf(event), (counts.get(threadOf(event)) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0] ?? '';
}

/** Those that lie in no other: what ran within them is not counted twice. */
function outermost(events: readonly TraceEvent[]): { readonly ts: number; readonly length: number }[] {
  const found: { ts: number; length: number }[] = [];
  let end = Number.NEGATIVE_INFINITY;
  for (const { ts, dur = 0 } of events.toSorted((a, b) => a.ts - b.ts || (b.dur ?? 0) - (a.dur ?? 0))) {
    if (ts < end) continue;
    found.push({ ts, length: dur });
    end = ts + dur;
  }
  return found;
}

function round(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}
