import path from 'node:path';
import { fileName, fileNumber, samePosition } from './chain.ts';
import type { Finding } from './journal-errors.ts';
import type { JournalWriter } from './journal-writer.ts';
import { type JournalPlace, readAnchor, type Scan, scanJournal } from './scan-journal.ts';

/** What a journal was found to be: by its chain and anchor, and by what its writer knows beside. */
export interface Verified {
  readonly scan: Scan;
  readonly more: readonly Finding[];
}

/**
 * Holds a journal against what its writer has written so far. Resolves when records may be written again; what it
 * resolves with does the reading.
 * @throws the system's own error; what it resolves with: the signal's too
 */
export async function beginVerifying(
  place: JournalPlace,
  writer: JournalWriter,
): Promise<(signal?: AbortSignal) => Promise<Verified>> {
  const { head, tail } = writer;
  const touched = await writer.untouched();
  const anchorBytes = await readAnchor(place);
  const names = (await place.files.list(place.folder)) ?? [];
  const strangers = names.filter((name) => (fileNumber(name) ?? 0) > tail.file);
  return async (signal) => {
    const upTo = { ...head, ...tail };
    const scan = await scanJournal(place, { upTo, anchorBytes, ...(signal === undefined ? {} : { signal }) });
    const anchor = path.basename(place.anchorFile);
    const more: Finding[] = [
      ...(typeof touched === 'string' ? [] : [touched]),
      ...strangers.map((file) => ({ file, line: null, text: 'The file was not written by Binnacle.' })),
      // Chain and anchor may agree with each other, and be those of last week.
      ...(scan.anchor !== null && samePosition(scan.anchor.position, head)
        ? []
        : [{ file: anchor, line: null, text: `The anchor is not the one of record ${head.seq}, which was written.` }]),
      ...(samePosition(scan.head, head)
        ? []
        : [{ file: fileName(head.file), line: null, text: `The journal does not end with record ${head.seq}.` }]),
      ...(scan.torn ? [{ file: anchor, line: null, text: 'One place of the anchor is not what was written.' }] : []),
    ];
    return { scan, more };
  };
}

/**
 * Holds a journal that somebody else may be writing against its own anchor. What looks wrong is looked at once more: a
 * writer may have been at it in between.
 * @throws the system's own error; the signal's
 */
export async function verifyUnattended(place: JournalPlace, signal?: AbortSignal): Promise<Verified> {
  const options = signal === undefined ? {} : { signal };
  let scan = await scanJournal(place, options);
  if (scan.wrong > 0 || scan.torn) scan = await scanJournal(place, options);
  const torn: Finding = {
    file: path.basename(place.anchorFile),
    line: null,
    text: 'One of the anchor’s two places was not written whole; the next start of Binnacle repairs it.',
  };
  return { scan, more: scan.torn ? [torn] : [] };
}
