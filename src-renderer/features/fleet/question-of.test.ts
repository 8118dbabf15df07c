import { expect, test } from 'vitest';
import type { HostState } from '#contract/fleet.ts';
import type { Question } from '#contract/questions.ts';
import { questionOf } from './question-of.ts';

const JUMP = 'ana@bastion:22';
const asked = (id: string, change: Partial<Question>) =>
  ({
    ...{ kind: 'password', id, hostId: 'borealis', trial: null, target: 'ssh://borealis', user: 'ana' },
    ...{ machine: JUMP, isJump: true, canRemember: false, ...change },
  }) as Question;
const waits = (change: object = {}): HostState =>
  ({ state: 'asking', attempt: 1, since: '', what: 'password', jump: JUMP, ...change }) as HostState;

test.each<[string, Question[], HostState, string | null]>([
  ['its own', [asked('a', {}), asked('b', { hostId: 'atlas', isJump: false })], waits(), 'b'],
  ['its own, before it is known to ask', [asked('b', { hostId: 'atlas' })], waits({ state: 'connecting' }), 'b'],
  ['that of another host about the same machine', [asked('a', { machine: 'ana@x:22' }), asked('b', {})], waits(), 'b'],
  ['that of a test about it', [asked('a', { hostId: null, trial: 't' })], waits(), 'a'],
  ['none of another kind', [asked('a', { kind: 'hostKey' })], waits(), null],
  ['none of a host that is asked as itself', [asked('a', { isJump: false })], waits(), null],
  ['none where the host itself asks', [asked('a', {})], waits({ jump: null }), null],
  ['none where it waits for nothing', [asked('a', {})], waits({ state: 'connecting' }), null],
])('a host waits for %s', (_, questions, status, id) => {
  expect(questionOf(questions, { id: 'atlas', status })?.id ?? null).toBe(id);
});
