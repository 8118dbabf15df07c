import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sameData } from './same-data.ts';

/** Small enough a choice that two are often the same. */
const data = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom(null, true, 0, 1, '', 'a'),
    fc.array(tie('value'), { maxLength: 2 }),
    fc.dictionary(fc.constantFrom('a', 'b', '0'), tie('value'), { maxKeys: 2, noNullPrototype: true }),
  ),
})).value;

test('as Node compares plain data', () => {
  fc.assert(
    fc.property(data, data, (a, b) => {
      expect([sameData(a, b), sameData(a, structuredClone(a))]).toEqual([isDeepStrictEqual(a, b), true]);
    }),
    { numRuns: 2_000 },
  );
});

test.each([
  ['another value of what does not count', { id: 1, load: 1 }, { id: 1, load: [2] }, true],
  ['what counts', { id: 1, load: 1 }, { id: 2, load: 1 }, false],
  ['what does not count, deeper', { id: { load: 1 }, load: 1 }, { id: { load: 2 }, load: 1 }, false],
  ['a member in place of what does not count', { id: 1, load: 1 }, { id: 1, other: 1 }, false],
])('%s', (_what, a, b, same) => {
  expect(sameData(a, b, new Set(['load']))).toBe(same);
});
