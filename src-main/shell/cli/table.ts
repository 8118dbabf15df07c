export interface Cell {
  readonly text: string;
  /** Applied after padding, so that colour codes do not count as width. */
  readonly paint?: (text: string) => string;
}

export interface Column {
  readonly align: 'left' | 'right';
  /** Cut with an ellipsis beyond, in characters. */
  readonly max: number;
}

/** Lines of a table, two spaces between columns, nothing behind the last; each column as wide as its widest cell. */
export function tableLines(columns: readonly Column[], rows: readonly (readonly Cell[])[]): string[] {
  const widths = columns.map(({ max }, index) =>
    Math.min(max, Math.max(0, ...rows.map((row) => [...(row[index]?.text ?? '')].length))),
  );
  return rows.map((row) =>
    columns
      .map(({ align }, index) => {
        const { text, paint = (plain: string) => plain } = row[index] ?? { text: '' };
        const width = widths[index] as number;
        const chars = [...text];
        const shown = chars.length > width ? `${chars.slice(0, width - 1).join('')}…` : text;
        const space = ' '.repeat(Math.max(0, width - [...shown].length));
        if (align === 'right') return space + paint(shown);
        return index === columns.length - 1 ? paint(shown) : paint(shown) + space;
      })
      .join('  ')
      .trimEnd(),
  );
}
