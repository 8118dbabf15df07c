import { expect, it } from 'vitest';
import { loadOf } from './container-load.ts';
import {
  at,
  detail,
  engineAt,
  factsAfter,
  inspected,
  listed,
  NO_PREFERENCES,
  sampled,
  summary,
} from './facts.fixture.ts';
import { type HostViewInput, hostView } from './host-view.ts';

const INPUT: Omit<HostViewInput, 'facts'> = {
  id: 'b1f2a3c4-0000-4000-8000-000000000001',
  target: 'ssh://ops@atlas',
  status: { state: 'live', since: '2027-01-15T08:00:00.000Z' },
  engine: null,
  latencyMs: null,
  preferences: NO_PREFERENCES,
  planned: new Map(),
  now: at(2_000),
  engineNow: engineAt(2_000),
  refreshIntervalMs: 10_000,
  sampleIntervalMs: 5_000,
};

it('is null where there was no sample, and a rate only where there were two', () => {
  const load = (...samples: readonly number[]) => {
    const a = factsAfter(listed(0, summary('a')), ...samples.map((ms) => sampled('a', ms))).containers.get('a');
    return a && loadOf(a, at(2_000), 5_000);
  };
  expect([load(), load(1_000), load(1_000, 2_000)]).toEqual([
    { cpuPercent: null, memoryBytes: null },
    { cpuPercent: null, memoryBytes: 64 * 1024 ** 2 },
    { cpuPercent: 50, memoryBytes: 64 * 1024 ** 2 },
  ]);
});

it('is not shown, and judged by, when it is older than three sample intervals', () => {
  const facts = factsAfter(
    listed(0, summary('a')),
    inspected(1, detail('a', { memoryLimitBytes: 64 * 1024 ** 2 })),
    sampled('a', 1_000),
    sampled('a', 2_000),
  );
  const seen = (over: Partial<HostViewInput>) => hostView({ ...INPUT, facts, ...over }).apps[0]?.containers[0];
  const near = { reason: 'near its memory limit: 64 of 64 MB', cpuPercent: 50, memoryBytes: 64 * 1024 ** 2 };
  const none = { reason: 'unchecked', cpuPercent: null, memoryBytes: null, memoryLimitBytes: 64 * 1024 ** 2 };
  expect(seen({ now: at(17_000) })).toMatchObject(near);
  expect(seen({ now: at(17_001) })).toMatchObject(none);
  expect(seen({ now: at(17_001), sampleIntervalMs: 6_000 })).toMatchObject(near);
  // A jump of the clock that dates the engine's readings makes none of them old.
  expect(seen({ engineNow: engineAt(3_600_000) })).toMatchObject(near);
});
