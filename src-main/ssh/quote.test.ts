import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AppError } from '../kernel/errors.ts';
import { quoteArgv } from './quote.ts';

/** What a real shell makes of the line: its arguments, each ended by NUL. */
function splitByShell(line: string): string[] {
  const output = execFileSync('/bin/sh', ['-c', `printf '%s\\0' ${line}`], { encoding: 'utf8' });
  return output.split('\0').slice(0, -1);
}

/** Weighted towards what shells find special. */
const argument = fc.oneof(
  fc.string({ unit: fc.constantFrom(...'\'"\\$`!*?[]{}()<>|&;#~= \t\n\r-%ab') }),
  fc.string({ unit: 'binary' }).map((text) => text.replaceAll('\0', '')),
  fc.constantFrom('', "'", "''", '$(id)', '-e', '--', 'a\nb', '\u202e', '😀'),
);

describe('quoteArgv', () => {
  it('is split by a real shell into exactly the same arguments', () => {
    fc.assert(
      fc.property(fc.array(argument, { minLength: 1, maxLength: 5 }), (argv) => {
        expect(splitByShell(quoteArgv(argv))).toEqual(argv);
      }),
      { numRuns: 500 },
    );
  });

  it('keeps quotes, substitutions and empty arguments as text', () => {
    expect(quoteArgv(['test', '-S', "/run/it's $(reboot)", ''])).toBe("'test' '-S' '/run/it'\\''s $(reboot)' ''");
  });

  it.each([
    ['no argument', []],
    ['NUL', ['test', '-e', '/a\0b']],
    ['half a surrogate pair', ['test', '-e', '/\ud800']],
  ])('refuses %s', (_, argv) => {
    expect(() => quoteArgv(argv)).toThrow(expect.objectContaining({ code: 'EXEC_NOT_ALLOWED' }) as unknown as AppError);
  });
});
