import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { limits } from '../kernel/limits.ts';
import { type JournalRecord, RecordBody, RecordHead } from './records.ts';

/** Where a record ends, and which one it is: all that a journal's state comes to. */
export interface Position {
  /** Number of its file, from 1. */
  readonly file: number;
  /** From the file's beginning to the record's end. */
  readonly bytes: number;
  readonly seq: number;
  /** SHA-256, hexadecimal, of its raw bytes with the line break. */
  readonly hash: string;
}

/** Before the first record. */
export const START: Position = { file: 1, bytes: 0, seq: 0, hash: '0'.repeat(64) };

export function samePosition(a: Position, b: Position): boolean {
  return a.file === b.file && a.bytes === b.bytes && a.seq === b.seq && a.hash === b.hash;
}

export function hashOf(line: Uint8Array): string {
  return createHash('sha256').update(line).digest('hex');
}

export function fileName(number: number): string {
  return `${String(number).padStart(6, '0')}.jsonl`;
}

/** null: it is no file of a journal's. */
export function fileNumber(name: string): number | null {
  return /^\d{6}\.jsonl$/.test(name) ? Number(name.slice(0, 6)) : null;
}

/** A record's line with its line break. */
export function encodeRecord(record: JournalRecord): Buffer {
  return Buffer.from(`${JSON.stringify(record)}\n`);
}

export type DecodedLine = { readonly record: JournalRecord } | { readonly wrong: string };

/** Judges one line by itself; whether it follows the one before is the chain's business. @param line with its line break */
export function decodeRecord(line: Buffer): DecodedLine {
  if (line.length > limits.journal.recordBytes) return { wrong: 'The line is longer than any record.' };
  if (!isUtf8(line)) return { wrong: 'The line is not UTF-8 text.' };
  const text = line.toString('utf8', 0, line.length - 1);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { wrong: 'The line is not JSON.' };
  }
  const version = (value as { v?: unknown } | null)?.v;
  if (typeof version === 'number' && version > 1) return { wrong: 'The record was written by a newer Binnacle.' };
  const parsed = AnyRecord.safeParse(value);
  // JSON has many spellings of one value; a second one, as of a member that is there twice, is none of ours.
  if (!parsed.success || JSON.stringify(value) !== text) return { wrong: 'The line is not a record of a journal.' };
  return { record: parsed.data };
}

const AnyRecord = z.discriminatedUnion(
  'kind',
  RecordBody.options.map((body) => z.strictObject({ ...RecordHead.shape, ...body.shape })) as never,
) as unknown as z.ZodType<JournalRecord>;
