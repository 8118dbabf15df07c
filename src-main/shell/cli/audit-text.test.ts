import { describe, expect, it } from 'vitest';
import type { JournalEntry, Verification } from '#contract/journal.ts';
import { auditText, localTime, verificationText } from './audit-text.ts';
import { createStyle } from './style.ts';

const plain = createStyle(false);
const AT = new Date(2026, 10, 21, 9, 14, 31).toISOString();

function entry(change: Partial<JournalEntry> = {}): JournalEntry {
  return {
    seq: 2,
    at: AT,
    kind: 'action',
    title: 'Restart shop / api on atlas',
    hostId: null,
    host: 'atlas',
    app: 'shop',
    action: 'container.restart',
    who: 'ana on laptop',
    reason: null,
    outcome: 'succeeded',
    durationMs: 6_200,
    message: null,
    facts: [],
    ...change,
  };
}

describe('auditText', () => {
  it('reads as a log does, newest last, and says of what went wrong how', () => {
    const text = auditText(
      [
        entry({ outcome: 'open', reason: 'pool exhausted' }),
        entry({ outcome: 'unknown', message: 'The connection was cut.' }),
        entry({ outcome: 'failed', message: 'api is unhealthy.' }),
        entry({ outcome: 'cancelled', message: 'not said' }),
        entry({ kind: 'mode', outcome: null, title: 'Changes allowed on atlas' }),
        entry({ message: 'not said' }),
      ],
      plain,
      Number.POSITIVE_INFINITY,
    );
    expect(text.replaceAll('2026-11-21 09:14:31', 'TIME')).toBe(
      [
        'TIME                 OUTCOME      WHAT                         WHO            REASON',
        'TIME  ✔ succeeded  Restart shop / api on atlas  ana on laptop',
        'TIME  mode         Changes allowed on atlas     ana on laptop',
        'TIME  – cancelled  Restart shop / api on atlas  ana on laptop',
        'TIME  ✖ failed     Restart shop / api on atlas  ana on laptop',
        '    api is unhealthy.',
        'TIME  ? unknown    Restart shop / api on atlas  ana on laptop',
        '    The connection was cut.',
        'TIME  … under way  Restart shop / api on atlas  ana on laptop  pool exhausted',
        '',
      ].join('\n'),
    );
  });

  it('is no wider than the terminal, and shows no control as it stands', () => {
    const hostile = `a\u001b[2J\u202eb${'x'.repeat(200)}`;
    const text = auditText(
      [entry({ title: hostile, who: hostile, reason: hostile, outcome: 'failed', message: hostile })],
      plain,
      80,
    );
    expect(text.split('\n').filter((line) => [...line].length > 80)).toEqual([]);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: it is what may not be there
    expect(text.match(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/g)).toBeNull();
  });

  it('tells moments by the clock of this machine', () => {
    expect(localTime(AT)).toBe('2026-11-21 09:14:31');
  });
});

describe('verificationText', () => {
  const found: Verification = {
    sound: true,
    records: 212,
    files: 1,
    head: 'ab'.repeat(32),
    at: AT,
    tookMs: 3,
    findings: [],
    notes: [],
  };

  it('says that all is as it was written', () => {
    expect(verificationText({ ...found, notes: ['The clock went back once.'] }, plain, 100)).toBe(
      [
        '✔ The journal is sound: 212 records in 1 file.',
        '  The clock went back once.',
        `  Record 212 has SHA-256 ${'ab'.repeat(32)}`,
        '',
      ].join('\n'),
    );
  });

  it('says what does not fit, and where, and what to do', () => {
    const text = verificationText(
      {
        ...found,
        sound: false,
        head: null,
        files: 2,
        findings: [
          { file: '000001.jsonl', line: 41, text: 'The record is \u001b[2Jincomplete.' },
          { file: '000002.jsonl', line: null, text: 'The file is missing.' },
        ],
      },
      plain,
      200,
    );
    expect(text).toBe(
      [
        '✖ The journal is not what was written: 2 findings in 2 files.',
        '  000001.jsonl:41  The record is ␛[2Jincomplete.',
        '  000002.jsonl     The file is missing.',
        '  Nothing is changed on any host until it is put aside, which the Journal page does: binnacle serve.',
        '',
      ].join('\n'),
    );
  });
});
