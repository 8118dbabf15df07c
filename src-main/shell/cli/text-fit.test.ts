import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tableLines } from './table.ts';
import { fittedColumns, wrappedLines } from './text-fit.ts';

const columns = [10, 40, 200].map((max) => ({ align: 'left' as const, max }));
const row = (...texts: readonly number[]) => texts.map((length) => ({ text: 'x'.repeat(length) }));
const widths = (rows: readonly ReturnType<typeof row>[], width: number) =>
  fittedColumns(columns, rows, width).map(({ max }) => max);

describe('fittedColumns', () => {
  it('leaves what fits, and takes from the widest what does not', () => {
    expect([
      widths([row(3, 20, 30)], 80),
      widths([row(3, 20, 30)], Number.POSITIVE_INFINITY),
      widths([row(3, 20, 90)], 80),
      widths([row(3, 60, 90)], 80),
      widths([row(30, 60, 90)], 40),
      widths([row(30, 60, 90)], 10),
      widths([], 80),
    ]).toEqual([
      [3, 20, 30],
      [3, 20, 30],
      [3, 20, 53],
      [3, 36, 37],
      [10, 13, 13],
      [6, 6, 6],
      [0, 0, 0],
    ]);
  });

  it('makes every table as narrow as it is to be, and no narrower', () => {
    const lengths = fc.tuple(fc.nat(60), fc.nat(60), fc.nat(300));
    fc.assert(
      fc.property(
        fc.array(lengths, { minLength: 1, maxLength: 5 }),
        fc.integer({ min: 22, max: 250 }),
        (rows, width) => {
          const cells = rows.map((each) => row(...each));
          const fitted = fittedColumns(columns, cells, width);
          const natural = fittedColumns(columns, cells, Number.POSITIVE_INFINITY);
          const total = (all: typeof fitted) => all.reduce((sum, { max }) => sum + max, 4);
          const longest = Math.max(...tableLines(fitted, cells).map((line) => line.length));
          expect([longest <= width, total(fitted)]).toEqual([true, Math.min(width, total(natural))]);
        },
      ),
    );
  });
});

describe('wrappedLines', () => {
  it.each([
    ['one two three', 9, '', ['one two', 'three']],
    ['one two three', 7, '', ['one two', 'three']],
    ['one two three', Number.POSITIVE_INFINITY, '', ['one two three']],
    ['one two three', 9, '  ', ['one two', '  three']],
    ['  a hint is indented', 10, '  ', ['  a hint', '  is', '  indented']],
    ['abcdefghij k', 4, '', ['abcd', 'efgh', 'ij k']],
    ['🧭🧭🧭', 2, '', ['🧭🧭', '🧭']],
    ['', 10, '', ['']],
  ])('%j in %d', (text, width, indent, lines) => {
    expect(wrappedLines(text, width, indent)).toEqual(lines);
  });

  it('loses nothing but spaces, and is never wider', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 200 }), fc.integer({ min: 4, max: 60 }), (text, width) => {
        const lines = wrappedLines(text, width, '  ');
        const bare = (value: string) => value.replace(/\s/g, '');
        expect([bare(lines.join('')), lines.every((line) => [...line].length <= width)]).toEqual([bare(text), true]);
      }),
    );
  });
});
