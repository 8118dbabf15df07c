import { expect, test } from 'vitest';
import { fuzzAnswers } from './answers.fuzz.fixture.ts';

test('of 100,000 answers, damaged or of another kind, each is read or refused, and none does harm', () => {
  const began = performance.now();
  const outcomes = fuzzAnswers({ cases: 100_000 });
  const seconds = Math.round((performance.now() - began) / 1000);
  process.stdout.write(`${JSON.stringify({ 'answer fuzz': outcomes, seconds })}\n`);
  expect(Math.min(outcomes.read, outcomes.refused)).toBeGreaterThan(10_000);
});
