import { expect, test } from 'vitest';
import { ErrorCode } from '#contract/errors.ts';
import { refusalOf } from './refusal.ts';

const of = (code: string | null) => refusalOf({ code, message: 'It was refused.', hint: 'Do this.' });

test.each([
  ['OBSERVE_ONLY', 'allow'],
  ['PROTECTED', 'unlock'],
  ['RATE_LIMITED', 'again'],
  ['CHANGE_UNDER_WAY', 'runs'],
  ['JOURNAL_BROKEN', 'journal'],
  ['JOURNAL_UNUSABLE', 'journal'],
  ['HOST_NOT_LIVE', 'host'],
  ['PLAN_STALE', 'again'],
  ['NOTHING_TO_DO', 'nothing'],
  ['ENGINE_TIMEOUT', 'again'],
  ['toString', 'again'],
  [null, 'again'],
])('%s leads to %s', (code, remedy) => {
  expect(of(code)).toMatchObject({ remedy, message: 'It was refused.', hint: 'Do this.' });
});

test('whatever the code, a few words that end without a stop', () => {
  for (const code of [...ErrorCode.options, null]) expect(of(code).title).toMatch(/^[A-Z][^.]{5,48}$/);
});
