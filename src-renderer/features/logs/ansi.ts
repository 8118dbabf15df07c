import { nearestColour } from './ansi-colours.ts';

/** One of the 16 colours a terminal has a name for: 0–7, and 8–15 bright. The theme says what each looks like. */
export type AnsiColour = number;

export interface SgrStyle {
  readonly colour: AnsiColour | null;
  readonly background: AnsiColour | null;
  readonly bold: boolean;
  readonly dim: boolean;
  readonly italic: boolean;
  readonly underline: boolean;
  readonly inverse: boolean;
}

export interface Span {
  readonly text: string;
  readonly style: SgrStyle;
}

export const PLAIN: SgrStyle = {
  colour: null,
  background: null,
  bold: false,
  dim: false,
  italic: false,
  underline: false,
  inverse: false,
};

const ESCAPE = '\u001b';
/** The only sequence that stands in a log line as it came (contract, `LogLine.text`). */
const SGR = new RegExp(`${ESCAPE}\\[([0-9;:]*)m`, 'g');
/** Beyond: the rest of the parameters is not read. Terminals keep 16 to 32. */
const MOST_PARAMETERS = 32;

/** A line's text without its colours. */
export function plainText(text: string): string {
  return text.includes(ESCAPE) ? text.replace(SGR, '').replaceAll(ESCAPE, '\u241b') : text;
}

/**
 * Splits a line into spans of one style each. SGR only, and of it only colours, bold, dim, italic, underline and
 * inverse; everything else is ignored. A line begins plain: what the one before left on does not run over.
 */
export function ansiSpans(text: string): readonly Span[] {
  if (!text.includes(ESCAPE)) return [{ text, style: PLAIN }];
  const spans: Span[] = [];
  let style = PLAIN;
  let from = 0;
  const add = (to: number): void => {
    // What was cut in the middle of a sequence is no sequence.
    if (to > from) spans.push({ text: text.slice(from, to).replaceAll(ESCAPE, '\u241b'), style });
  };
  for (const found of text.matchAll(SGR)) {
    add(found.index);
    style = applied(style, found[1] ?? '');
    from = found.index + found[0].length;
  }
  add(text.length);
  return spans;
}

function applied(before: SgrStyle, parameters: string): SgrStyle {
  // `38:2::r:g:b` is the standard's way to write it, `38;2;r;g;b` the usual one.
  const codes = parameters
    .replace(/([34]8):2:[0-9]*:(?=[0-9]+:[0-9]+:[0-9]+)/g, '$1:2:')
    .split(/[;:]/, MOST_PARAMETERS)
    .map((code) => Number(code === '' ? 0 : code));
  let style = before;
  for (let i = 0; i < codes.length; i++) {
    const code = codes[i] ?? 0;
    if (code === 38 || code === 48) {
      const { colour, taken } = extendedColour(codes.slice(i + 1));
      i += taken;
      if (colour !== null) style = code === 38 ? { ...style, colour } : { ...style, background: colour };
    } else {
      style = appliedOne(style, code);
    }
  }
  return style;
}

function appliedOne(style: SgrStyle, code: number): SgrStyle {
  if (code >= 30 && code <= 37) return { ...style, colour: code - 30 };
  if (code >= 90 && code <= 97) return { ...style, colour: code - 82 };
  if (code >= 40 && code <= 47) return { ...style, background: code - 40 };
  if (code >= 100 && code <= 107) return { ...style, background: code - 92 };
  switch (code) {
    case 0:
      return PLAIN;
    case 1:
      return { ...style, bold: true };
    case 2:
      return { ...style, dim: true };
    case 3:
      return { ...style, italic: true };
    case 4:
      return { ...style, underline: true };
    case 7:
      return { ...style, inverse: true };
    case 22:
      return { ...style, bold: false, dim: false };
    case 23:
      return { ...style, italic: false };
    case 24:
      return { ...style, underline: false };
    case 27:
      return { ...style, inverse: false };
    case 39:
      return { ...style, colour: null };
    case 49:
      return { ...style, background: null };
    default:
      return style;
  }
}

/** What follows a 38 or 48: `5;n` of 256 colours, `2;r;g;b`; as the nearest colour that has a name. */
function extendedColour(codes: readonly number[]): { readonly colour: AnsiColour | null; readonly taken: number } {
  const [kind, a = -1, b = -1, c = -1] = codes;
  if (kind === 5) return { colour: a >= 0 && a <= 255 ? nearestColour(a) : null, taken: 2 };
  if (kind !== 2) return { colour: null, taken: 0 };
  const inRange = [a, b, c].every((part) => part >= 0 && part <= 255);
  return { colour: inRange ? nearestColour([a, b, c]) : null, taken: 4 };
}
