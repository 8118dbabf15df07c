import { describe, expect, it } from 'vitest';
import { fileName } from './chain.ts';
import { ANCHOR, desk, FOLDER, filled, modeChange, refusal } from './journal.fixture.ts';
import { openJournalReader } from './journal-reader.ts';
import { openJournal } from './open-journal.ts';
import { changeAnchor, flipBits, truncations, writtenJournal } from './tampering.fixture.ts';

const never = new AbortController().signal;

/** The full versions, every bit and every byte, are in tampering.soak.test.ts. */
describe('a journal of 200 records', () => {
  it('shows flipped bits', async () => {
    const { flips, missed } = flipBits(await writtenJournal(200), 67);
    expect(flips).toBeGreaterThan(10_000);
    expect(missed).toEqual([]);
  });

  it('shows every truncation', async () => {
    const { cuts, missed } = truncations(await writtenJournal(200), 7);
    expect(cuts).toBeGreaterThan(10_000);
    expect(missed).toEqual([]);
  });

  it('shows changes of its anchor', async () => {
    const { changes, missed } = changeAnchor(await writtenJournal(200), 3);
    expect(changes).toBeGreaterThan(20_000);
    expect(missed).toEqual([]);
  });

  it('is judged by whoever opens it, and by whoever only reads it, as it is by its scan', async () => {
    const sound = await filled(200, { fileBytes: 48 * 1_024 });
    const names = [ANCHOR, ...[1, 2, 3].map((number) => `${FOLDER}/${fileName(number)}`)];
    for (let change = 0; change < 48; change += 1) {
      const files = sound.files.copy();
      const name = names[change % names.length] as string;
      const bytes = Buffer.from(files.bytes(name));
      const at = (change * 7_919) % bytes.length;
      if (change % 3 === 0) files.put(name, bytes.subarray(0, at));
      else {
        bytes[at] = (bytes[at] as number) ^ (1 << (change % 8));
        files.put(name, bytes);
      }
      const { options } = desk({}, files);
      const reader = openJournalReader(options);
      expect({ change, sound: (await reader.verify(never)).sound }).toEqual({ change, sound: false });
      await using journal = await openJournal(options);
      expect({ change, state: journal.status.state }).toEqual({ change, state: 'broken' });
      expect(await refusal(journal.append(modeChange()))).toBe('JOURNAL_BROKEN');
    }
  });

  it('is as sound as it was where nothing was changed', async () => {
    const { files } = await filled(200, { fileBytes: 48 * 1_024 });
    const { options } = desk({}, files.copy());
    expect(await openJournalReader(options).verify(never)).toMatchObject({ sound: true, records: 200, findings: [] });
  });
});
