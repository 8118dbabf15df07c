import { expect, it } from 'vitest';
import type { TrialEvent } from '#contract/hosts.ts';
import { systemClock } from '../kernel/clock.ts';
import { TrialSteps } from './trial-steps.ts';

it('counts what of a step was over before it was known to be that one', () => {
  let now = 0;
  const told: TrialEvent[] = [];
  const steps = new TrialSteps({ ...systemClock, monotonic: () => now }, (event) => told.push(event));
  steps.onEvent({ kind: 'begun', step: 'forward' });
  now = 9_000;
  steps.onEvent({ kind: 'skipped', step: 'forward', why: 'it cannot be told' });
  steps.onEvent({ kind: 'begun', step: 'socket', ms: 9_000 });
  now = 9_500;
  expect([steps.stop('SOCKET_MISSING'), told.map(({ kind }) => kind)]).toEqual([
    { step: 'socket', jump: null, ms: 9_500, underWay: [] },
    ['begun', 'skipped', 'begun'],
  ]);
});
