import { expect, it } from 'vitest';
import { frameFigures, type TraceEvent } from './frames.ts';

const MS = 1_000;
const event = (name: string, atMs: number, lengthMs = 0, tid = 1): TraceEvent => ({
  name,
  ph: 'X',
  pid: 7,
  tid,
  ts: atMs * MS,
  dur: lengthMs * MS,
});

it('counts script and rendering once a frame, raster on its own, and frames that came late', () => {
  const trace = [
    event('FireAnimationFrame', 0, 2),
    event('FunctionCall', 0.5, 1), // within the one before
    event('Layout', 1, 1), // forced by it
    event('TimerFire', 5, 3),
    event('Layout', 9, 2),
    event('Paint', 11, 0.5),
    event('RasterTask', 10, 33, 2),
    event('FireAnimationFrame', 16, 1),
    event('FireAnimationFrame', 17, 1), // the same frame
    event('FireAnimationFrame', 50, 4),
    event('FunctionCall', 51, 900, 2), // another thread
    event('FireAnimationFrame', 66, 1),
  ];
  expect(frameFigures(trace)).toEqual({
    frames: 3,
    slowShare: 0.333,
    scriptP95: 5,
    scriptMax: 5,
    renderP95: 2.5,
    rasterShare: 0.5,
  });
});

it('refuses a trace without frames', () => {
  expect(() => frameFigures([event('FunctionCall', 0, 1)])).toThrow('no frames');
});
