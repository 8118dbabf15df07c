import { limits } from '../kernel/limits.ts';
import { visibleText } from '../kernel/text.ts';

/** Printable ASCII, which is nearly every line of nearly every log. */
const PLAIN = /^[\x20-\x7e]*$/;
const ESC = '\u001b';
/** A colour as ECMA-48 writes it; one with more parameters than any terminal takes is no colour. */
const SGR = new RegExp(`(${ESC}\\[[0-9;]{0,64}m)`);
/** `visibleText` would make one space of it, and indentation would be lost. */
const TAB = '    ';
/** Half of what is one: a surrogate pair, or the code point of a character that is shown as such. */
const HALF = /(?:[\ud800-\udbff]|\\(?:u(?:\{[0-9a-f]*)?)?)$/;

/**
 * A line of a log made safe to show (DESIGN rule 6): SGR sequences stay as they are, for the window to pick colours
 * from its list; every other escape sequence, control and bidi mark becomes visible. At most
 * `limits.router.logLineChars`, and never cut within a colour or a character.
 */
export function safeLogText(line: string): { readonly text: string; readonly cut: boolean } {
  const most = limits.router.logLineChars;
  if (line.length <= most && PLAIN.test(line)) return { text: line, cut: false };
  const cut = line.length > most;
  let text = '';
  for (const [index, part] of (cut ? line.slice(0, most).replace(HALF, '') : line).split(SGR).entries()) {
    const isColour = index % 2 === 1;
    const piece = isColour || PLAIN.test(part) ? part : visibleText(part.replaceAll('\t', TAB));
    if (text.length + piece.length > most) {
      return { text: isColour ? text : text + piece.slice(0, most - text.length).replace(HALF, ''), cut: true };
    }
    text += piece;
  }
  return { text, cut };
}
