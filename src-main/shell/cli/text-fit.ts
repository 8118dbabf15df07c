import type { Cell, Column } from './table.ts';

/** Between two columns, as `tableLines` puts them. */
const GAP = 2;
/** A column is not made narrower: less than this says nothing. */
const NARROWEST = 6;

/**
 * The columns with which a table of `rows` is at most `width` characters wide: the widest gives way first, so that what
 * is short stays whole. Wider than that only where every column is as narrow as it can be.
 */
export function fittedColumns(
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  width: number,
): readonly Column[] {
  const widths = columns.map(({ max }, index) =>
    Math.min(max, Math.max(0, ...rows.map((row) => [...(row[index]?.text ?? '')].length))),
  );
  let over = widths.reduce((sum, each) => sum + each, 0) + GAP * (widths.length - 1) - width;
  while (over > 0) {
    const widest = widths.indexOf(Math.max(...widths));
    const now = widths[widest] as number;
    if (now <= NARROWEST) break;
    // Down to the next widest, and no further than is needed.
    const next = Math.max(NARROWEST, ...widths.filter((each) => each < now));
    const ties = widths.filter((each) => each === now).length;
    const cut = Math.max(1, Math.min(now - next, Math.floor(over / ties)));
    widths[widest] = now - cut;
    over -= cut;
  }
  return columns.map((column, index) => ({ ...column, max: widths[index] as number }));
}

/**
 * `text` in lines of at most `width` characters, broken at spaces, or within a word that is longer than a line. Spaces
 * at its beginning and between words stay; lines after the first begin with `indent`.
 */
export function wrappedLines(text: string, width: number, indent = ''): string[] {
  const lines: string[] = [];
  let rest = [...text];
  let lead = '';
  while (lead.length + rest.length > width) {
    const room = Math.max(1, width - lead.length);
    const space = rest.lastIndexOf(' ', room);
    const isLeading = rest.slice(0, Math.max(0, space)).every((char) => char === ' ');
    const end = space <= 0 || isLeading ? room : space;
    lines.push(lead + rest.slice(0, end).join('').trimEnd());
    rest = [...rest.slice(end).join('').trimStart()];
    lead = indent;
  }
  return rest.length > 0 || lines.length === 0 ? [...lines, lead + rest.join('')] : lines;
}
