import fc from 'fast-check';
import { expect, test } from 'vitest';
import { backoffMs } from './backoff.ts';

const plan = { baseMs: 1_000, capMs: 15_000 };

test('the longest wait doubles up to the cap', () => {
  const longest = [1, 2, 3, 4, 5, 6, 1000, Number.MAX_SAFE_INTEGER].map((attempt) =>
    backoffMs(attempt, { ...plan, random: () => 1 - 2 ** -53 }),
  );
  expect(longest).toEqual([1_000, 2_000, 4_000, 8_000, 15_000, 15_000, 15_000, 15_000]);
});

test('the shortest is half the base, so that a host that refuses at once is not hammered', () => {
  expect([1, 2, 50].map((attempt) => backoffMs(attempt, { ...plan, random: () => 0 }))).toEqual([500, 500, 500]);
});

test('between them it follows chance', () => {
  expect([1, 2, 3, 9].map((attempt) => backoffMs(attempt, { ...plan, random: () => 0.75 }))).toEqual([
    750, 1_500, 3_000, 11_250,
  ]);
});

test('it always stays within half the base and the cap', () => {
  const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
  fc.assert(
    fc.property(
      fc.integer({ min: 1 }),
      fc.integer({ min: 1, max: 1e6 }),
      fc.nat(1e6),
      random,
      (attempt, baseMs, more, chance) => {
        const capMs = baseMs + more;
        const wait = backoffMs(attempt, { baseMs, capMs, random: () => chance });
        expect(wait >= baseMs / 2 && wait <= capMs).toBe(true);
      },
    ),
  );
});
