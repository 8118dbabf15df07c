import type { JournalFilter, Verification } from '#contract/journal.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Journal } from './journal.ts';
import { systemTrouble } from './journal-errors.ts';
import { type JournalFiles, journalFiles } from './journal-files.ts';
import { JournalIndex } from './journal-index.ts';
import { LineReader } from './line-reader.ts';
import { readEntries } from './read-entries.ts';
import { type JournalPlace, scanJournal } from './scan-journal.ts';
import { verificationOf } from './verification.ts';
import { verifyUnattended } from './verify-journal.ts';

export interface JournalReaderOptions {
  readonly folder: string;
  readonly anchorFile: string;
  readonly clock: Clock;
  /** Default: the file system. */
  readonly files?: JournalFiles;
}

/**
 * The journal as somebody sees it who does not write it: without the home's lock, while a core may be writing. What
 * is being written at that moment is seen, or not yet. Where no journal has been begun it is empty and sound.
 */
export interface JournalReader {
  /** Newest first. @throws AppError JOURNAL_UNUSABLE */
  read: Journal['read'];
  /** The records that `filter` takes as they stand, oldest first, without their line breaks. @throws AppError JOURNAL_UNUSABLE */
  lines(filter: JournalFilter): AsyncIterable<string>;
  /** @throws AppError JOURNAL_UNUSABLE, or the signal's own */
  verify(signal: AbortSignal): Promise<Verification>;
}

/** Reads nothing yet, and keeps nothing from one call to the next. */
export function openJournalReader({
  folder,
  anchorFile,
  clock,
  files = journalFiles,
}: JournalReaderOptions): JournalReader {
  const place: JournalPlace = { folder, anchorFile, files };
  return {
    read: (request) => readable(async () => readEntries(place, await readIndex(place), request)),
    async *lines(filter) {
      const index = await readable(() => readIndex(place));
      await using lines = new LineReader(place);
      for (const at of index.places(filter)) {
        const line = await readable(() => lines.line(at));
        yield line.toString('utf8', 0, line.length - 1);
      }
    },
    verify: (signal) =>
      readable(async () => {
        const began = clock.monotonic();
        const { scan, more } = await verifyUnattended(place, signal);
        return verificationOf(scan, more, clock, began);
      }),
  };
}

async function readIndex(place: JournalPlace): Promise<JournalIndex> {
  const index = new JournalIndex();
  await scanJournal(place, { onRecord: (record, at) => index.add(record, at) });
  return index;
}

async function readable<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw systemTrouble('The journal cannot be read', error) ?? error;
  }
}
