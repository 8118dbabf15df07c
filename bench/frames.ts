import { quantile, rounded } from './figures.ts';

/** An event of Chromium's trace; `ts` and `dur` are microseconds. */
export interface TraceEvent {
  readonly name: string;
  readonly ph: string;
  readonly pid: number;
  readonly tid: number;
  readonly ts: number;
  readonly dur?: number;
}

export interface FrameFigures {
  readonly frames: number;
  /** Share of intervals between two frames that were longer than 20 ms, 0 to 1. */
  readonly slowShare: number;
  /** Milliseconds of script in a frame. */
  readonly scriptP95: number;
  readonly scriptMax: number;
  /** Milliseconds of style, layout, paint and commit in a frame, what script forced left out. */
  readonly renderP95: number;
  /** Share of one core that turned paint into pixels, 0 to 1: a graphics card's work, where there is one. */
  readonly rasterShare: number;
}

/** A page measures 16.7 ms a frame where nothing happens: the threshold stands above the vsync (FACTS, the browser). */
const SLOW_MS = 20;
/** Several callbacks may fire in one frame. */
const SAME_FRAME_US = 4_000;
const SCRIPT = new Set([
  'FunctionCall',
  'EvaluateScript',
  'FireAnimationFrame',
  'TimerFire',
  'EventDispatch',
  'RunMicrotasks',
  'v8.callFunction',
]);
const RENDER = new Set(['UpdateLayoutTree', 'Layout', 'PrePaint', 'Paint', 'Layerize', 'Commit']);

/**
 * How evenly a page drew its frames, and what ran in each, from a trace of the category `devtools.timeline` while the
 * page asked for every animation frame.
 * @throws Error where the trace holds fewer than two frames
 */
export function frameFigures(trace: readonly TraceEvent[]): FrameFigures {
  const main = busiestThread(trace.filter(({ name }) => name === 'FireAnimationFrame'));
  const own = trace.filter((event) => threadOf(event) === main);
  const starts = own.filter(({ name }) => name === 'FireAnimationFrame').map(({ ts }) => ts);
  starts.sort((a, b) => a - b);
  const frames = starts.filter((at, index) => index === 0 || at - (starts[index - 1] as number) > SAME_FRAME_US);
  if (frames.length < 2) throw new Error('the trace holds no frames');
  const intervals = frames.slice(1).map((at, index) => (at - (frames[index] as number)) / 1_000);
  const work = outermost(own.filter(({ name, ph }) => ph === 'X' && (SCRIPT.has(name) || RENDER.has(name))));
  const script = perFrame(
    work.filter(({ name }) => SCRIPT.has(name)),
    frames,
  );
  const render = perFrame(
    work.filter(({ name }) => RENDER.has(name)),
    frames,
  );
  const raster = trace.filter(({ name, ph }) => ph === 'X' && name === 'RasterTask');
  const length = (frames.at(-1) as number) - (frames[0] as number);
  return {
    frames: intervals.length,
    slowShare: rounded(intervals.filter((ms) => ms > SLOW_MS).length / intervals.length),
    scriptP95: rounded(quantile(script, 0.95)),
    scriptMax: rounded(script.at(-1) as number),
    renderP95: rounded(quantile(render, 0.95)),
    rasterShare: rounded(raster.reduce((total, { dur = 0 }) => total + dur, 0) / length),
  };
}

/** Milliseconds of `work` in each frame, ascending. What runs over the end of a frame counts where it began. */
function perFrame(work: readonly TraceEvent[], frames: readonly number[]): number[] {
  const found = new Array<number>(frames.length - 1).fill(0);
  let frame = 0;
  for (const { ts, dur = 0 } of work) {
    while (frame + 1 < frames.length && (frames[frame + 1] as number) <= ts) frame += 1;
    if (ts >= (frames[0] as number) && frame < found.length) found[frame] = (found[frame] as number) + dur / 1_000;
  }
  return found.sort((a, b) => a - b);
}

function threadOf({ pid, tid }: TraceEvent): string {
  return `${pid}/${tid}`;
}

function busiestThread(events: readonly TraceEvent[]): string {
  const counts = new Map<string, number>();
  for (const event of events) counts.set(threadOf(event), (counts.get(threadOf(event)) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0] ?? '';
}

/** Those that lie in no other, by time: what ran within them is not counted twice. */
function outermost(events: readonly TraceEvent[]): TraceEvent[] {
  const found: TraceEvent[] = [];
  let end = Number.NEGATIVE_INFINITY;
  for (const event of events.toSorted((a, b) => a.ts - b.ts || (b.dur ?? 0) - (a.dur ?? 0))) {
    if (event.ts < end) continue;
    found.push(event);
    end = event.ts + (event.dur ?? 0);
  }
  return found;
}
