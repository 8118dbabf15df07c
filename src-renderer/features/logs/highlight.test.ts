import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ansiSpans, plainText } from './ansi.ts';
import { highlight } from './highlight.ts';

test('a match that runs over two colours is marked in both', () => {
  const pieces = highlight(ansiSpans('the po\u001b[31mol is\u001b[0m full, pool'), /pool/giu);
  expect(pieces.map(({ text, style, found }) => [text, style.colour, found])).toEqual([
    ['the ', null, false],
    ['po', null, true],
    ['ol', 1, true],
    [' is', 1, false],
    [' full, ', null, false],
    ['pool', null, true],
  ]);
});

test('marking changes no text', () => {
  const piece = fc.constantFrom('a', 'b', 'ab', '\u001b[31m', '\u001b[0m', ' ');
  fc.assert(
    fc.property(fc.array(piece), (pieces) => {
      const text = pieces.join('');
      const marked = highlight(ansiSpans(text), /ab/giu);
      expect(marked.map((one) => one.text).join('')).toBe(plainText(text));
      expect(
        marked
          .filter((one) => one.found)
          .map((one) => one.text)
          .join(''),
      ).toBe([...plainText(text).matchAll(/ab/giu)].map((one) => one[0]).join(''));
    }),
  );
});
