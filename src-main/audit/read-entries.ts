import type { JournalEntry, JournalFilter } from '#contract/journal.ts';
import type { UnresolvedRun } from './journal.ts';
import { journalEntry } from './journal-entry.ts';
import type { IndexedEntry, JournalIndex } from './journal-index.ts';
import { LineReader } from './line-reader.ts';
import type { JournalRecord } from './records.ts';
import type { JournalPlace } from './scan-journal.ts';

export interface EntryRequest {
  readonly filter: JournalFilter;
  readonly before: number | null;
  readonly limit: number;
}

/** One page of entries, newest first. @throws AppError JOURNAL_UNUSABLE; the system's own error */
export async function readEntries(
  place: JournalPlace,
  index: JournalIndex,
  { filter, before, limit }: EntryRequest,
): Promise<{ entries: JournalEntry[]; next: number | null }> {
  const page = index.page(filter, before, limit);
  await using lines = new LineReader(place);
  const entries: JournalEntry[] = [];
  for (const entry of page.entries) entries.push(journalEntry(await recordsOf(lines, entry)));
  return { entries, next: page.next };
}

/** Runs whose outcome is unknown, oldest first. @throws as {@link readEntries} */
export async function readUnresolved(place: JournalPlace, index: JournalIndex): Promise<UnresolvedRun[]> {
  await using lines = new LineReader(place);
  const runs: UnresolvedRun[] = [];
  for (const entry of index.unresolved()) {
    const [intent, ...rest] = await recordsOf(lines, entry);
    const outcome = rest.findLast((record) => record.kind === 'outcome');
    if (intent.kind !== 'intent') continue;
    runs.push({
      run: intent.run,
      hostId: intent.host.id,
      target: intent.host.target,
      action: intent.action,
      title: intent.title,
      app: intent.app,
      containers: intent.before.map(({ id, name, service }) => ({ id, name, service })),
      reason: intent.reason,
      startedAt: intent.at,
      message: outcome?.message ?? null,
    });
  }
  return runs;
}

async function recordsOf(
  lines: LineReader,
  { places }: IndexedEntry,
): Promise<readonly [JournalRecord, ...JournalRecord[]]> {
  const records: JournalRecord[] = [];
  for (const place of places) records.push(await lines.record(place));
  return records as [JournalRecord, ...JournalRecord[]];
}
