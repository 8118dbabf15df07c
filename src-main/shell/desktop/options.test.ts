import { describe, expect, it } from 'vitest';
import { AppError } from '../../kernel/errors.ts';
import { readDesktopOptions } from './options.ts';

describe('readDesktopOptions', () => {
  it.each([
    ['nothing', ['/opt/electron', '/src/binnacle'], { home: null, demo: false }],
    ['its own', ['/opt/electron', '.', '--demo', '--home', 'h'], { home: 'h', demo: true }],
    ['an equals sign', ['/opt/Binnacle', '--home=/a b'], { home: '/a b', demo: false }],
    ["a test driver's", ['e', '--inspect=0', '--remote-debugging-port=0', '.', '--demo'], { home: null, demo: true }],
  ])('reads %s', (_what, argv, options) => {
    expect(readDesktopOptions(argv)).toEqual(options);
  });

  it('wants a folder for --home', () => {
    expect(() => readDesktopOptions(['e', '.', '--home'])).toThrow(
      new AppError('USAGE', '--home needs the path of a folder.', { hint: 'Leave it out to use the usual place.' }),
    );
  });
});
