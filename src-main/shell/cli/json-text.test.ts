import fc from 'fast-check';
import { expect, it } from 'vitest';
import { jsonText } from './json-text.ts';
import { HOSTILE } from './status.fixture.ts';

/** What moves a cursor, turns a line round or cannot be seen; a line break between two members apart. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;

it('is the same value, and safe on a terminal, whatever a host puts into it', () => {
  // Code points of every kind, unpaired surrogates among them.
  const text = fc.array(fc.integer({ min: 0, max: 0x10ffff })).map((codes) => String.fromCodePoint(...codes));
  fc.assert(
    fc.property(fc.dictionary(text, fc.array(text)), (value) => {
      const line = jsonText(value, { indent: false });
      const indented = jsonText(value, { indent: true });
      expect([JSON.parse(line), JSON.parse(indented)]).toEqual([value, value]);
      expect([UNSAFE.test(line), UNSAFE.test(indented.replaceAll('\n', ''))]).toEqual([false, false]);
    }),
  );
});

it('escapes what JSON leaves as it is', () => {
  expect(jsonText({ [HOSTILE]: ['\u{e0041}\u061c\u00ad', '👩\u200d🔧'] }, { indent: false })).toBe(
    '{"\\u001b[31mred\\u001b]0;owned\\u0007\\r\\n\\u202egnp.exe\\u0000\\u200b<img src=x>\\u009b2J":' +
      '["\\udb40\\udc41\\u061c\\u00ad","👩\\u200d🔧"]}',
  );
});

it('indents by two', () => {
  expect(jsonText({ a: [1, null] }, { indent: true })).toBe('{\n  "a": [\n    1,\n    null\n  ]\n}');
});
