import { expect, test } from 'vitest';
import { createTicker } from './ticker.ts';

/** A page whose time passes when told, and which notes how fast it is ticked. */
function page() {
  let now = 1_000_000;
  let visible = true;
  const timers = new Map<() => void, number>();
  const started: number[] = [];
  const ticker = createTicker({
    now: () => now,
    visible: () => visible,
    every: (ms, action) => {
      timers.set(action, ms);
      started.push(ms);
      return () => timers.delete(action);
    },
  });
  return {
    ticker,
    paces: () => [...timers.values()],
    /** Of every timer there was. */
    started: () => started,
    pass(ms: number) {
      now += ms;
      for (const action of [...timers.keys()]) action();
    },
    see(seen: boolean) {
      visible = seen;
      ticker.visibilityChanged();
    },
  };
}

test('what is counted down is told by the second from afar, and from now on', () => {
  const { ticker, paces, pass } = page();
  ticker.subscribe(0, () => undefined);
  pass(7_000);
  expect(paces()).toEqual([15_000]);
  ticker.subscribe(1_120_000, () => undefined, 300_000);
  expect(paces()).toEqual([1_000]);
  pass(400);
  expect(ticker.now()).toBe(1_007_400);
});

test('ticks each second while something is young, then slower, and not at all for nobody', () => {
  const { ticker, paces, pass } = page();
  const leave = ticker.subscribe(ticker.now(), () => undefined);
  const seen = [paces()];
  pass(61_000);
  seen.push(paces());
  leave();
  seen.push(paces());
  expect(seen).toEqual([[1_000], [15_000], []]);
});

test('what is still to come is counted down each second', () => {
  const { ticker, paces } = page();
  ticker.subscribe(ticker.now() + 9_000, () => undefined);
  expect(paces()).toEqual([1_000]);
});

test('rests while the page is hidden, and tells at once when it is seen again', () => {
  const { ticker, paces, see } = page();
  let ticks = 0;
  ticker.subscribe(ticker.now(), () => {
    ticks += 1;
  });
  see(false);
  const hidden = paces();
  see(true);
  expect({ hidden, ticks, seen: paces() }).toEqual({ hidden: [], ticks: 1, seen: [1_000] });
});

test('a young moment that gives way to the next before each tick does not put the ticks off', () => {
  const { ticker, started } = page();
  ticker.subscribe(ticker.now() - 600_000, () => undefined);
  for (let times = 0; times < 3; times += 1) ticker.subscribe(ticker.now(), () => undefined)();
  expect(started()).toEqual([15_000, 1_000]);
});
