import { expect, test } from 'vitest';
import { nextStep } from './next-step.ts';

test.each([
  [
    'AUTH_NO_CREDENTIALS',
    'Name a key with --identity FILE.',
    'Choose a key file, or load one into ssh-agent with “ssh-add”.',
  ],
  ['CONNECT_REFUSED', 'Check the port.', 'Check the port.'],
  ['ENGINE_ERROR', 'Start it with --something.', null],
  [null, null, null],
])('%s', (code, hint, next) => {
  expect(nextStep({ code, message: '', hint })).toBe(next);
});
