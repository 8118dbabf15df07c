import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { limits } from '../../kernel/limits.ts';
import { isInBackground, linkForEachLine, readableInput } from './link-requests.ts';

describe('linkForEachLine', () => {
  it('counts lines, however they come, and no more at once than may wait', () => {
    const input = new PassThrough();
    let printed = 0;
    const count = (text: string) => {
      printed = 0;
      input.write(text);
      return printed;
    };
    const asking = linkForEachLine(input, () => {
      printed += 1;
    });
    const counts = ['\n', 'y', 'es\r\n', '\n\n', '\n'.repeat(1_000)].map(count);
    asking[Symbol.dispose]();
    expect([...counts, count('\n')]).toEqual([1, 0, 1, 2, limits.browser.tokens, 0]);
  });

  it('outlives a terminal that is closed', () => {
    const input = new PassThrough();
    using _asking = linkForEachLine(input, () => undefined);
    expect(() => input.emit('error', new Error('EIO'))).not.toThrow();
  });
});

describe('isInBackground', () => {
  it.each([
    ['in the foreground', '4242 (node) S 4000 4242 3999 34816 4242 4194304 1', false],
    ['behind another job', '4242 (node) S 4000 4242 3999 34816 3999 4194304 1', true],
    ['with a name to mislead', '4242 (a) S 1 1 1 1 1) S 4000 4242 3999 34816 3999 0', true],
    ['without a terminal', '4242 (node) S 1 4242 4242 0 -1 4194304 1', false],
    ['where nothing is told', '', false],
  ])('%s', (_what, stat, expected) => {
    expect(isInBackground(stat)).toBe(expected);
  });

  it('does not matter to what is no terminal', () => {
    const input = new PassThrough();
    expect(readableInput(input)).toBe(input);
  });
});
