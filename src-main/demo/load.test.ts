import { expect, test } from 'vitest';
import { Load } from './load.ts';

const START = Date.parse('2026-05-04T10:00:00Z');
const DAY = 86_400_000;

test('over a day the load is what was planned', () => {
  const load = new Load(0.5, 7);
  expect(load.cpuNs(START, START + 30 * DAY) / (30 * DAY * 1e6)).toBeCloseTo(0.5, 2);
});

test('the counter rises between any two looks, and never jumps', () => {
  const load = new Load(1, 7);
  const shares = Array.from({ length: 2_000 }, (_, index) => {
    const at = START + index * 5_000;
    return (load.cpuNs(START, at + 5_000) - load.cpuNs(START, at)) / 5e9;
  });
  const jumps = shares.slice(1).map((share, index) => Math.abs(share - (shares[index] as number)));
  expect({
    lowest: Math.min(...shares) > 0.1,
    highest: Math.max(...shares) < 1.9,
    jump: Math.max(...jumps) < 0.6,
  }).toEqual({
    lowest: true,
    highest: true,
    jump: true,
  });
  // It moves: not all looks show the same.
  expect(Math.max(...shares) - Math.min(...shares)).toBeGreaterThan(0.3);
});

test('is higher in the afternoon than at night', () => {
  const load = new Load(1, 7);
  const hour = (text: string) =>
    load.cpuNs(Date.parse(`2026-05-04T${text}Z`), Date.parse(`2026-05-04T${text}Z`) + 3_600_000);
  expect(hour('14:30:00')).toBeGreaterThan(1.2 * hour('02:30:00'));
});

test('one seed is one load', () => {
  const [one, same, other] = [new Load(1, 7), new Load(1, 7), new Load(1, 8)].map((load) =>
    load.cpuNs(START, START + 60_000),
  );
  expect([one === same, one === other]).toEqual([true, false]);
});
