import { PassThrough } from 'node:stream';
import ssh2 from 'ssh2';
import { expect, it } from 'vitest';
import { ChannelStream } from './channel-stream.ts';
import { hopOf } from './hop.fixture.ts';
import { hopReport, type LoginFacts, rsaBits } from './hop-report.ts';
import { fingerprint } from './host-keys/host-key.ts';
import { generateKeyPair } from './login/key-pair.fixture.ts';

const blob = (line: string) => Buffer.from(line.split(' ')[1] ?? '', 'base64');
const ed25519 = blob(generateKeyPair('ed25519').public);
const rsa = (bits: number) => blob(ssh2.utils.generateKeyPairSync('rsa', { bits }).public);

const facts: LoginFacts = {
  hostKey: ed25519,
  software: 'OpenSSH_9.2p1 \u001b[31mDebian',
  login: { method: 'agent', label: 'ana\u202e@home', fingerprint: 'SHA256:key' },
  algorithms: { kex: 'curve25519-sha256', hostKey: 'ssh-ed25519', cipher: 'aes128-gcm@openssh.com', mac: null },
  cutUnseen: false,
  keyOptions: null,
};

it('tells what is known of a machine, safe to show', () => {
  const stream = new ChannelStream(new PassThrough());
  const common = { hop: hopOf({ user: 'ana', host: 'bastion' }), facts, stream, since: 0, sharedBy: 2 };
  expect(hopReport({ ...common, address: '192.0.2.7' })).toEqual({
    machine: 'ana@bastion:22',
    address: '192.0.2.7',
    software: 'OpenSSH_9.2p1 ␛[31mDebian',
    since: '1970-01-01T00:00:00.000Z',
    hostKey: { type: 'ssh-ed25519', fingerprint: fingerprint(ed25519) },
    login: { method: 'agent', label: 'ana\\u{202e}@home', fingerprint: 'SHA256:key' },
    algorithms: facts.algorithms,
    weak: [],
    sharedBy: 2,
    bytes: { received: 0, sent: 0 },
  });
});

it('knows the length of an RSA host key, and of no other', () => {
  const short = rsa(2_048);
  expect([rsaBits(short), rsaBits(ed25519), rsaBits(short.subarray(0, 40))]).toEqual([2_048, null, null]);
  const string = (bytes: Buffer) => Buffer.concat([Buffer.from([0, 0, 0, bytes.length]), bytes]);
  const made = (modulus: number[]) =>
    Buffer.concat([Buffer.from('ssh-rsa'), Buffer.from([1, 0, 1]), Buffer.from(modulus)].map(string));
  expect([made([0, 0xff, 1]), made([0x01, 0xff]), made([0x7f]), made([0])].map(rsaBits)).toEqual([16, 9, 7, 0]);
  const stream = new PassThrough();
  const report = hopReport({
    hop: hopOf(),
    facts: { ...facts, hostKey: short },
    address: null,
    since: 0,
    sharedBy: 1,
    stream,
  });
  expect(report.weak.map(({ name }) => name)).toEqual(['RSA 2048']);
});

it('never says that nobody uses it, though it may linger', () => {
  const common = { hop: hopOf(), facts, address: null, since: 0, stream: new PassThrough() };
  expect(hopReport({ ...common, sharedBy: 0 }).sharedBy).toBe(1);
});
