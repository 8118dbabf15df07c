import ssh2, { type ParsedKey } from 'ssh2';
import { expect, it } from 'vitest';
import { generateKeyPair } from './key-pair.fixture.ts';
import { withoutSha1 } from './lent-key.ts';

it('signs with SHA-2 and never with SHA-1, and not once it was taken back', () => {
  const rsa = ssh2.utils.parseKey(generateKeyPair('rsa', { bits: 2048 }).private) as ParsedKey;
  const told: (string | null)[] = [];
  const { key: offered, takeBack } = withoutSha1(rsa, (problem) => told.push(problem));
  const data = Buffer.from('data');
  expect(rsa.verify(data, offered.sign(data, 'sha512'), 'sha512')).toBe(true);
  const problem = 'the server accepts only SHA-1 signatures of RSA keys';
  expect([offered.sign(data, 'sha1'), told]).toEqual([new Error(problem), [null, problem]]);
  expect(ssh2.utils.parseKey(offered)).toBe(offered);
  takeBack();
  expect([offered.sign(data, 'sha512'), offered.type]).toEqual([new Error('It is taken back.'), undefined]);
});
