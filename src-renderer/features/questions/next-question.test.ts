import { expect, test } from 'vitest';
import type { Question } from '#contract/questions.ts';
import { nextQuestion } from './next-question.ts';

const asked = (id: string, hostId: string | null): Question => ({
  kind: 'passphrase',
  id,
  hostId,
  trial: hostId === null ? 'trial' : null,
  target: 'ssh://ana@atlas',
  file: '/home/ana/.ssh/id_ed25519',
  attempt: 1,
  machine: 'ana@atlas:22',
  isJump: false,
  canRemember: false,
});
const shown = asked('first', 'atlas');

test.each([
  ['the one that is shown, while it is asked', [asked('second', 'atlas'), shown], 'first'],
  ['the next of the same host', [asked('other', 'borealis'), asked('second', 'atlas')], 'second'],
  ['none where only others ask', [asked('other', 'borealis'), asked('trial', null)], null],
  ['none where nothing is asked', [], null],
])('%s', (_, questions, id) => {
  expect(nextQuestion(questions, shown)?.id ?? null).toBe(id);
});

test('one that was never seen has no host to go on with', () => {
  expect(nextQuestion([asked('other', 'atlas')], { id: 'gone', hostId: null, trial: null })).toBe(null);
});
