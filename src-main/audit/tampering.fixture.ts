import { ANCHOR_BYTES, decodeAnchor, mayBeTorn, newestOf } from './anchor.ts';
import { fileName, type Position } from './chain.ts';
import { ChainScan } from './chain-scan.ts';
import { ANCHOR, FOLDER, filled } from './journal.fixture.ts';
import { writtenBeside } from './scan-journal.ts';

/** A real journal as bytes: what was written to each file, in order, and its anchor. */
export interface WrittenJournal {
  readonly files: readonly Buffer[];
  readonly anchor: Buffer;
  readonly position: Position;
}

export async function writtenJournal(records: number): Promise<WrittenJournal> {
  const { files } = await filled(records, { fileBytes: 48 * 1_024 });
  const names = [...files.nodes.keys()].filter((name) => name.startsWith(`${FOLDER}/`));
  const anchor = files.bytes(ANCHOR);
  const places = decodeAnchor(anchor);
  const newest = places === null ? null : newestOf(places);
  if (newest === null || names.length < 3) throw new Error('the journal is not what the test needs');
  return { files: names.map((_, at) => files.bytes(`${FOLDER}/${fileName(at + 1)}`)), anchor, position: newest.anchor };
}

interface Line {
  readonly file: number;
  readonly bytes: Buffer;
  /** The scan before this line. */
  readonly before: ChainScan;
}

/** Every line with the scan in front of it, so that what follows a change is scanned, and what precedes it need not be again. */
export function linesOf({ files, position }: WrittenJournal): Line[] {
  const scan = new ChainScan(position, null);
  const lines: Line[] = [];
  for (const [at, bytes] of files.entries()) {
    scan.beginFile(at + 1);
    for (let start = 0; start < bytes.length; ) {
      const end = bytes.indexOf(0x0a, start) + 1;
      const line = bytes.subarray(start, end);
      lines.push({ file: at + 1, bytes: line, before: scan.clone() });
      scan.feed(line);
      start = end;
    }
    scan.endFile();
  }
  if (scan.finish().wrong > 0) throw new Error('the journal is not sound to begin with');
  return lines;
}

/** Whether the scan finds line `at` replaced by `bytes`; it stops at the first thing it finds. */
function finds(lines: readonly Line[], at: number, bytes: Buffer, rest: 'follows' | 'is gone'): boolean {
  const line = lines[at] as Line;
  const scan = line.before.clone();
  scan.feed(bytes);
  if (rest === 'follows') {
    let { file } = line;
    for (let next = at + 1; next < lines.length && scan.wrong === 0; next += 1) {
      const follower = lines[next] as Line;
      if (follower.file !== file) {
        scan.endFile();
        file = follower.file;
        scan.beginFile(file);
      }
      scan.feed(follower.bytes);
    }
  }
  if (scan.wrong > 0) return true;
  scan.endFile();
  return scan.finish().wrong > 0;
}

/** Flips one bit after the other, of those whose number `every` divides; tells how many, and which were not found. */
export function flipBits(journal: WrittenJournal, every = 1): { flips: number; missed: string[] } {
  const lines = linesOf(journal);
  const missed: string[] = [];
  let flips = 0;
  let number = 0;
  for (const [at, { bytes }] of lines.entries()) {
    const flipped = Buffer.from(bytes);
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      number += 1;
      if (number % every !== 0) continue;
      flips += 1;
      const byte = bit >> 3;
      flipped[byte] = (flipped[byte] as number) ^ (1 << (bit & 7));
      if (!finds(lines, at, flipped, 'follows')) missed.push(`line ${at}, bit ${bit}`);
      flipped[byte] = bytes[byte] as number;
    }
  }
  return { flips, missed };
}

/** Cuts the last file after every byte, and leaves out every number of files at the end, each cut after every byte. */
export function truncations(journal: WrittenJournal, every = 1): { cuts: number; missed: string[] } {
  const lines = linesOf(journal);
  const missed: string[] = [];
  let cuts = 0;
  let number = 0;
  for (const [at, { bytes, file }] of lines.entries()) {
    for (let length = 0; length < bytes.length; length += 1) {
      number += 1;
      if (number % every !== 0) continue;
      cuts += 1;
      const part = bytes.subarray(0, length);
      if (!finds(lines, at, part, 'is gone')) missed.push(`line ${at}, ${length} bytes`);
      // The same with the files behind it still there.
      const next = lines.findIndex((line) => line.file > file);
      if (next !== -1 && !findsGap(lines, at, part, next)) missed.push(`line ${at}, ${length} bytes, files behind it`);
    }
  }
  return { cuts, missed };
}

function findsGap(lines: readonly Line[], at: number, part: Buffer, next: number): boolean {
  const scan = (lines[at] as Line).before.clone();
  scan.feed(part);
  scan.endFile();
  const follower = lines[next] as Line;
  scan.beginFile(follower.file);
  scan.feed(follower.bytes);
  return scan.wrong > 0;
}

/** Flips every bit of the anchor, and cuts it after every byte; tells which pass for an anchor, whole or torn. */
export function changeAnchor(journal: WrittenJournal, every = 1): { changes: number; missed: string[] } {
  const missed: string[] = [];
  let changes = 0;
  const beside = [0, 1].map((place) => textsBeside(journal, place as 0 | 1));
  for (let bit = 0; bit < ANCHOR_BYTES * 8; bit += every) {
    changes += 1;
    const flipped = Buffer.from(journal.anchor);
    flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7));
    const place = bit < ANCHOR_BYTES * 4 ? 0 : 1;
    const damaged = decodeAnchor(flipped)?.[place];
    const texts = beside[place] as Buffer[];
    if (damaged?.kind !== 'damaged' || mayBeTorn(damaged.bytes, texts)) missed.push(`bit ${bit}`);
  }
  for (let length = 0; length < ANCHOR_BYTES; length += every) {
    changes += 1;
    if (decodeAnchor(journal.anchor.subarray(0, length)) !== null) missed.push(`${length} bytes`);
  }
  return { changes, missed };
}

/** What could have been written to `place`, as it is judged when the other one is all there is. */
function textsBeside({ files, anchor }: WrittenJournal, place: 0 | 1): Buffer[] {
  const other = decodeAnchor(anchor)?.[1 - place];
  if (other?.kind !== 'position') throw new Error('the other place is not whole');
  const scan = new ChainScan(other.position, null);
  for (const [at, bytes] of files.entries()) {
    scan.beginFile(at + 1);
    scan.feed(bytes);
    scan.endFile();
  }
  return writtenBeside(other.position, scan.finish());
}
