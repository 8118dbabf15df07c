import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeRecord, encodeRecord, hashOf, START } from './chain.ts';
import { intent, outcome } from './journal.fixture.ts';
import { fitAuthor, fitBody } from './record-body.ts';
import type { JournalRecord } from './records.ts';

const KEY = '-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXk=\n-----END OPENSSH PRIVATE KEY-----';

describe('what is written of a body', () => {
  it('has no private key and no password of an address in it, wherever somebody puts one', () => {
    const address = 'https://ana:hunter2@registry.lan/shop';
    const body = fitBody(
      intent(1, {
        reason: `with ${KEY}`,
        title: `Pull from ${address}`,
        command: `docker pull ${address} ${'x '.repeat(9_000)} ${address}`,
        steps: [{ text: KEY, request: address }],
        unlocks: [{ container: intent(1).before[0] as never, reason: address }].map(({ reason }) => ({
          container: { id: 'a'.repeat(64), name: KEY, service: 'api' },
          reason,
        })),
      }),
    );
    expect(JSON.stringify(body)).not.toMatch(/hunter2|b3BlbnNzaC1rZXk/);
    expect(JSON.stringify(fitBody(intent(1, { command: `${'x '.repeat(9_000)}${KEY}` })))).not.toContain(
      'b3BlbnNzaC1rZXk',
    );
  });

  it('is cut where it is too long for its place, and otherwise as it was', () => {
    const body = outcome(1, {
      message: `${'x'.repeat(998)}😀${'y'.repeat(5_000)}`,
      steps: [{ state: 'failed', note: 'z'.repeat(1_001) }],
    });
    expect(fitBody(body)).toEqual({
      ...body,
      message: `${'x'.repeat(998)}\ufffd…`,
      steps: [{ state: 'failed', note: `${'z'.repeat(999)}…` }],
    });
    expect(fitBody(intent(1))).toEqual(intent(1));
    const command = `docker restart ${'shop-api-1 '.repeat(3_000)}`;
    expect(fitBody(intent(1, { command }))).toEqual(intent(1, { command }));
  });

  it('names its author in bounds', () => {
    const author = { user: 'x'.repeat(3_000), machine: 'laptop\ud800', shell: 'cli' } as const;
    expect(fitAuthor(author)).toEqual({ user: 'x'.repeat(256), machine: 'laptop\ufffd', shell: 'cli' });
  });

  it('is refused where it holds what has no place in it', () => {
    for (const more of [{ environment: {} }, { run: 'x' }, { before: [{}] }, { command: 7 }]) {
      expect(() => fitBody({ ...intent(1), ...more } as never)).toThrow();
    }
  });
});

const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'grapheme' }),
  fc.string().map((s) => `${s}\ud800\n`),
);

describe('a record', () => {
  const records = fc
    .record({ title: text, reason: fc.option(text), app: text, command: text, user: text, seq: fc.integer({ min: 1 }) })
    .map(({ user, seq, ...more }): JournalRecord => {
      const by = { user: user.toWellFormed(), machine: 'laptop', shell: 'cli' } as const;
      const head = { v: 1, seq, at: '2026-07-31T10:00:00.000Z', prev: START.hash, by } as const;
      return { ...head, ...fitBody(intent(1, more)) };
    });

  it('is read as it was written, from one line', () => {
    fc.assert(
      fc.property(records, (record) => {
        const line = encodeRecord(record);
        expect(line.indexOf(0x0a)).toBe(line.length - 1);
        expect(decodeRecord(line)).toEqual({ record });
      }),
    );
  });

  it('is no record in any other spelling', () => {
    fc.assert(
      fc.property(records, fc.nat(), fc.constantFrom(' ', '"v":1,', '\t', '\\', '\0'), (record, at, insert) => {
        const line = encodeRecord(record).toString();
        const changed = Buffer.from(line.slice(0, at % line.length) + insert + line.slice(at % line.length));
        const decoded = decodeRecord(changed);
        // Within a text any of them may be a text of its own; its hash is another one.
        if ('record' in decoded) expect(decoded.record).not.toEqual(record);
        expect(hashOf(changed)).not.toBe(hashOf(Buffer.from(line)));
      }),
    );
  });

  it('is told from what is none', () => {
    const wrong = (line: string | Buffer) => {
      const decoded = decodeRecord(Buffer.from(line));
      return 'wrong' in decoded ? decoded.wrong : 'a record';
    };
    const line = encodeRecord({ ...(fc.sample(records, 1)[0] as JournalRecord) }).toString();
    expect(
      ['\n', '{}\n', 'null\n', '7\n', 'x\n', line.replace('"v":1', '"v":2'), `${'x'.repeat(300_000)}\n`].map(wrong),
    ).toEqual([
      'The line is not JSON.',
      'The line is not a record of a journal.',
      'The line is not a record of a journal.',
      'The line is not a record of a journal.',
      'The line is not JSON.',
      'The record was written by a newer Binnacle.',
      'The line is longer than any record.',
    ]);
    expect(wrong(Buffer.from([0x22, 0xff, 0x22, 0x0a]))).toBe('The line is not UTF-8 text.');
  });
});
