import { expect, test } from 'vitest';
import { forgottenWords, minutesOptions } from './secret-minutes.ts';

test('a few to choose from, and what is set among them', () => {
  expect([minutesOptions(60).map(({ label }) => label), minutesOptions(30).map(({ value }) => value)]).toEqual([
    ['Not at all', '15 minutes', '1 hour', '8 hours', '1 day', '7 days'],
    ['0', '15', '30', '60', '480', '1440', '10080'],
  ]);
});

test('how many were forgotten', () => {
  expect([0, 1, 7].map(forgottenWords)).toEqual([
    'There was none to forget.',
    '1 secret was forgotten.',
    '7 secrets were forgotten.',
  ]);
});
