import { describe, expect, test } from 'vitest';
import type { Question } from '#contract/questions.ts';
import { askerWords, keptWords, machineName, minutesWords, promptLabel, questionTitle } from './question-words.ts';

test.each([
  ['ana@bastion.example:22', 'bastion.example'],
  ['ana@corp@bastion:2222', 'bastion'],
  ['ana@[2001:db8::1]:22', '2001:db8::1'],
  ['bastion', 'bastion'],
])('%j is called %j', (machine, name) => {
  expect(machineName(machine)).toBe(name);
});

describe('who asks', () => {
  const password = (isJump: boolean): Question => ({
    kind: 'password',
    id: '2d2a9e6a-2b8d-4c75-8b2e-2fac5c7cab33',
    hostId: null,
    trial: null,
    target: 'ssh://ana@atlas',
    machine: 'ana@bastion:22',
    isJump,
    user: 'ana',
    canRemember: false,
  });

  test('the host by its name, a machine on the way by its own', () => {
    expect([
      askerWords(password(false), 'atlas'),
      askerWords(password(true), 'atlas'),
      questionTitle(password(false), 'atlas'),
      questionTitle(password(true), 'atlas'),
    ]).toEqual(['atlas', 'bastion, on the way to atlas', 'Password for atlas', 'Password for bastion']);
  });
});

test.each([
  [1, '1 minute'],
  [15, '15 minutes'],
  [60, '1 hour'],
  [90, '90 minutes'],
  [480, '8 hours'],
  [1_440, '1 day'],
  [10_080, '7 days'],
])('%i minutes are %s', (minutes, words) => {
  expect(minutesWords(minutes)).toBe(words);
});

test('what becomes of a secret is said as it is', () => {
  expect([keptWords(0, false), keptWords(480, false), keptWords(null, false), keptWords(0, true)]).toEqual([
    'It is used once, and not kept.',
    'It is kept in memory for 8 hours, and never written down.',
    'It is never written down.',
    'It is kept in the system’s keychain, until you have Binnacle forget it in Settings.',
  ]);
});

test.each([
  ['Verification code: ', 'Verification code'],
  ['(ana@atlas) Password:', '(ana@atlas) Password'],
  ['  ', 'Answer 2'],
  ['', 'Answer 2'],
  ['Really? ', 'Really?'],
])('the prompt %j is labelled %j', (text, label) => {
  expect(promptLabel(text, 1)).toBe(label);
});
