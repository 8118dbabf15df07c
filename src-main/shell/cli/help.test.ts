import { describe, expect, it } from 'vitest';
import { helpText } from './help.ts';

describe.each(['binnacle', 'status', 'hosts', 'audit', 'serve'] as const)('help on %s', (topic) => {
  it('fits a narrow terminal and ends its last line', () => {
    const lines = helpText(topic).split('\n');
    expect({
      wide: lines.filter((line) => line.length > 80),
      ragged: lines.filter((line) => line !== line.trimEnd()),
      end: lines.at(-1),
    }).toEqual({ wide: [], ragged: [], end: '' });
  });
});

it.each([
  ['audit', ['--action', '--app', '--home', '--host', '--json', '--limit', '--outcome', '--since', '--until']],
  ['serve', ['--demo', '--home', '--no-open', '--port']],
  [
    'status',
    [
      '--accept-host-key',
      '--home',
      '--identity',
      '--json',
      '--known-hosts',
      '--passphrase-fd',
      '--ssh-config',
      '--timeout',
      '--watch',
    ],
  ],
  [
    'hosts',
    [
      '--accept-host-key',
      '--home',
      '--identity',
      '--json',
      '--known-hosts',
      '--name',
      '--passphrase-fd',
      '--ssh-config',
      '--timeout',
    ],
  ],
] as const)('names every option of %s', (topic, expected) => {
  const options = [...helpText(topic).matchAll(/^ {2}(?:-\w, | {4})(--[a-z-]+)/gm)].map(([, name]) => name);
  expect(options.sort()).toEqual(expected);
});
