import { describe, expect, it } from 'vitest';
import { helpText } from './help.ts';

describe.each(['binnacle', 'status', 'hosts'] as const)('help on %s', (topic) => {
  it('fits a narrow terminal and ends its last line', () => {
    const lines = helpText(topic).split('\n');
    expect({
      wide: lines.filter((line) => line.length > 80),
      ragged: lines.filter((line) => line !== line.trimEnd()),
      end: lines.at(-1),
    }).toEqual({ wide: [], ragged: [], end: '' });
  });
});

it('names every option of status', () => {
  const options = [...helpText('status').matchAll(/^ {2}(?:-\w, | {4})(--[a-z-]+)/gm)].map(([, name]) => name);
  expect(options.sort()).toEqual([
    '--accept-host-key',
    '--home',
    '--identity',
    '--json',
    '--known-hosts',
    '--passphrase-fd',
    '--timeout',
    '--watch',
  ]);
});
