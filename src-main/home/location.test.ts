import { describe, expect, it } from 'vitest';
import { resolveHome } from './location.ts';

const usual = { flag: null, env: {}, platform: 'linux', cwd: '/srv', homedir: () => '/home/ana' } as const;

describe('resolveHome', () => {
  it.each([
    ['the flag first', { flag: '/a', env: { BINNACLE_HOME: '/b' } }, '/a'],
    ['a relative flag from here', { flag: 'a/../c' }, '/srv/c'],
    ['then the variable', { env: { BINNACLE_HOME: 'b', XDG_CONFIG_HOME: '/x' } }, '/srv/b'],
    ['an empty variable is none', { env: { BINNACLE_HOME: '' } }, '/home/ana/.config/binnacle'],
    ['then XDG', { env: { XDG_CONFIG_HOME: '/x' } }, '/x/binnacle'],
    ['a relative XDG folder is ignored', { env: { XDG_CONFIG_HOME: 'x' } }, '/home/ana/.config/binnacle'],
    ['other Unixes', { platform: 'freebsd' }, '/home/ana/.config/binnacle'],
    ['macOS', { platform: 'darwin', env: { XDG_CONFIG_HOME: '/x' } }, '/home/ana/Library/Application Support/Binnacle'],
    [
      'Windows',
      { platform: 'win32', env: { APPDATA: 'C:\\Users\\ana\\AppData\\Roaming' } },
      'C:\\Users\\ana\\AppData\\Roaming\\Binnacle',
    ],
    [
      'Windows without APPDATA',
      { platform: 'win32', homedir: () => 'C:\\Users\\ana' },
      'C:\\Users\\ana\\AppData\\Roaming\\Binnacle',
    ],
  ] as const)('%s', (_, question, expected) => {
    expect(resolveHome({ ...usual, ...question })).toBe(expected);
  });

  it.each([
    ['an empty flag', { flag: '' }, 'USAGE'],
    ['a NUL in the flag', { flag: 'a\0b' }, 'USAGE'],
    ['no home folder', { homedir: () => '' }, 'HOME_UNUSABLE'],
    [
      'a user without an entry',
      {
        homedir: () => {
          throw new Error('ENOENT');
        },
      },
      'HOME_UNUSABLE',
    ],
  ])('refuses %s', (_, question, code) => {
    expect(() => resolveHome({ ...usual, ...question })).toThrow(
      expect.objectContaining({ code, hint: expect.any(String) }),
    );
  });
});
