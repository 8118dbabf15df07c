import type { SgrStyle, Span } from './ansi.ts';

export interface Piece {
  readonly text: string;
  readonly style: SgrStyle;
  /** It is part of what was searched for. */
  readonly found: boolean;
}

/** Cuts spans at the edges of what `pattern` (global) finds in their text as a whole; a match may run over several. */
export function highlight(spans: readonly Span[], pattern: RegExp | null): readonly Piece[] {
  if (pattern === null) return spans.map((span) => ({ ...span, found: false }));
  const text = spans.map((span) => span.text).join('');
  const edges = [...text.matchAll(pattern)].map((match) => [match.index, match.index + match[0].length] as const);
  const pieces: Piece[] = [];
  let offset = 0;
  for (const span of spans) {
    const end = offset + span.text.length;
    let from = offset;
    const add = (to: number, found: boolean): void => {
      if (to > from) pieces.push({ text: text.slice(from, to), style: span.style, found });
      from = Math.max(from, to);
    };
    for (const [start, stop] of edges) {
      if (stop <= offset || start >= end) continue;
      add(Math.max(start, offset), false);
      add(Math.min(stop, end), true);
    }
    add(end, false);
    offset = end;
  }
  return pieces;
}
