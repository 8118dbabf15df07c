import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { SshAlias } from '#contract/hosts.ts';
import { aliasComesTo, nextChoice, suggestions } from './suggestions.ts';

const alias = (name: string, over: Partial<SshAlias> = {}): SshAlias => ({
  name,
  target: `ssh://${name}`,
  machine: `ops@${name}.example.org:22`,
  jumps: [],
  problem: null,
  ...over,
});
const LEGACY = alias('legacy', {
  machine: null,
  problem: { where: 'config:3', code: 'SSH_CONFIG_UNSUPPORTED', message: 'ProxyCommand.', hint: 'Use ProxyJump.' },
});
const ALL = [alias('db-atlas'), alias('atlas'), alias('borealis', { machine: 'ops@192.0.2.7:2222' }), LEGACY];

function texts(typed: string, aliases: readonly SshAlias[] = ALL): readonly string[] {
  return suggestions(aliases, typed).map(({ text }) => text);
}

describe('what can be chosen', () => {
  test.each([
    ['', ['db-atlas', 'atlas', 'borealis', 'legacy', 'local:']],
    ['at', ['atlas', 'db-atlas']],
    ['AT', ['atlas', 'db-atlas']],
    ['192.0', ['borealis']],
    ['root@at', ['root@atlas', 'root@db-atlas']],
    ['this', ['local:']],
    ['loc', ['local:']],
    ['root@loc', []],
    ['nowhere', []],
    ['borealis', []],
    ['local:', []],
    ['atlas', ['atlas', 'db-atlas']],
    ['legacy', ['legacy']],
  ])('for %j: %j', (typed, found) => {
    expect(texts(typed)).toEqual(found);
  });

  test('one that cannot be followed says why', () => {
    expect(suggestions(ALL, 'leg')).toEqual([
      { key: 'ssh legacy', text: 'legacy', name: 'legacy', comesTo: '', why: 'ProxyCommand.' },
    ]);
  });

  test('no text makes it fail, and all that it finds has what was typed in it', () => {
    fc.assert(
      fc.property(fc.string(), (typed) => {
        const wanted = typed
          .trim()
          .slice(typed.trim().lastIndexOf('@') + 1)
          .toLowerCase();
        for (const { text, comesTo, key } of suggestions(ALL, typed)) {
          if (key !== 'local:') expect(`${text} ${comesTo}`.toLowerCase()).toContain(wanted);
        }
      }),
    );
  });
});

test('the way is told from its first machine', () => {
  expect([
    aliasComesTo(alias('atlas')),
    aliasComesTo(alias('atlas', { jumps: ['bastion', 'gate'] })),
    aliasComesTo(LEGACY),
  ]).toEqual(['ops@atlas.example.org:22', 'ops@atlas.example.org:22 via bastion, gate', '']);
});

describe('the arrow keys', () => {
  const list = suggestions([LEGACY, alias('atlas'), LEGACY, alias('borealis')], '');

  test.each([
    [-1, 1, 1],
    [1, 1, 3],
    [3, 1, 4],
    [4, 1, 1],
    [-1, -1, 4],
    [3, -1, 1],
    [1, -1, 4],
  ] as const)('from %i by %i: %i', (at, step, to) => {
    expect(nextChoice(list, at, step)).toBe(to);
  });

  test('nowhere, where nothing can be chosen', () => {
    expect([nextChoice([], -1, 1), nextChoice(suggestions([LEGACY], 'leg'), -1, -1)]).toEqual([-1, -1]);
  });
});
