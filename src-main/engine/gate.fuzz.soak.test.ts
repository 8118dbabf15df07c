import { expect, test } from 'vitest';
import { fuzzGate } from './gate.fuzz.fixture.ts';

test('of 1,000,000 requests that are tried, none reaches the engine that is not listed', async () => {
  const began = performance.now();
  const { wrong, ...figures } = await fuzzGate({ cases: 1_000_000, seed: 1 });
  const seconds = Math.round((performance.now() - began) / 1000);
  process.stdout.write(`${JSON.stringify({ 'gate fuzz': figures, wrong: wrong.length, seconds })}\n`);
  expect(wrong).toEqual([]);
  expect(Math.min(figures.reads, figures.changes)).toBeGreaterThan(10_000);
});
