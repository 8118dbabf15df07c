import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LONGEST_STAMP_BYTES, stampLength } from './log-stamp.ts';

const DOCKER = '2026-11-20T23:31:43.123456789Z ';

function lengthOf(text: string): number {
  const bytes = Buffer.from(text);
  return stampLength(bytes, 0, bytes.length);
}

test('a timestamp is measured with the space that ends it', () => {
  const stamps = [
    DOCKER,
    '2026-11-20T23:31:43Z ',
    '2026-11-20T23:31:43.1Z ',
    '2026-11-20T23:31:43+05:30 ',
    '2026-11-20T23:31:43.123456789-11:00 ',
  ];
  expect(stamps.map((stamp) => lengthOf(`${stamp}text`))).toEqual(stamps.map((stamp) => stamp.length));
  expect(Math.max(...stamps.map((stamp) => stamp.length))).toBe(LONGEST_STAMP_BYTES);
});

test('what only looks like one is text', () => {
  const texts = [
    '2026-11-20 23:31:43Z text',
    '2026-11-20T23:31:43 text',
    '2026-11-20T23:31:43.Z text',
    '2026-11-20T23:31:43.1234567890Z text',
    '2026-11-20T23:31:43+0530 text',
    '2026-11-20T23:31:43Z\ttext',
    '2026-11-20t23:31:43z text',
    ' 2026-11-20T23:31:43Z text',
    '２026-11-20T23:31:43Z text',
    '\n',
  ];
  expect(texts.map(lengthOf)).toEqual(texts.map(() => 0));
});

test('while it can still become one it asks for more', () => {
  for (const stamp of [DOCKER, '2026-11-20T23:31:43+05:30 ']) {
    for (let cut = 0; cut < stamp.length; cut++) expect(lengthOf(stamp.slice(0, cut))).toBe(-1);
  }
});

test('nothing before or after the given bounds is looked at', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (before, after) => {
      const bytes = Buffer.from(before + DOCKER + after);
      const start = Buffer.byteLength(before);
      const end = start + DOCKER.length;
      expect([stampLength(bytes, start, end), stampLength(bytes, start, end - 1)]).toEqual([DOCKER.length, -1]);
    }),
  );
});

test('more than the longest stamp is never asked for', () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom(...'0:-.TZ+ x'), { minLength: LONGEST_STAMP_BYTES, maxLength: 50 }),
      (tail) => {
        for (const start of [
          '',
          '2026-11-20T23:31:43',
          '2026-11-20T23:31:43.123456789',
          '2026-11-20T23:31:43.1+01:0',
        ]) {
          expect(lengthOf(start + tail.join(''))).not.toBe(-1);
        }
      },
    ),
  );
});
