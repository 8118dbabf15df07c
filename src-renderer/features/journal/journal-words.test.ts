import { expect, test } from 'vitest';
import type { Verification } from '#contract/journal.ts';
import { factText, isMachineText, statusWords, verifiedWords } from './journal-words.ts';

test('the state is said with how much there is', () => {
  const say = (state: 'sound' | 'broken' | 'unusable', records: number) =>
    statusWords({ state, records, problem: null });
  expect([
    say('sound', 212),
    say('sound', 1),
    say('sound', 0),
    say('broken', 212),
    say('broken', 0),
    say('unusable', 0),
  ]).toEqual([
    '212 records, sound',
    '1 record, sound',
    'No records yet',
    '212 records, not as they were written',
    'Not as it was written',
    'It cannot be read or written',
  ]);
});

test('what verifying found is a sentence', () => {
  const of = (change: Partial<Verification>) =>
    verifiedWords({
      sound: true,
      records: 212,
      files: 2,
      head: null,
      at: '2026-11-21T12:00:00.000Z',
      tookMs: 3,
      findings: [],
      notes: [],
      ...change,
    });
  expect([
    of({}),
    of({ records: 1, files: 1 }),
    of({ records: 0, files: 0 }),
    of({ sound: false, files: 1, findings: [{ file: 'a', line: 1, text: 'x' }] }),
  ]).toEqual([
    'All 212 records in 2 files are as they were written',
    'The one record is as it was written',
    'There is no record yet, and nothing is missing',
    'The journal is not what was written: 1 finding in 1 file',
  ]);
});

test('what a machine reads is told from words', () => {
  expect(
    [
      'POST /containers/a41c/restart?t=10',
      `SHA256:${'A'.repeat(43)}`,
      '8c22414f8c22',
      '0b0e7c4e-0f6b-4a53-8f0c-0d8a3a5a8f11',
      "ssh ops@atlas 'docker restart -t 10 shop-api-1'",
      'ssh://ops@atlas.example.org',
      'running, healthy',
      'Stop api (SIGTERM, 10 s)',
      'ssh-agent was asked',
      'ana',
    ].map(isMachineText),
  ).toEqual([true, true, true, true, true, true, false, false, false, false]);
});

test('moments are told by this machine’s clock wherever they stand, and nothing else is taken for one', () => {
  const at = new Date(2026, 10, 21, 9, 14, 31).toISOString();
  expect([
    factText(at),
    factText('2026-99-99T09:14:31.000Z'),
    factText(`up since ${at.replace('000Z', '000123Z')}, healthy`),
  ]).toEqual(['2026-11-21 09:14:31', '2026-99-99T09:14:31.000Z', 'up since 2026-11-21 09:14:31, healthy']);
});
