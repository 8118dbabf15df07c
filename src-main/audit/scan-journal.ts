import path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { abortError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import { ANCHOR_BYTES, type AnchorPlaces, BLANK, decodeAnchor, encodePlace, mayBeTorn, newestOf } from './anchor.ts';
import { fileName, fileNumber, type Position, START } from './chain.ts';
import { type ChainResult, ChainScan, type LinePlace } from './chain-scan.ts';
import type { Finding } from './journal-errors.ts';
import type { JournalFiles } from './journal-files.ts';
import type { JournalRecord } from './records.ts';

/** Where a journal is kept. */
export interface JournalPlace {
  readonly folder: string;
  readonly anchorFile: string;
  readonly files: JournalFiles;
}

export interface Scan extends ChainResult {
  /** Neither files nor anchor: no journal was begun. */
  readonly absent: boolean;
  /** Numbers of its files, ascending. */
  readonly fileNumbers: readonly number[];
  /** Which place of the anchor file holds the anchor; null: none, or there is no such file. */
  readonly anchor: { readonly place: 0 | 1; readonly position: Position } | null;
  /** A place of the anchor is what a power cut leaves of a write, and was not the only one. */
  readonly torn: boolean;
  /** What is odd and breaks nothing. */
  readonly notes: readonly string[];
}

interface ScanOptions {
  readonly onRecord?: (record: JournalRecord, place: LinePlace) => void;
  readonly signal?: AbortSignal;
  /** What is written behind it meanwhile is not looked at. */
  readonly upTo?: Position;
  /** The anchor file as it was at some moment; else it is read. */
  readonly anchorBytes?: Buffer | null;
}

/**
 * Reads a journal from its beginning, a piece at a time, so that nothing else has to wait for long.
 * @throws the system's own error where something cannot be read; the signal's
 */
export async function scanJournal(place: JournalPlace, options: ScanOptions = {}): Promise<Scan> {
  // The anchor first: what is written meanwhile is then beyond it.
  const anchorBytes = options.anchorBytes === undefined ? await readAnchor(place) : options.anchorBytes;
  const names = (await place.files.list(place.folder)) ?? [];
  const fileNumbers = names
    .map(fileNumber)
    .filter((number) => number !== null)
    .filter((number) => number <= (options.upTo?.file ?? number))
    .sort((a, b) => a - b);
  const others = names.filter((name) => fileNumber(name) === null);
  const notes = others.length === 0 ? [] : [`${others.length} things in the journal’s folder are no files of it.`];
  const places = anchorBytes === null ? null : decodeAnchor(anchorBytes);
  const newest = places === null ? null : newestOf(places);
  const other = places === null || newest === null ? null : places[1 - newest.place];
  const chain = new ChainScan(
    newest?.anchor ?? null,
    other?.kind === 'position' ? other.position : null,
    options.onRecord ?? null,
  );
  const unfit: Finding[] = [];
  for (const number of fileNumbers) {
    chain.beginFile(number);
    if (!(await feedFile(place, number, chain, options))) {
      unfit.push({ file: fileName(number), line: null, text: 'It is no file, or larger than any that was written.' });
    }
    chain.endFile();
  }
  const result = chain.finish();
  const absent = fileNumbers.length === 0 && anchorBytes === null;
  const torn = places !== null && newest !== null && isTorn(places, newest.anchor, result);
  const findings = [...anchorFindings({ place, absent, anchorBytes, places, newest, torn }), ...unfit];
  return {
    ...result,
    findings: [...findings, ...result.findings].slice(0, limits.journal.findings),
    wrong: result.wrong + findings.length,
    absent,
    fileNumbers,
    anchor: newest === null ? null : { place: newest.place, position: newest.anchor },
    torn,
    notes,
  };
}

/** null: there is none. @throws the system's own error */
export async function readAnchor({ anchorFile, files }: JournalPlace): Promise<Buffer | null> {
  if ((await files.facts(anchorFile)) === null) return null;
  const file = await files.open(anchorFile, 'read');
  try {
    // One more than there is in a whole one, to tell one that is larger.
    const bytes = Buffer.alloc(ANCHOR_BYTES + 1);
    let length = 0;
    for (;;) {
      const read = await file.read(bytes.subarray(length), length);
      if (read === 0) return bytes.subarray(0, length);
      length += read;
    }
  } finally {
    await file.close();
  }
}

/** false: it cannot be one of the journal's, and was not read. */
async function feedFile(place: JournalPlace, number: number, chain: ChainScan, options: ScanOptions): Promise<boolean> {
  const { signal, upTo } = options;
  const file = await place.files.open(path.join(place.folder, fileName(number)), 'read');
  try {
    const { kind, size } = await file.facts();
    if (kind !== 'file' || size > LARGEST_FILE) return false;
    const end = number === upTo?.file ? upTo.bytes : LARGEST_FILE;
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
    for (let at = 0; at < end; ) {
      if (signal?.aborted) throw abortError(signal);
      const read = await file.read(chunk.subarray(0, Math.min(CHUNK_BYTES, end - at)), at);
      if (read === 0) break;
      chain.feed(chunk.subarray(0, read));
      at += read;
      // A read from memory may come back without the event loop having turned.
      await setImmediate();
    }
    return true;
  } finally {
    await file.close();
  }
}

/** A record that would pass `fileBytes` begins another file, unless it is the first. */
const LARGEST_FILE = limits.journal.fileBytes + limits.journal.recordBytes;
/** A few milliseconds' work. */
const CHUNK_BYTES = 64 * 1_024;

function isTorn(places: AnchorPlaces, anchor: Position, result: ChainResult): boolean {
  const damaged = places.find((place) => place.kind === 'damaged');
  return damaged !== undefined && mayBeTorn(damaged.bytes, writtenBeside(anchor, result));
}

/** All that can have been written to the place beside `anchor`'s: the anchors before and, where their records are, behind it. */
export function writtenBeside(anchor: Position, { near, beyond }: ChainResult): Buffer[] {
  return [...near.filter(({ seq }) => seq <= anchor.seq || beyond > 0).map(encodePlace), BLANK];
}

interface AnchorFacts {
  readonly place: JournalPlace;
  readonly absent: boolean;
  readonly anchorBytes: Buffer | null;
  readonly places: AnchorPlaces | null;
  readonly newest: { readonly anchor: Position } | null;
  readonly torn: boolean;
}

function anchorFindings({ place, absent, anchorBytes, places, newest, torn }: AnchorFacts): Finding[] {
  const file = path.basename(place.anchorFile);
  if (absent) return [];
  if (anchorBytes === null) return [{ file, line: null, text: 'The anchor of the journal is gone.' }];
  if (places === null) return [{ file, line: null, text: 'The anchor is not of its size.' }];
  if (newest === null) return [{ file, line: null, text: 'The anchor was changed: it names no record.' }];
  if (torn || places.every(({ kind }) => kind !== 'damaged')) return [];
  return [{ file, line: null, text: 'The anchor was changed: one of its two places is not what was written.' }];
}

/** Where the next record goes: behind the last whole one, or into an empty file that was begun for it. */
export function tailOf({ head, fileNumbers }: Scan): Position {
  const last = fileNumbers.at(-1) ?? START.file;
  return last > head.file ? { ...head, file: last, bytes: 0 } : head;
}
