import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ansiSpans, PLAIN, plainText } from './ansi.ts';

const E = '\u001b[';
const shown = (text: string) =>
  ansiSpans(text).map(({ text: part, style }) => {
    const on = Object.entries(style).filter(([key, value]) => value !== PLAIN[key as keyof typeof PLAIN]);
    return [part, Object.fromEntries(on)];
  });

test.each([
  ['plain', [['plain', {}]]],
  ['', [['', {}]]],
  [
    `a${E}31mb${E}0mc`,
    [
      ['a', {}],
      ['b', { colour: 1 }],
      ['c', {}],
    ],
  ],
  [
    `${E}1;4;92mx${E}22my`,
    [
      ['x', { bold: true, underline: true, colour: 10 }],
      ['y', { underline: true, colour: 10 }],
    ],
  ],
  [`${E}mx`, [['x', {}]]],
  [
    `${E}3;41;7mx${E}23;49;27my`,
    [
      ['x', { italic: true, background: 1, inverse: true }],
      ['y', {}],
    ],
  ],
  [
    `${E}2mx${E}104my${E}39mz`,
    [
      ['x', { dim: true }],
      ['y', { dim: true, background: 12 }],
      ['z', { dim: true, background: 12 }],
    ],
  ],
])('%j', (text, spans) => {
  expect(shown(text)).toEqual(spans);
});

test.each([
  ['38;5;9', { colour: 9 }],
  ['38;5;196', { colour: 9 }],
  ['38;5;240', { colour: 8 }],
  ['48;2;0;200;0', { background: 2 }],
  ['38:2::255:255:0', { colour: 11 }],
  ['38:5:1', { colour: 1 }],
  ['38;5;1;4', { colour: 1, underline: true }],
  ['38;5;999;1', { bold: true }],
  ['38', {}],
  ['5;8;9;53;999', {}],
])('of many colours the nearest that has a name: %s', (parameters, style) => {
  expect(shown(`${E}${parameters}mx`)).toEqual([['x', style]]);
});

test('what is no colour is text', () => {
  const text = `a${E}2Jb\u001b]0;title\u0007c${E}31`;
  expect({ spans: shown(text), plain: plainText(text) }).toEqual({
    spans: [[`a\u241b[2Jb\u241b]0;title\u0007c\u241b[31`, {}]],
    plain: `a\u241b[2Jb\u241b]0;title\u0007c\u241b[31`,
  });
});

test('spans are the plain text, and no escape is left in it', () => {
  const piece = fc.oneof(fc.string(), fc.constantFrom(E, 'm', ';', '\u001b', `${E}31m`, `${E}38;5;`, `${E}0m`));
  fc.assert(
    fc.property(fc.array(piece), (pieces) => {
      const text = pieces.join('');
      const joined = ansiSpans(text)
        .map((span) => span.text)
        .join('');
      expect(joined).toBe(plainText(text));
      expect(joined).not.toContain('\u001b');
    }),
  );
});
