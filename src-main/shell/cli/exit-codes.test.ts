import { readFileSync } from 'node:fs';
import path from 'node:path';
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
    73: ['HOME_UNUSABLE', 'JOURNAL_BROKEN', 'JOURNAL_UNUSABLE'],
    75: ['TIMEOUT', 'HOME_LOCKED'],
    78: ['SETTINGS_BROKEN', 'SETTINGS_NEWER', 'SETTINGS_INVALID', 'SSH_CONFIG_BROKEN', 'SSH_CONFIG_UNSUPPORTED'],
    130: ['CANCELLED'],
  });
  expect(Object.keys(groups).map(Number)).toEqual([64, 69, 70, 73, 75, 77, 78, 130]);
});

it('has every code explained, once, in the order of the list', () => {
  const text = readFileSync(path.join(import.meta.dirname, '../../../docs/errors.md'), 'utf8');
  const cells = [...text.matchAll(/^\| (`.*?) *\|/gm)].map(([, cell = '']) => cell);
  const explained = cells.flatMap((cell) => [...cell.matchAll(/`([A-Z_]+)`/g)].map(([, code]) => code));
  expect(explained).toEqual([...ErrorCode.options]);
});
