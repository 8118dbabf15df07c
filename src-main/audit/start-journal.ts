import path from 'node:path';
import type { AppError } from '../kernel/errors.ts';
import { ANCHOR_BYTES, BLANK, encodePlace } from './anchor.ts';
import { type AppendContext, appendRecord } from './append-record.ts';
import { fileName, START } from './chain.ts';
import { broken } from './journal-errors.ts';
import type { JournalIndex } from './journal-index.ts';
import { JournalWriter, writeWhole } from './journal-writer.ts';
import { judgePlace } from './judge-place.ts';
import { LineReader } from './line-reader.ts';
import type { RecordBody } from './records.ts';
import { type JournalPlace, type Scan, scanJournal, tailOf } from './scan-journal.ts';

export interface StartOptions extends AppendContext {
  readonly place: JournalPlace;
  readonly version: string;
  readonly fileBytes: number;
  readonly uid: number | undefined;
  /** The journal that the new one takes the place of. */
  readonly setAside: Extract<RecordBody, { kind: 'begun' }>['setAside'];
}

export type Started =
  | { readonly state: 'sound'; readonly writer: JournalWriter }
  | { readonly state: 'broken'; readonly error: AppError; readonly scan: Scan };

/**
 * Verifies what is there, begins a journal where none is, repairs what lies beyond the anchor, and closes what an ended
 * core left open. Nothing is written to a journal that is broken.
 *
 * @param index filled with what is read, whatever comes of the rest
 * @throws AppError JOURNAL_UNUSABLE; the system's own error
 */
export async function startJournal(options: StartOptions, index: JournalIndex): Promise<Started> {
  const { place } = options;
  await judgePlace(place, options.uid);
  const scan = await scanJournal(place, { onRecord: (record, at) => index.add(record, at) });
  const [first] = scan.findings;
  if (first !== undefined) return { state: 'broken', error: broken(first, scan.wrong - 1), scan };
  const writer = await openWriter(options, scan);
  try {
    const append = (body: RecordBody) => appendRecord(writer, index, options, body);
    if (writer.head.seq === 0) {
      await append({ kind: 'begun', version: options.version, setAside: options.setAside });
    }
    if (isLeft(scan)) {
      const { bytes, sha256 } = scan.cut ?? { bytes: 0, sha256: null };
      await append({ kind: 'recovered', keptRecords: scan.beyond, cutBytes: bytes, cutSha256: sha256 });
    }
    await closeOpenRuns(place, index, append);
  } catch (error) {
    await writer[Symbol.asyncDispose]();
    throw error;
  }
  return { state: 'sound', writer };
}

async function openWriter({ place, fileBytes }: StartOptions, scan: Scan): Promise<JournalWriter> {
  const { files, folder } = place;
  // The anchor is there before the first record, so that a journal without one was never ours to write to.
  if (scan.anchor === null) await createAnchor(place);
  if ((await files.facts(folder)) === null) {
    await files.makeFolder(folder);
    await files.syncFolder(path.dirname(folder));
  }
  const tail = tailOf(scan);
  const tailFile = path.join(folder, fileName(tail.file));
  if (scan.fileNumbers.length === 0) await (await files.open(tailFile, 'create')).close();
  // A core may have been ended between naming a file and making its name durable.
  await files.syncFolder(folder);
  const anchorPlace = scan.anchor?.place ?? 0;
  return JournalWriter.open(place, { head: scan.head, tail, anchorPlace, recovering: isLeft(scan) }, fileBytes);
}

/** Something was left by a core that ended while it wrote. */
function isLeft({ beyond, cut, torn }: Scan): boolean {
  return beyond > 0 || cut !== null || torn;
}

/** Appears whole or not at all, naming nothing yet. */
async function createAnchor({ anchorFile, files }: JournalPlace): Promise<void> {
  const draft = `${anchorFile}.draft`;
  await files.remove(draft);
  const file = await files.open(draft, 'create');
  try {
    const bytes = Buffer.concat([encodePlace(START), BLANK], ANCHOR_BYTES);
    await writeWhole(file, bytes, 0);
    await file.datasync();
  } finally {
    await file.close();
  }
  await files.rename(draft, anchorFile);
  await files.syncFolder(path.dirname(anchorFile));
}

/** Nobody is left who could tell how these ended. */
async function closeOpenRuns(
  place: JournalPlace,
  index: JournalIndex,
  append: (body: RecordBody) => Promise<unknown>,
): Promise<void> {
  await using lines = new LineReader(place);
  for (const entry of index.open()) {
    const [at] = entry.places;
    const intent = at === undefined ? null : await lines.record(at);
    if (intent?.kind !== 'intent') continue;
    await append({
      kind: 'outcome',
      run: intent.run,
      outcome: 'unknown',
      durationMs: null,
      message: 'Binnacle ended before it could see how this ended.',
      steps: intent.steps.map(() => ({ state: 'unknown', note: null })),
      after: null,
    });
  }
}
