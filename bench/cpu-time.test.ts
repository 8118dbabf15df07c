import { expect, it } from 'vitest';
import { coreShares, cpuMsOf } from './cpu-time.ts';

it('adds user and system time, whatever the process is called', () => {
  const stat = '4242 (node (a) 1 2) S 1 4242 4242 0 -1 4194560 900 0 3 0 250 75 9 9 20 0 11 0 5 1 1 1';
  expect(cpuMsOf(stat)).toBe(3_250);
});

it('gives each clock its share of the time that passed', async () => {
  let reads = 0;
  const shares = await coreShares({ still: async () => 7, busy: async () => performance.now() + reads++ }, 20);
  expect([shares.still, shares.busy > 1]).toEqual([0, true]);
});
