import { expect, test } from 'vitest';
import type { RunStep } from '#contract/actions.ts';
import { groupMs, groupSteps, progressOf, type StepState, stretches } from './run-groups.ts';

const AT = Date.parse('2026-05-04T09:14:00.000Z');

function step(
  containerId: string,
  state: StepState,
  fromMs: number | null = null,
  toMs: number | null = null,
): RunStep {
  const at = (ms: number | null) => (ms === null ? null : new Date(AT + ms).toISOString());
  return { text: 'Stop it', request: null, containerId, state, startedAt: at(fromMs), endedAt: at(toMs), note: null };
}

function stepsOf(containerId: string, ...states: StepState[]): RunStep[] {
  return states.map((state) => step(containerId, state));
}

test.each([
  [['done', 'done'], 'done'],
  [['waiting', 'waiting'], 'waiting'],
  [['done', 'waiting'], 'running'],
  [['done', 'running'], 'running'],
  [['done', 'failed', 'skipped'], 'failed'],
  [['unknown', 'skipped'], 'unknown'],
  [['done', 'skipped'], 'skipped'],
] as const)('a container whose steps are %j is %s', (states, state) => {
  expect(groupSteps(stepsOf('a', ...states)).map((group) => group.state)).toEqual([state]);
});

test('a run of one container has no progress but its steps', () => {
  expect([
    progressOf(stepsOf('a', 'done', 'running')),
    progressOf([...stepsOf('a', 'done', 'done'), ...stepsOf('b', 'running', 'waiting'), ...stepsOf('c', 'waiting')]),
  ]).toEqual([null, { done: 1, of: 3 }]);
});

test('what is done with and what waits is folded where there is much of it, and nothing that has to be read', () => {
  const many = (count: number, state: StepState) =>
    Array.from({ length: count }, (_, index) => stepsOf(`${state} ${index}`, state)).flat();
  const of = (steps: readonly RunStep[]) =>
    stretches(groupSteps(steps)).map(
      ({ state, groups, folded }) => `${groups.length} ${state}${folded ? ', folded' : ''}`,
    );
  expect([
    of([...many(6, 'done'), ...stepsOf('now', 'done', 'running'), ...many(33, 'waiting')]),
    of([...many(4, 'done'), ...many(7, 'failed'), ...many(9, 'skipped')]),
    of([...stepsOf('cut', 'done', 'skipped'), ...many(6, 'skipped')]),
    of([]),
  ]).toEqual([
    ['6 done, folded', '1 running', '33 waiting, folded'],
    ['4 done', '7 failed', '9 skipped, folded'],
    ['1 skipped', '6 skipped, folded'],
    [],
  ]);
});

test('a container takes as long as all of its steps', () => {
  const [both, none] = groupSteps([
    step('a', 'done', 1_000, 2_200),
    step('a', 'done', 2_200, 7_400),
    step('b', 'waiting'),
  ]).map(groupMs);
  expect([both, none]).toEqual([6_400, null]);
});
