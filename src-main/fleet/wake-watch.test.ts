import { expect, it } from 'vitest';
import { type ManualClock, manualClock } from '../kernel/clock.fixture.ts';
import type { Clock } from '../kernel/clock.ts';
import { limits } from '../kernel/limits.ts';
import { watchForWake } from './wake-watch.ts';

/** A machine whose clocks go on in its sleep or do not; its timers never do. */
function machine(clock: ManualClock = manualClock(1_000_000)) {
  let sleptWall = 0;
  let sleptMonotonic = 0;
  const seen: Clock = {
    now: () => clock.now() + sleptWall,
    monotonic: () => clock.monotonic() + sleptMonotonic,
    sleep: clock.sleep,
  };
  let woke = 0;
  const watching = watchForWake(seen, () => {
    woke += 1;
  });
  const sleep = (wall: number, monotonic: number) => {
    sleptWall += wall;
    sleptMonotonic += monotonic;
  };
  return { clock, watching, sleep, woke: () => woke };
}

it('tells soon after each sleep, by whichever clock went on in it', async () => {
  const { clock, sleep, woke } = machine();
  await clock.advance(60_000);
  const seen = [woke()];
  for (const [wall, monotonic] of [
    [3_600_000, 0],
    [3_600_000, 3_600_000],
    // Somebody set the clock back meanwhile.
    [-60_000, limits.fleet.sleptMs],
  ] as const) {
    sleep(wall, monotonic);
    await clock.advance(limits.fleet.wakeLookMs);
    seen.push(woke());
  }
  await clock.advance(60_000);
  expect([...seen, woke()]).toEqual([0, 1, 2, 3, 3]);
});

it('takes a busy moment for none', async () => {
  const { clock, sleep, woke } = machine();
  sleep(limits.fleet.sleptMs - 1, limits.fleet.sleptMs - 1);
  await clock.advance(60_000);
  expect(woke()).toBe(0);
});

it('stops when it is disposed', async () => {
  const { clock, watching } = machine();
  await clock.advance(1);
  watching[Symbol.dispose]();
  expect(clock.sleeping()).toEqual([]);
});
