import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { StatsSample } from './model.ts';
import { cpuPercent, memoryUsed } from './stats.ts';

const SECOND_NS = 1e9;

function sample(change: Partial<StatsSample>): StatsSample {
  return {
    id: 'a',
    readAt: 1_000,
    cpuTotalNs: 0,
    systemCpuNs: 0,
    onlineCpus: 2,
    memoryBytes: null,
    memoryLimitBytes: null,
    ...change,
  };
}

test.each<[string, Partial<StatsSample>, Partial<StatsSample>, number | null]>([
  // Two cores for one second are two seconds of machine time.
  ['one of two cores', {}, { readAt: 2_000, cpuTotalNs: SECOND_NS, systemCpuNs: 2 * SECOND_NS }, 100],
  ['both cores', {}, { readAt: 2_000, cpuTotalNs: 2 * SECOND_NS, systemCpuNs: 2 * SECOND_NS }, 200],
  ['nothing', {}, { readAt: 2_000, systemCpuNs: 2 * SECOND_NS }, 0],
  ['half a core by the clock', { systemCpuNs: null }, { readAt: 3_000, cpuTotalNs: SECOND_NS, systemCpuNs: null }, 50],
  ['by the clock where one sample knows it', {}, { readAt: 2_000, cpuTotalNs: SECOND_NS, systemCpuNs: null }, 100],
  ['the same reading', {}, { cpuTotalNs: 5, systemCpuNs: 5 }, null],
  ['an older reading', { readAt: 2_000 }, { readAt: 1_000, cpuTotalNs: 5, systemCpuNs: 5 }, null],
  ['a restart between', { cpuTotalNs: 9 }, { readAt: 2_000, cpuTotalNs: 5, systemCpuNs: 5 }, null],
  ['a machine that did not move', { systemCpuNs: 7 }, { readAt: 2_000, cpuTotalNs: 5, systemCpuNs: 7 }, null],
  ['a machine that restarted', { systemCpuNs: 7 }, { readAt: 2_000, cpuTotalNs: 5, systemCpuNs: 3 }, null],
  ['a container that was stopped', { readAt: 0 }, { readAt: 2_000, cpuTotalNs: 5, systemCpuNs: 5 }, null],
  ['another container', { id: 'b' }, { readAt: 2_000, cpuTotalNs: 5, systemCpuNs: 5 }, null],
])('%s', (_name, previous, next, percent) => {
  expect(cpuPercent(sample(previous), sample(next))).toBe(percent);
});

const anySample = fc.record({
  id: fc.constant('a'),
  readAt: fc.integer({ min: 0, max: 2e12 }),
  cpuTotalNs: fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
  systemCpuNs: fc.option(fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER })),
  onlineCpus: fc.integer({ min: 1, max: 512 }),
  memoryBytes: fc.constant(null),
  memoryLimitBytes: fc.constant(null),
});

test('is a finite number that is not negative, or null, whatever the counters', () => {
  fc.assert(
    fc.property(anySample, anySample, (previous, next) => {
      const percent = cpuPercent(previous, next);
      expect(percent === null || (Number.isFinite(percent) && percent >= 0)).toBe(true);
    }),
  );
});

test('is what one container used of the machine, whenever the counters began', () => {
  const whole = fc.integer({ min: 1, max: 1e12 });
  fc.assert(
    fc.property(anySample, whole, fc.double({ min: 0, max: 1, noNaN: true }), (from, systemNs, share) => {
      fc.pre(from.readAt > 0 && from.systemCpuNs !== null && from.cpuTotalNs < 1e15 && from.systemCpuNs < 1e15);
      const next = {
        ...from,
        readAt: from.readAt + 1_000,
        systemCpuNs: from.systemCpuNs + systemNs,
        cpuTotalNs: from.cpuTotalNs + Math.floor(systemNs * share),
      };
      expect(cpuPercent(from, next)).toBeCloseTo((Math.floor(systemNs * share) / systemNs) * from.onlineCpus * 100, 6);
    }),
  );
});

test.each([
  ['cgroup v1', { usage: 100, stats: { total_inactive_file: 30, inactive_file: 5 } }, 70],
  ['cgroup v2', { usage: 100, stats: { inactive_file: 30 } }, 70],
  [
    'v1 with more cache than usage falls through, as the CLI does',
    { usage: 100, stats: { total_inactive_file: 100, inactive_file: 5 } },
    95,
  ],
  ['v2 with more cache than usage', { usage: 100, stats: { inactive_file: 200 } }, 100],
  ['no details', { usage: 100 }, 100],
  ['used nothing', { usage: 0, stats: { inactive_file: 0 } }, 0],
  ['not running', {}, null],
  ['said to be null', { usage: null, stats: null }, null],
])('memory: %s', (_name, raw, bytes) => {
  expect(memoryUsed(raw)).toBe(bytes);
});

test('memory is never negative, and never more than the usage', () => {
  const bytes = fc.nat({ max: 2 ** 31 - 1 });
  const stats = fc.record({ total_inactive_file: bytes, inactive_file: bytes }, { requiredKeys: [] });
  fc.assert(
    fc.property(bytes, stats, (usage, told) => {
      const used = memoryUsed({ usage, stats: told }) ?? -1;
      expect(used >= 0 && used <= usage).toBe(true);
    }),
  );
});
