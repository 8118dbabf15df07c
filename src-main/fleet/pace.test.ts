import { expect, it } from 'vitest';
import { manualClock, settled } from '../kernel/clock.fixture.ts';
import { Pace } from './pace.ts';

function pacing(ms: number) {
  const clock = manualClock(0);
  const stop = new AbortController();
  let currentMs = ms;
  const pace = new Pace(clock, () => currentMs);
  const over: number[] = [];
  const wait = (since: number, atMostMs?: number) =>
    void pace.wait(since, stop.signal, atMostMs).then(() => over.push(clock.monotonic()));
  const set = (next: number) => {
    currentMs = next;
    pace.follow();
  };
  return { clock, stop, pace, over, wait, set };
}

it('waits its time since a moment, or less where that is asked for, and not at all where it is over', async () => {
  const { clock, over, wait } = pacing(5_000);
  await clock.advance(1_000);
  wait(1_000);
  wait(0);
  wait(1_000, 500);
  wait(-4_000);
  await clock.advance(10_000);
  expect(over).toEqual([1_000, 1_500, 5_000, 6_000]);
});

it.each([
  ['faster', 2_000, [2_000]],
  ['faster than what has passed', 500, [1_000]],
  ['slower', 8_000, [8_000]],
])('follows a pace that grows %s while it waits', async (_, ms, end) => {
  const { clock, over, wait, set } = pacing(5_000);
  wait(0);
  await clock.advance(1_000);
  set(ms);
  await clock.advance(10_000);
  expect(over).toEqual(end);
});

it('ends a wait with the signal, leaving nothing behind', async () => {
  const { clock, stop, over, wait } = pacing(5_000);
  wait(0);
  await clock.advance(1);
  stop.abort();
  wait(0);
  await settled();
  expect([over, clock.sleeping()]).toEqual([[1, 1], []]);
});

it('judges by how long the last reading took, where that is longer', () => {
  const { pace, set } = pacing(5_000);
  const judged = [60_000, 4_000].map((tookMs) => {
    pace.completed(tookMs);
    return pace.judgedByMs;
  });
  pace.completed(60_000);
  // What is wanted less often changes nothing of what is known.
  set(20_000);
  judged.push(pace.judgedByMs);
  pace.completed();
  expect([judged, pace.judgedByMs, pace.currentMs]).toEqual([[60_000, 5_000, 60_000], 20_000, 20_000]);
});

it('judges by the slowest pace there was since something was last read', () => {
  const { pace, set } = pacing(5_000);
  const judged = [pace.judgedByMs];
  set(60_000);
  judged.push(pace.judgedByMs);
  set(2_000);
  judged.push(pace.judgedByMs);
  pace.completed();
  judged.push(pace.judgedByMs);
  expect([judged, pace.currentMs]).toEqual([[5_000, 60_000, 60_000, 2_000], 2_000]);
});
