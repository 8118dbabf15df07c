import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { visibleText } from './text.ts';

function codePoints(text: string): number {
  return [...text].length;
}

describe('what is shown as it is', () => {
  test.each([
    'plain ASCII: ~!@#$%^&*()_+ \\ "quoted" <b>',
    'Grüße, naïve café, Ελλάδα, 日本語, 한국어, العربية, עברית, ไทย',
    'a\u0301 and a\u0323\u0302 with their accents apart',
    '🧭 ❤️ 1️⃣ 👍🏽 🇩🇪 ☎️',
    '👨‍👩‍👧‍👦 🏳️‍🌈 👩🏽‍💻 🧑🏻‍❤️‍💋‍🧑🏿',
    '',
  ])('%s', (text) => {
    expect(visibleText(text)).toBe(text);
  });
});

describe('what is made visible', () => {
  test.each([
    ['controls', '\u0000\u0007\b\t\n\r\u001b[2J\u007f', '␀␇␈ ␊␍␛[2J␡'],
    ['C1 controls, which some terminals obey', '\u0085\u009b31m', '\\u{85}\\u{9b}31m'],
    ['bidirectional marks', 'a\u202eb\u2066c\u2069\u200f\u061c', 'a\\u{202e}b\\u{2066}c\\u{2069}\\u{200f}\\u{61c}'],
    ['line separators', 'a\u2028b\u2029c', 'a\\u{2028}b\\u{2029}c'],
    [
      'what has no width',
      'pass\u200bword\u2060\ufeff\u00ad\u034f',
      'pass\\u{200b}word\\u{2060}\\u{feff}\\u{ad}\\u{34f}',
    ],
    ['fillers that look like nothing', 'a\u3164b\uffa0c\u115f', 'a\\u{3164}b\\u{ffa0}c\\u{115f}'],
    ['text hidden in tags and variation selectors', 'a\u{e0041}\u{e0100}\ufe01', 'a\\u{e0041}\\u{e0100}\\u{fe01}'],
    ['joiners outside emoji', 'a\u200db 👍\u200d c\u200d👍', 'a\\u{200d}b 👍\\u{200d} c\\u{200d}👍'],
    ['unpaired surrogates', '\ud83d a \udded\ud83e', '\ufffd a \ufffd\ufffd'],
    ['an accent with nothing to stand on', '\u0301x', '\u25cc\u0301x'],
    ['an accent after what was made visible', '\u001b\u0301', '␛\u0301'],
    ['piled up accents', `Z${'\u0300\u0301\u0302\u0303\u0304\u0305'.repeat(50)}!`, 'Z\u0300\u0301\u0302\u0303…!'],
    ['emoji chained without end', '👨\u200d'.repeat(8), `${'👨\u200d'.repeat(6)}👨\\u{200d}👨\\u{200d}`],
  ])('%s', (_name, text, shown) => {
    expect(visibleText(text)).toBe(shown);
  });
});

describe('the length', () => {
  test.each([
    ['fits exactly', 'abcde', 5, 'abcde'],
    ['one too many', 'abcdef', 5, 'abcd…'],
    ['counted in code points', '🧭🧭🧭🧭🧭', 5, '🧭🧭🧭🧭🧭'],
    ['cut between them', '🧭🧭🧭🧭🧭🧭', 5, '🧭🧭🧭🧭…'],
    ['a family is not torn apart', 'ab👨‍👩‍👧', 5, 'ab…'],
    ['nor a flag', 'abc🇩🇪x', 5, 'abc…'],
    ['nor a letter and its accents', 'abce\u0301x', 5, 'abc…'],
    ['nor a code point in hexadecimal', 'a\u202e\u202e', 12, 'a\\u{202e}…'],
    ['a character longer than the room is cut all the same', '\u1100'.repeat(20), 5, `${'\u1100'.repeat(4)}…`],
    ['no room but for the ellipsis', 'abc', 1, '…'],
    ['cut far before the end', 'x'.repeat(1_000_000), 3, 'xx…'],
    ['what shrinks is still marked as cut', `a${'\u0301'.repeat(1_000_000)}bc`, 20, 'a\u0301\u0301\u0301\u0301……'],
  ])('%s', (_name, text, maxChars, shown) => {
    expect(visibleText(text, maxChars)).toBe(shown);
  });
});

const hostile = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'binary', maxLength: 4 }),
      fc.constantFrom(
        '\u200d',
        '\ufe0f',
        '👨',
        '👍🏽',
        '🇩',
        '\u0301',
        '\u0301\u0301\u0301',
        '\ud83d',
        '\\u{20',
        '2️⃣',
        'क्',
        '\u1100',
      ),
    ),
    { maxLength: 20 },
  )
  .map((parts) => parts.join(''));

const HIDING = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gv;
const IN_EMOJI = /\p{Extended_Pictographic}[\p{EMod}\u200d\ufe0f]*|[0-9#*]\ufe0f\u20e3/gv;

test('whatever comes in, what goes out is well-formed, hides nothing and keeps to its length', () => {
  fc.assert(
    fc.property(hostile, fc.integer({ min: 1, max: 30 }), (text, maxChars) => {
      const shown = visibleText(text, maxChars);
      expect({
        wellFormed: shown.isWellFormed(),
        hiding: shown.replace(IN_EMOJI, '').match(HIDING),
        // Four, and what makes a keycap of a digit.
        piled: /[[\p{Mn}\p{Me}]--\p{Default_Ignorable_Code_Point}]{6}/v.test(shown),
        fits: codePoints(shown) <= maxChars,
      }).toEqual({ wellFormed: true, hiding: null, piled: false, fits: true });
    }),
    { numRuns: 2000 },
  );
});

test('text is cut only where it has to be', () => {
  fc.assert(
    fc.property(hostile, fc.integer({ min: 1, max: 40 }), (text, maxChars) => {
      const whole = visibleText(text);
      const cut = visibleText(text, maxChars);
      expect(cut === whole).toBe(codePoints(whole) <= maxChars);
      if (cut !== whole) expect([cut.endsWith('…'), whole.startsWith(cut.slice(0, -1))]).toEqual([true, true]);
    }),
    { numRuns: 2000 },
  );
});

test('it can be made visible twice without a change', () => {
  fc.assert(
    fc.property(hostile, (text) => {
      const once = visibleText(text);
      expect(visibleText(once)).toBe(once);
    }),
  );
});

describe('a hostile megabyte', () => {
  const units = [
    '\u202e',
    '\u001b[',
    'e\u0301',
    '\u0301',
    '👨\u200d',
    '🇩',
    '👨‍👩‍👧',
    '漢',
    '\ud800',
    '\u1100',
    'क्',
    '\\u{0',
    '1',
    '1\ufe0f',
  ];

  test.each(units)('of %j takes time in proportion to its length', (unit) => {
    const time = (units16: number) => {
      const text = unit.repeat(units16 / unit.length);
      const times = [0, 1, 2].map(() => {
        const before = performance.now();
        visibleText(text);
        visibleText(text, text.length - 1);
        return performance.now() - before;
      });
      return Math.max(1, Math.min(...times));
    };
    const small = time(25_000);
    // Sixteen times the text: quadratic would be 256 times the time.
    expect(time(400_000) / small).toBeLessThan(100);
  });

  test.each(units)('of %j is not read at all where a reason is wanted', (unit) => {
    const text = unit.repeat(1_000_000 / unit.length);
    const before = performance.now();
    for (let i = 0; i < 50; i++) visibleText(text, 200);
    expect((performance.now() - before) / 50).toBeLessThan(20);
  });
});
