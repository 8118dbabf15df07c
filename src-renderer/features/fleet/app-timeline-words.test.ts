import { expect, test } from 'vitest';
import { container } from '../../store/fleet.fixture.ts';
import { lifeOf, markOf } from './app-timeline-words.ts';

test('only what is a verdict in itself has its shape', () => {
  const kinds = ['healthy', 'unhealthy', 'out-of-memory', 'exited', 'restarted'] as const;
  expect(kinds.map((kind) => markOf({ kind }))).toEqual(['green', 'down', 'down', null, null]);
});

test('what happens to a container changes its life, its load does not', () => {
  const before = lifeOf([container('shop', 'api'), container('shop', 'web')]);
  const after = (change: Parameters<typeof container>[2]) =>
    lifeOf([container('shop', 'api', change), container('shop', 'web')]) !== before;
  expect([
    after({ cpuPercent: 90, memoryBytes: 1 }),
    after({ state: 'exited' }),
    after({ health: 'unhealthy' }),
    after({ restarts: 1 }),
    after({ startedAt: '2026-05-04T09:00:00.000Z' }),
    after({ planned: 'restarting' }),
    after({ id: 'f'.repeat(64) }),
    lifeOf([container('shop', 'api')]) !== before,
  ]).toEqual([false, true, true, true, true, true, true, true]);
});
