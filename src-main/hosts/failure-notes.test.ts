import { expect, it } from 'vitest';
import type { ErrorCode } from '#contract/errors.ts';
import type { LinkEvent } from '../engine/link.ts';
import { AppError } from '../kernel/errors.ts';
import { sshTarget, withConfig } from '../ssh/config/ssh-config.fixture.ts';
import { createSshConfig } from '../ssh/config/ssh-config.ts';
import type { ConnectEvent, ConnectStep } from '../ssh/connection-types.ts';
import { hopOf } from '../ssh/hop.fixture.ts';
import { FailureNotes } from './failure-notes.ts';

const CONFIG = `
Host web
  ProxyJump gate
  BindAddress 192.0.2.1
  StrictHostKeyChecking no
  CertificateFile ~/.ssh/web-cert.pub
  PKCS11Provider /lib/p11.so
Host gate
  CertificateFile ~/.ssh/gate-cert.pub
Match host web exec "true"
  HostName other
Match host gate exec "true"
  User root
Match host web exec "false"
  ForwardAgent yes
  ServerAliveInterval 9
`;

type Events = readonly (ConnectEvent | LinkEvent)[];
const begun = (host: string, step: ConnectStep): ConnectEvent => ({
  ...{ kind: 'begun', step, hop: hopOf({ host }), isJump: host === 'gate' },
});

/** The lines of {@link CONFIG} that are named with a failure. */
async function named(events: Events, code: ErrorCode, details: Record<string, unknown> = {}) {
  const { notes } = await withConfig({ '.ssh/config': CONFIG }, ({ options }) =>
    createSshConfig(options).route(sshTarget('ssh://web'), { identityFiles: null }),
  );
  const failed = new FailureNotes(notes);
  for (const event of events) failed.onEvent(event);
  const error = new AppError(code, 'So it is.', { details, hint: 'Do this.', cause: 'a cause' });
  const told = failed.toldWith(error);
  expect(told).toMatchObject({ code, details, hint: 'Do this.', cause: 'a cause' });
  expect(told.message.startsWith('So it is.')).toBe(true);
  return [...told.message.matchAll(/(\w+) \(\S*config:(\d+)\)/g)].map(([, keyword, line]) => `${keyword} ${line}`);
}

const WAY = 'Match 10';

it.each<[string, string[], Events, ErrorCode, Record<string, unknown>?]>([
  ['no answer', [WAY, 'BindAddress 4'], [begun('web', 'reach')], 'CONNECT_TIMEOUT'],
  ['a host key', [WAY, 'StrictHostKeyChecking 5'], [begun('web', 'host-key')], 'HOST_KEY_UNKNOWN'],
  ['a login', [WAY, 'CertificateFile 6', 'PKCS11Provider 7'], [begun('web', 'authenticate')], 'AUTH_FAILED'],
  [
    'a login whose keys cannot be read',
    [WAY, 'CertificateFile 6', 'PKCS11Provider 7'],
    [{ kind: 'preparing', step: 'authenticate', hop: hopOf({ host: 'web' }), isJump: false }],
    'KEY_UNREADABLE',
  ],
  ['the machine on the way', [WAY], [begun('gate', 'reach')], 'CONNECT_REFUSED'],
  [
    'a login to that one',
    [WAY, 'CertificateFile 9', 'Match 12'],
    [begun('gate', 'authenticate')],
    'AUTH_FAILED',
    { jump: 'me@gate:22' },
  ],
  [
    'a login to that one that was refused before',
    [WAY, 'CertificateFile 9', 'Match 12'],
    [],
    'AUTH_FAILED',
    { jump: 'me@gate:22' },
  ],
  ['that one, which does not forward', [WAY], [begun('web', 'reach')], 'JUMP_REFUSED', { jump: 'me@gate:22' }],
  ['the socket', [WAY], [begun('web', 'authenticate'), { kind: 'begun', step: 'socket' }], 'SOCKET_DENIED'],
  ['being left', [], [begun('web', 'reach')], 'CANCELLED'],
  ['nothing that was begun', [], [], 'INTERNAL'],
])('tells with %s only what may have to do with it', async (_, expected, events, code, details) => {
  expect((await named(events, code, details)).sort()).toEqual(expected.sort());
});

it('names a few, and counts the others', () => {
  const hop = hopOf({ host: 'web' });
  const notes = new FailureNotes(
    ['One.', 'Two.', 'Two.', 'Three.', 'Four.', 'Five.'].map((text) => ({
      ...{ text, bearsOn: ['way'], machine: 'me@web:22', isJump: false },
    })),
  );
  notes.onEvent({ kind: 'begun', step: 'reach', hop, isJump: false });
  expect(notes.toldWith(new AppError('UNREACHABLE', 'No.')).message).toBe(
    'No. One. Two. Three. 2 more are not followed either.',
  );
});
