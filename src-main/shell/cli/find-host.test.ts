import { describe, expect, it } from 'vitest';
import type { HostSettings } from '../../settings/schema.ts';
import { hostNotFound, matchHost } from './find-host.ts';

const host = (id: string, target: string, name?: string): HostSettings => ({
  id,
  target,
  ...(name === undefined ? {} : { name }),
  mode: 'observe',
  identityFiles: [],
  pinned: [],
  protected: [],
  accepted: [],
  apps: {},
  changesPerMinute: 20,
  destroysPerMinute: 3,
});
const HOSTS = [
  host('00000000-0000-4000-8000-00000000000a', 'ssh://ana@atlas', 'Atlas'),
  host('00000000-0000-4000-8000-00000000000b', 'SSH://Atlas/?via=dial-stdio'),
  host('00000000-0000-4000-8000-00000000000c', 'local:/'),
  host('00000000-0000-4000-8000-00000000000d', 'no target'),
];

describe('matchHost', () => {
  it.each([
    ['00000000-0000-4000-8000-00000000000A', 'a'],
    ['atlas', 'a'],
    ['ssh://ana@ATLAS/', 'a'],
    ['ssh://ana@atlas/var/run/docker.sock', 'a'],
    ['ssh://atlas?via=dial-stdio', 'b'],
    ['local:', 'c'],
    ['LOCAL:/var/run/docker.sock', 'c'],
    ['no target', 'd'],
    // What is left out is ssh_config's: it may be another user, and another port.
    ['ssh://atlas', undefined],
    ['ssh://ana@atlas:22', undefined],
    ['borealis', undefined],
  ])('%s', (wanted, found) => {
    expect(matchHost(HOSTS, wanted)?.id.at(-1)).toBe(found);
  });

  it.each(['ssh://a b', 'local:x', 'tcp://atlas'])('%s is no target', (wanted) => {
    expect(() => matchHost(HOSTS, wanted)).toThrow(expect.objectContaining({ code: 'TARGET_INVALID' }));
  });
});

describe('hostNotFound', () => {
  it.each([
    ['atlsa', 'Did you mean Atlas?'],
    ['local:/x', 'Add it.'],
    ['ssh://atlsa', 'Add it.'],
  ])('%s', (wanted, hint) => {
    expect(hostNotFound(HOSTS, wanted, 'Add it.')).toMatchObject({ code: 'HOST_NOT_FOUND', hint });
  });
});
