import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { limits } from '../kernel/limits.ts';
import { safeLogText } from './log-text.ts';

const ESC = '\u001b';
const most = limits.router.logLineChars;

describe('a log line', () => {
  test.each([
    ['plain text', 'GET /index.html 200 "curl/8" {"a":[1]}', 'GET /index.html 200 "curl/8" {"a":[1]}'],
    ['other scripts and emoji', 'größe 日本 🚢 👩‍💻', 'größe 日本 🚢 👩‍💻'],
    ['colours', `${ESC}[1;31merror${ESC}[0m: ${ESC}[mno`, `${ESC}[1;31merror${ESC}[0m: ${ESC}[mno`],
    ['indentation', '\tat main.go:12', '    at main.go:12'],
    ['a cursor that would be moved', `ok${ESC}[2Aoverwritten${ESC}[2K`, 'ok␛[2Aoverwritten␛[2K'],
    ['a title that would be set', `${ESC}]0;root@host\u0007`, '␛]0;root@host␇'],
    ['a link', `${ESC}]8;;http://example.org${ESC}\\here`, '␛]8;;http://example.org␛\\here'],
    ['a colour in another notation', `${ESC}[38:2::1:2:3m`, '␛[38:2::1:2:3m'],
    ['a colour without end', `${ESC}[${'1;'.repeat(40)}m`, `␛[${'1;'.repeat(40)}m`],
    ['an eight-bit escape', '\u009b31mred', '\\u{9b}31mred'],
    ['text that would be reversed', 'abc\u202edef\u2066', 'abc\\u{202e}def\\u{2066}'],
    ['returns and line breaks', '50%\r100%\u2028next', '50%␍100%\\u{2028}next'],
    ['half a character', 'a\ud800b', 'a\ufffdb'],
  ])('%s', (_what, line, text) => {
    expect(safeLogText(line)).toEqual({ text, cut: false });
  });

  test.each([
    ['plain', 'x'.repeat(most + 1), 'x'.repeat(most)],
    ['before half of a pair', `${'x'.repeat(most - 1)}🚢🚢`, 'x'.repeat(most - 1)],
    ['before a colour', `${'x'.repeat(most - 2)}${ESC}[0m.`, `${'x'.repeat(most - 2)}␛[`],
    ['before half a code point', `\u202e${'x'.repeat(most - 12)}\u202e\u202e`, `\\u{202e}${'x'.repeat(most - 12)}`],
  ])('cut where it is too long: %s', (_where, line, text) => {
    expect(safeLogText(line)).toEqual({ text, cut: true });
  });
});

/** Text as a hostile container may write it. */
const hostile = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: 'grapheme' }),
      fc.constantFrom(ESC, '[', 'm', '31', ';', '\t', '\u202e', '\u200b', '\ud83d', '\udea2', '\r\n', '\u009b'),
      fc.nat({ max: most }).map((count) => 'y'.repeat(count)),
    ),
    { maxLength: 30 },
  )
  .map((parts) => parts.join(''));

describe('whatever a container writes', () => {
  test('no control is left but those of colours, and nothing that hides or turns text', () => {
    fc.assert(
      fc.property(hostile, (line) => {
        const { text } = safeLogText(line);
        const rest = text.replaceAll(new RegExp(`${ESC}\\[[0-9;]*m`, 'g'), '');
        expect([rest.match(/[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}]/u), text.isWellFormed()]).toEqual([null, true]);
      }),
    );
  });

  test('it is never longer than its bound, and said to be cut where something is missing', () => {
    fc.assert(
      fc.property(hostile, (line) => {
        const { text, cut } = safeLogText(line);
        expect(text.length).toBeLessThanOrEqual(most);
        if (line.length > most) expect(cut).toBe(true);
      }),
    );
  });

  test('plain text is as it was', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme-ascii', maxLength: 500 }), (line) => {
        expect(safeLogText(line)).toEqual({ text: line, cut: false });
      }),
    );
  });
});
