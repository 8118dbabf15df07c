import { describe, expect, it } from 'vitest';
import { fitToDisplays } from './window-state.ts';

const SCREEN = { x: 0, y: 25, width: 1920, height: 1055 };
const RIGHT = { x: 1920, y: 0, width: 2560, height: 1440 };
const SMALL = { x: 0, y: 0, width: 800, height: 480 };
const at = (x: number, y: number, width: number, height: number) => ({ x, y, width, height });

describe('fitToDisplays', () => {
  it.each([
    ['stays where it fits', at(100, 100, 1280, 800), [SCREEN, RIGHT], at(100, 100, 1280, 800)],
    ['stays on the display it is mostly on', at(1800, 100, 1280, 800), [SCREEN, RIGHT], at(1920, 100, 1280, 800)],
    ['comes back inside the edges', at(-200, -50, 1280, 800), [SCREEN], at(0, 25, 1280, 800)],
    ['shrinks to a smaller display', at(0, 0, 3000, 2000), [SCREEN], at(0, 25, 1920, 1055)],
    ['is never smaller than its pages need', at(10, 30, 200, 100), [SCREEN], at(10, 30, 900, 600)],
    ['but no larger than the display', at(10, 30, 200, 100), [SMALL], at(0, 0, 800, 480)],
    ['is placed by the system where its display is gone', at(2500, 100, 1280, 800), [SCREEN], null],
    ['is placed by the system where none is known', at(0, 0, 1280, 800), [], null],
  ])('%s', (_what, bounds, workAreas, fitted) => {
    expect(fitToDisplays({ bounds, maximized: true }, workAreas)).toEqual({ bounds: fitted, maximized: true });
  });
});
