/** The longest stamp: `2006-01-02T15:04:05.000000000+07:00` and the space after it. */
export const LONGEST_STAMP_BYTES = 36;

const SPACE = 0x20;
const PLUS = 0x2b;
const MINUS = 0x2d;
const DOT = 0x2e;
const COLON = 0x3a;
const Z = 0x5a;
/** `0000-00-00T00:00:00`: 0 stands for any digit. */
const UP_TO_SECONDS = Uint8Array.from(Buffer.from('0000-00-00T00:00:00'));
/** Tenths to nanoseconds. Docker always writes nine digits, Podman none. */
const FRACTION_DIGITS = 9;

/**
 * Length in bytes of the timestamp, with the space that ends it, at `start` of [start, end): RFC 3339 with an
 * optional fraction and `Z` or an offset, as the engine puts it before a message when asked for `timestamps=1`.
 * 0: these bytes are no timestamp. -1: they can still become one, more are needed.
 */
export function stampLength(bytes: Uint8Array, start: number, end: number): number {
  for (let i = 0; i < UP_TO_SECONDS.length; i++) {
    if (start + i >= end) return -1;
    const byte = bytes[start + i] as number;
    const wanted = UP_TO_SECONDS[i] as number;
    if (wanted === 0x30 ? !isDigit(byte) : byte !== wanted) return 0;
  }
  let at = start + UP_TO_SECONDS.length;
  if (at >= end) return -1;
  if (bytes[at] === DOT) {
    const digits = ++at;
    while (at < end && at - digits < FRACTION_DIGITS && isDigit(bytes[at] as number)) at++;
    if (at >= end) return -1;
    if (at === digits) return 0;
  }
  const zone = bytes[at++];
  if (zone === PLUS || zone === MINUS) {
    for (let i = 0; i < 5; i++, at++) {
      if (at >= end) return -1;
      const byte = bytes[at] as number;
      if (i === 2 ? byte !== COLON : !isDigit(byte)) return 0;
    }
  } else if (zone !== Z) {
    return 0;
  }
  if (at >= end) return -1;
  return bytes[at] === SPACE ? at + 1 - start : 0;
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}
