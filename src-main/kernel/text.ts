/**
 * Makes text from a host safe to show and hard to fake (DESIGN, rule 6): control characters, escape sequences, line
 * breaks, bidirectional marks and everything that shows nothing become visible, so that no name moves the cursor,
 * reverses a sentence or looks like another. Tabs become a space, unpaired surrogates U+FFFD. Accents piled up to
 * cover the lines around are cut to four. Emoji stay whole; other joiners (Persian, Hindi) are shown as code points.
 *
 * At most `maxChars` (≥ 1) code points come back, the last an ellipsis where something was cut. Whole characters as
 * a reader counts them are cut off, never halves. Linear in the text's length, and bounded by `maxChars`.
 */
export function visibleText(text: string, maxChars = Number.POSITIVE_INFINITY): string {
  // A cut far before the final one keeps a hostile megabyte from being rewritten in full.
  const most = maxChars * 2 + LONGEST_EMOJI;
  const bounded = text.length > most ? text.slice(0, most) : text;
  const shown = bounded
    .toWellFormed()
    .replace(SUSPECT, show)
    .replace(/^\p{M}/u, '\u25cc$&');
  if (bounded.length === text.length && fits(shown, maxChars)) return shown;
  return `${wholeGraphemes(shown, maxChars - 1)}…`;
}

/** UTF-16 units; longer than what {@link SUSPECT} takes for one emoji. */
const LONGEST_EMOJI = 64;
const MARKS = 4;

/**
 * In this order: an emoji, joined of up to seven as emoji are; a keycap; more accents than any script needs; and
 * what is shown as a code point: controls, format characters, line separators, and all that by default shows nothing.
 */
const SUSPECT =
  /\p{Extended_Pictographic}[\p{EMod}\uFE0F]?(?:\u200D\p{Extended_Pictographic}[\p{EMod}\uFE0F]?){0,6}|[0-9#*]\uFE0F\u20E3|[[\p{Mn}\p{Me}]--\p{Default_Ignorable_Code_Point}]{5,}|[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gv;

const HIDDEN = /^[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]$/v;
const MARK = /^\p{M}/u;

function show(found: string): string {
  const code = found.codePointAt(0) as number;
  if (HIDDEN.test(found)) return picture(code) ?? `\\u{${code.toString(16)}}`;
  return MARK.test(found) ? `${[...found.slice(0, MARKS * 2)].slice(0, MARKS).join('')}…` : found;
}

/** Unicode's own pictures of the C0 controls, U+2400 and on. */
function picture(code: number): string | null {
  if (code === 0x09) return ' ';
  if (code === 0x7f) return '\u2421';
  return code < 0x20 ? String.fromCharCode(0x2400 + code) : null;
}

function fits(text: string, maxChars: number): boolean {
  return text.length <= maxChars || countCodePoints(text) <= maxChars;
}

function countCodePoints(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}

const graphemes = new Intl.Segmenter('und', { granularity: 'grapheme' });

function wholeGraphemes(text: string, maxChars: number): string {
  let left = maxChars;
  let end = 0;
  for (const { segment } of graphemes.segment(text)) {
    left -= countCodePoints(segment);
    if (left < 0) break;
    end += segment.length;
  }
  // A "character" longer than all the room there is, as Hangul and Indic scripts allow, is no reason to show nothing.
  const cut =
    end > 0
      ? text.slice(0, end)
      : [...text]
          .slice(0, maxChars)
          .join('')
          .replace(/\p{DI}+$/u, '');
  // Half a code point in hexadecimal would be another one.
  return cut.replace(/\\(?:u(?:\{[0-9a-f]*)?)?$/, '');
}
