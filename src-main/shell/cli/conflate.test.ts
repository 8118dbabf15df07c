import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { conflate } from './conflate.ts';

it('calls once for all that is asked for within the time, and not after it was disposed', async () => {
  let calls = 0;
  const conflated = conflate(20, () => {
    calls += 1;
  });
  const ask = () => {
    for (let times = 0; times < 5; times += 1) conflated.ask();
  };
  ask();
  const soon = calls;
  await sleep(40);
  const first = calls;
  ask();
  await sleep(40);
  const second = calls;
  ask();
  conflated[Symbol.dispose]();
  await sleep(40);
  expect([soon, first, second, calls]).toEqual([0, 1, 2, 2]);
});
