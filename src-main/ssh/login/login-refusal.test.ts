import { expect, it } from 'vitest';
import { AppError } from '../../kernel/errors.ts';
import { hopOf } from '../hop.fixture.ts';
import type { CredentialNotes } from './authentication.ts';
import { ONLY_SHA1 } from './lent-key.ts';
import { emptyRecord } from './login-record.ts';
import { refusal } from './login-refusal.ts';

const none: CredentialNotes = { agent: { kind: 'none' }, unusable: [], broken: [], certificates: [] };
const unusable = [
  { type: 'sk-ssh-ed25519@openssh.com', comment: 'yubikey' },
  { type: 'ssh-ed25519-cert-v01@openssh.com', comment: '' },
];
const asked = (held: number, heldBack = 0) => ({ kind: 'asked', held, heldBack }) as const;

/** Why nobody was let in by a host that takes `methods`, where there was nothing to offer. */
function withoutKeys(notes: Partial<CredentialNotes>, methods = ['publickey'], hop = hopOf()) {
  const rejections = [{ record: { ...emptyRecord(), methodsLeft: methods }, cut: null }];
  const error = refusal({ hop, rejections, offers: [], unopened: [], unlocked: false, notes: { ...none, ...notes } });
  return [error.code, error.message, error.hint];
}

it.each([
  [
    'there is no agent and no file',
    {},
    'There is no key to log in with: there is no ssh-agent, and no key file.',
    'Name a key with --identity FILE, or load one with "ssh-add".',
  ],
  [
    'the agent is empty',
    { agent: asked(0) },
    'There is no key to log in with: ssh-agent holds none, or is locked, and there is no key file.',
    'Load a key with "ssh-add", or name one with --identity FILE. If the agent is locked, "ssh-add -X" unlocks it.',
  ],
  [
    'the agent holds only what cannot be used',
    { agent: asked(0), unusable },
    'There is no key to log in with: ssh-agent holds only what Binnacle cannot use yet' +
      ' (sk-ssh-ed25519@openssh.com yubikey, ssh-ed25519-cert-v01@openssh.com).',
    'Name another key with --identity FILE, or load one with "ssh-add" that is neither on a security key nor a certificate.',
  ],
  [
    'ssh_config names none of those it holds',
    { agent: asked(3, 3) },
    'There is no key to log in with: ssh-agent holds 3, none of which ssh_config names for this host (IdentitiesOnly).',
    'Name the key with --identity FILE: its public half will do where ssh-agent holds the key.',
  ],
  [
    'a file is of no use',
    { broken: [new AppError('KEY_INVALID', 'It is no key.', { hint: 'Make it one.' })] },
    'There is no key to log in with: there is no ssh-agent, and no key file that can be used. It is no key.',
    'Make it one.',
  ],
])('says why there is no key where %s', (_, notes: Partial<CredentialNotes>, message, hint) => {
  expect(withoutKeys(notes)).toEqual(['AUTH_NO_CREDENTIALS', message, hint]);
});

it('names the agent that cannot be reached', () => {
  const problem = new AppError('AGENT_UNREACHABLE', 'It is gone.', { hint: 'Start it.' });
  expect(withoutKeys({ agent: { kind: 'unreachable', problem } })).toEqual([
    'AGENT_UNREACHABLE',
    'It is gone.',
    'Start it.',
  ]);
});

it('says what the host takes where that is no key, and what ssh_config forbids', () => {
  expect(withoutKeys({}, ['password', 'keyboard-\u202einteractive'])[1]).toBe(
    '127.0.0.1:22 lets me in only by password or keyboard-\\u{202e}interactive.',
  );
  const methods = { publicKey: false, keyboardInteractive: true, password: true };
  expect(withoutKeys({}, ['publickey'], hopOf({ methods }))[1]).toBe(
    'ssh_config lets no key be offered to 127.0.0.1:22.',
  );
});

it('counts and names what could not be offered beside the keys that were refused', () => {
  const record = { ...emptyRecord(), tried: ['/k'], methodsLeft: ['publickey'] };
  const broken = [new AppError('KEY_PERMISSIONS', 'It can be read by others.')];
  const notes = { ...none, agent: asked(2, 1), unusable, broken };
  const rest = { offers: [], unopened: [], unlocked: false, notes };
  expect(refusal({ hop: hopOf(), rejections: [{ record, cut: null }], ...rest }).message).toBe(
    '127.0.0.1:22 did not let me in with the key offered.' +
      ' ssh-agent holds 2 that Binnacle cannot use yet (sk-ssh-ed25519@openssh.com yubikey, ssh-ed25519-cert-v01@openssh.com).' +
      ' 1 in ssh-agent were not offered, because ssh_config does not name them for this host (IdentitiesOnly).' +
      ' It can be read by others.',
  );
});

it.each([
  [null, "The key is known for me: sshd's log on the host says why that was not enough."],
  ['ssh-agent refused to sign', 'The host knows this key: unlock ssh-agent'],
  [ONLY_SHA1, 'The host knows this key, and its SSH server is too old'],
])('does not send anybody to authorized_keys where the host knows the key (%s)', (problem, hint) => {
  const record = { ...emptyRecord(), tried: ['/k'], signed: new Map([['/k', problem]]), methodsLeft: ['publickey'] };
  const rest = { offers: [], unopened: [], unlocked: false, notes: none };
  expect(refusal({ hop: hopOf(), rejections: [{ record, cut: null }], ...rest }).hint).toContain(hint);
});

it('names a few of many key files that are of no use', () => {
  const broken = ['1', '2', '3', '4', '5'].map((name) => new AppError('KEY_UNREADABLE', `No ${name}.`));
  expect(withoutKeys({ broken })[1]).toMatch(
    /that can be used\. No 1\. No 2\. No 3\. 2 more key files are of no use\.$/,
  );
});

it('tells of the agent that cannot be reached beside a key file that is of no use', () => {
  const problem = new AppError('AGENT_UNREACHABLE', 'It is gone.');
  const broken = [new AppError('KEY_INVALID', 'It is no key.')];
  expect(withoutKeys({ agent: { kind: 'unreachable', problem }, broken })[1]).toBe(
    'There is no key to log in with: there is no key file that can be used. It is gone. It is no key.',
  );
});
