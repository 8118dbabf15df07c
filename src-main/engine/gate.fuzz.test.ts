import { expect, test } from 'vitest';
import { fuzzGate } from './gate.fuzz.fixture.ts';

// The thinned version of gate.fuzz.soak.test.ts.
test('of 20,000 requests that are tried, none reaches the engine that is not listed', async () => {
  const { wrong, reads, changes } = await fuzzGate({ cases: 20_000, seed: 4 });
  expect(wrong).toEqual([]);
  // Neither side of the comparison is empty.
  expect(Math.min(reads, changes)).toBeGreaterThan(200);
});
