import { expect, test } from 'vitest';
import { stepMarks, type Trial } from './trial.ts';

const problem = { code: 'AUTH_FAILED', message: 'No key was accepted.', hint: null };
const reached = {
  kind: 'reached',
  target: 'ssh://ana@atlas',
  engine: { name: 'docker', version: '20.10.24', apiVersion: '1.41' },
  containers: 31,
  latencyMs: 8,
  fingerprint: 'SHA256:x',
} as const;

const cases: [Trial, ReturnType<typeof stepMarks>][] = [
  [{ state: 'none' }, null],
  [{ state: 'running', id: '1', step: null }, ['open', 'open', 'open', 'open']],
  [{ state: 'running', id: '1', step: 'connecting' }, ['now', 'open', 'open', 'open']],
  [{ state: 'running', id: '1', step: 'asking-engine' }, ['done', 'done', 'done', 'now']],
  [{ state: 'failed', step: 'authenticating', problem }, ['done', 'done', 'failed', 'open']],
  [{ state: 'failed', step: null, problem }, null],
  [{ state: 'reached', reached }, ['done', 'done', 'done', 'done']],
];

test.each(cases)('%j', (trial, marks) => {
  expect(stepMarks(trial)).toEqual(marks);
});
