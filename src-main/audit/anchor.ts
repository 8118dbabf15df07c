import { hashOf, type Position } from './chain.ts';

/**
 * The anchor says, in a second place, how far the journal goes. It is one file of two places of a block each, written
 * in turn: a write cut short spoils the one, and leaves the other, which names the record before. The file has its
 * full size from the start, so that no full disk keeps the anchor from following the journal.
 *
 * A place is one line of text, padded with spaces. Every byte of it counts: one that differs from what would have been
 * written makes the place damaged. SHA-256 stands first and last in what differs between two anchors; see
 * {@link mayBeTorn}.
 */
export type AnchorPlace =
  | { readonly kind: 'position'; readonly position: Position }
  | { readonly kind: 'blank' }
  | { readonly kind: 'damaged'; readonly bytes: Buffer };

export type AnchorPlaces = readonly [AnchorPlace, AnchorPlace];

/** A block of common disks: what one write spoils at most. */
export const PLACE_BYTES = 4_096;
export const ANCHOR_BYTES = 2 * PLACE_BYTES;

/** A place that was never written. */
export const BLANK: Buffer = Buffer.from(`${' '.repeat(PLACE_BYTES - 1)}\n`);

export function encodePlace({ file, bytes, seq, hash }: Position): Buffer {
  const text = `file=${digits(file, 6)} bytes=${digits(bytes, 12)} seq=${digits(seq, 12)} head=${hash}`;
  return Buffer.from(`${`${MARK}sum=${hashOf(Buffer.from(text))} ${text}`.padEnd(PLACE_BYTES - 1)}\n`);
}

const MARK = 'binnacle-anchor-1 ';
const FIELDS = / file=(\d{6}) bytes=(\d{12}) seq=(\d{12}) head=([0-9a-f]{64}) /;

function digits(value: number, width: number): string {
  return String(value).padStart(width, '0');
}

/** null: it is not of an anchor's size. */
export function decodeAnchor(bytes: Buffer): AnchorPlaces | null {
  if (bytes.length !== ANCHOR_BYTES) return null;
  return [decodePlace(bytes.subarray(0, PLACE_BYTES)), decodePlace(bytes.subarray(PLACE_BYTES))];
}

function decodePlace(bytes: Buffer): AnchorPlace {
  if (bytes.equals(BLANK)) return { kind: 'blank' };
  const [, file, size, seq, hash] = FIELDS.exec(bytes.toString('latin1', 0, 256)) ?? [];
  if (hash !== undefined) {
    const position = { file: Number(file), bytes: Number(size), seq: Number(seq), hash };
    if (encodePlace(position).equals(bytes)) return { kind: 'position', position };
  }
  return { kind: 'damaged', bytes };
}

/**
 * Which place holds the anchor, and what the other one says; null: neither holds one. Both are the same after a write
 * that was taken back.
 */
export function newestOf(places: AnchorPlaces): { readonly place: 0 | 1; readonly anchor: Position } | null {
  const [first, second] = places.map((place) => (place.kind === 'position' ? place.position : null));
  if (first === null || first === undefined) return second ? { place: 1, anchor: second } : null;
  if (second === null || second === undefined || second.seq <= first.seq) return { place: 0, anchor: first };
  return { place: 1, anchor: second };
}

/**
 * Whether a damaged place is what a power cut leaves of one of `texts` written over another: a beginning of the one and
 * the end of the other. What rotted or was edited is not: two anchors differ in many bits of the first and of the last
 * piece in which they differ, for a SHA-256 stands there, so that no single flipped bit passes for a torn write.
 */
export function mayBeTorn(damaged: Buffer, texts: readonly Buffer[]): boolean {
  for (const before of texts) {
    for (const after of texts) {
      if (before === after) continue;
      for (let at = PIECE_BYTES; at < PLACE_BYTES; at += PIECE_BYTES) {
        if (after.compare(damaged, 0, at, 0, at) !== 0) break;
        if (before.compare(damaged, at, PLACE_BYTES, at, PLACE_BYTES) === 0) return true;
      }
    }
  }
  return false;
}

/** No disk writes less at once; most write 512 bytes or a block whole. */
const PIECE_BYTES = 32;
