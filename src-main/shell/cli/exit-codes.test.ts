import { expect, it } from 'vitest';
import { ErrorCode } from '#contract/errors.ts';
import { Verdict } from '#contract/fleet.ts';
import { exitCodeOfError, exitCodeOfVerdict } from './exit-codes.ts';

it('answers status with 0 to 3', () => {
  expect(Object.fromEntries(Verdict.options.map((verdict) => [verdict, exitCodeOfVerdict(verdict)]))).toEqual({
    green: 0,
    attention: 1,
    down: 2,
    unknown: 3,
  });
});

it('never takes a failure for a verdict, and groups failures by what to do about them', () => {
  const groups = Object.groupBy(ErrorCode.options, (code) => String(exitCodeOfError(code)));
  expect(groups).toMatchObject({
    64: ['USAGE', 'TARGET_INVALID', 'HOST_EXISTS', 'HOST_NOT_FOUND', 'NO_HOSTS'],
    70: ['INTERNAL'],
    73: ['HOME_UNUSABLE'],
    75: ['TIMEOUT', 'HOME_LOCKED'],
    78: ['SETTINGS_BROKEN', 'SETTINGS_NEWER', 'SETTINGS_INVALID'],
    130: ['CANCELLED'],
  });
  expect(Object.keys(groups).map(Number)).toEqual([64, 69, 70, 73, 75, 77, 78, 130]);
});
