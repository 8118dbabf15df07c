import { expect, test } from 'vitest';
import { compareFingerprint, hostKeyFile } from './fingerprint.ts';

const KEY = 'uNiVztksCsDhcc0u9e8BgrJXVGLhT3pPq0BVhHlkq2A';
const shown = `SHA256:${KEY}`;

test.each([
  ['', 'nothing-to-compare'],
  ['  \n', 'nothing-to-compare'],
  [shown, 'same'],
  [KEY, 'same'],
  [`${KEY}=`, 'same'],
  [`  ${shown}\n`, 'same'],
  [`256 ${shown} root@atlas (ED25519)`, 'same'],
  [`SHA256:${KEY.slice(0, 20)}\n  ${KEY.slice(20)}`, 'same'],
  [`SHA256:${KEY.slice(0, -1)}B`, 'other'],
  [`SHA256:${KEY.toLowerCase()}`, 'other'],
  [`SHA256:${KEY.slice(0, -1)}`, 'no-fingerprint'],
  [`SHA256:${KEY}A`, 'no-fingerprint'],
  ['yes', 'no-fingerprint'],
  ['MD5:16:27:ac:a5:76:28:2d:36:63:1b:56:4d:eb:df:a6:48', 'old-form'],
])('%j is %s', (pasted, match) => {
  expect(compareFingerprint(shown, pasted)).toBe(match);
});

test.each([
  ['ssh-ed25519', 'ed25519'],
  ['ecdsa-sha2-nistp256', 'ecdsa'],
  ['ssh-rsa', 'rsa'],
  ['rsa-sha2-512', 'rsa'],
])('%s is kept in the file of %s', (type, name) => {
  expect(hostKeyFile(type)).toBe(`/etc/ssh/ssh_host_${name}_key.pub`);
});
