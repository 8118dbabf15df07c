import type { Clock } from '../kernel/clock.ts';
import { encodeRecord } from './chain.ts';
import type { JournalIndex } from './journal-index.ts';
import type { JournalWriter } from './journal-writer.ts';
import { fitAuthor, fitBody } from './record-body.ts';
import type { Author, JournalRecord, RecordBody, RecordHead } from './records.ts';

export interface AppendContext {
  readonly author: Author;
  readonly clock: Clock;
}

/** One record from its body to the disk. @throws as {@link JournalWriter.append}; ZodError: a fault of ours */
export async function appendRecord(
  writer: JournalWriter,
  index: JournalIndex,
  { author, clock }: AppendContext,
  body: RecordBody,
): Promise<JournalRecord> {
  const { seq, hash } = writer.head;
  const head: RecordHead = { v: 1, seq: seq + 1, at: instantOf(clock), prev: hash, by: fitAuthor(author) };
  const record: JournalRecord = { ...head, ...fitBody(body) };
  const place = await writer.append(encodeRecord(record));
  index.add(record, place);
  return record;
}

/** A clock that is out of its mind still gives a date that can be written. */
function instantOf(clock: Clock): string {
  const now = clock.now();
  return new Date(Number.isFinite(now) ? Math.min(Math.max(now, 0), LATEST) : 0).toISOString();
}

const LATEST = Date.parse('9999-12-31T23:59:59.999Z');
