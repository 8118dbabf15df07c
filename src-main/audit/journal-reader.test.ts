import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import {
  ANCHOR,
  desk,
  entries,
  FOLDER,
  filled,
  intent,
  modeChange,
  outcome,
  refusal,
  titles,
} from './journal.fixture.ts';
import { openJournalReader } from './journal-reader.ts';
import { openJournal } from './open-journal.ts';

const never = new AbortController().signal;
const FILE = `${FOLDER}/000001.jsonl`;

describe('a reader without the lock', () => {
  it('finds nothing, and nothing wrong, where no journal was begun', async () => {
    const { files, options } = desk();
    const reader = openJournalReader(options);
    expect(await entries(reader)).toEqual([]);
    expect(await reader.verify(never)).toEqual({
      sound: true,
      records: 0,
      files: 0,
      head: null,
      at: '2026-07-31T10:00:00.000Z',
      tookMs: 0,
      findings: [],
      notes: [],
    });
    expect(files.nodes.size).toBe(0);
  });

  it('sees what the writer sees', async () => {
    const { options } = await filled(40, { fileBytes: 8_192 });
    await using journal = await openJournal(options);
    const reader = openJournalReader(options);
    expect(await entries(reader)).toEqual(await entries(journal));
    expect(await reader.verify(never)).toEqual(await journal.verify(never));
  });

  it('gives the raw lines of whole entries, oldest first', async () => {
    const { files, options } = desk();
    await using journal = await openJournal(options);
    await journal.append(intent(1));
    await journal.append(intent(2, { app: 'blog' }));
    await journal.append(outcome(1));
    await journal.append(modeChange());
    const raw = files.bytes(FILE).toString().split('\n');
    const reader = openJournalReader(options);
    expect(await Array.fromAsync(reader.lines({}))).toEqual(raw.slice(0, -1));
    expect(await Array.fromAsync(reader.lines({ app: 'shop' }))).toEqual([raw[1], raw[3]]);
  });

  it('takes a record that is being written for what it is', async () => {
    const { files, options } = desk();
    await using journal = await openJournal(options);
    const anchor = Buffer.from(files.bytes(ANCHOR));
    await journal.append(intent(1));
    files.put(ANCHOR, anchor);
    files.put(FILE, Buffer.concat([files.bytes(FILE), Buffer.from('{"v":1')]));
    const reader = openJournalReader(options);
    expect(await reader.verify(never)).toMatchObject({
      sound: true,
      records: 2,
      notes: [
        'Not anchored yet: 1 record and 6 bytes of one. Binnacle is writing, or was ended while it wrote; its next start records that.',
      ],
    });
    expect((await titles(reader))[0]).toBe('Restart shop / api on atlas: open');
  });

  it('verifies while a core writes', async () => {
    const { files, options } = desk({ fileBytes: 4_096 });
    await using journal = await openJournal(options);
    const reader = openJournalReader(options);
    let writing = true;
    const verifications = (async () => {
      const found: unknown[] = [];
      let count = 0;
      for (; writing; count += 1) found.push(...(await reader.verify(never)).findings);
      return { count, found };
    })();
    for (let run = 0; run < 60; run += 1) {
      await journal.append(intent(run));
      // A disk takes its time; the reader's turn is then.
      await setImmediate();
      await journal.append(outcome(run));
      await setImmediate();
    }
    writing = false;
    const { count, found } = await verifications;
    expect(found).toEqual([]);
    expect(count).toBeGreaterThan(2);
    expect(files.nodes.size).toBeGreaterThan(5);
  });

  it('can be stopped, and says what it cannot read', async () => {
    const { files, options } = await filled(5);
    const reader = openJournalReader(options);
    expect(await refusal(reader.verify(AbortSignal.abort()))).toBe('CANCELLED');
    files.fault = (call) => (call.startsWith('read') ? { code: 'EACCES' } : null);
    expect(await refusal(reader.verify(never))).toBe('JOURNAL_UNUSABLE');
    expect(await refusal(entries(reader))).toBe('JOURNAL_UNUSABLE');
    expect(await refusal(Array.fromAsync(reader.lines({})))).toBe('JOURNAL_UNUSABLE');
  });
});
