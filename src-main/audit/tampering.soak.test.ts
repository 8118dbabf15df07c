import { expect, it } from 'vitest';
import { changeAnchor, flipBits, truncations, writtenJournal } from './tampering.fixture.ts';

it('every single flipped bit of a journal of 200 records is found', async () => {
  const { flips, missed } = flipBits(await writtenJournal(200));
  process.stdout.write(`${flips} single-bit flips of the journal, ${missed.length} not found\n`);
  expect(flips).toBeGreaterThan(800_000);
  expect(missed).toEqual([]);
});

it('every truncation of a journal of 200 records is found', async () => {
  const { cuts, missed } = truncations(await writtenJournal(200));
  process.stdout.write(`${cuts} truncations of the journal, ${missed.length} not found\n`);
  expect(missed).toEqual([]);
});

it('every single flipped bit and every truncation of its anchor is found', async () => {
  const { changes, missed } = changeAnchor(await writtenJournal(200));
  process.stdout.write(`${changes} changes of the anchor, ${missed.length} not found\n`);
  expect(changes).toBe(8_192 * 9);
  expect(missed).toEqual([]);
});
