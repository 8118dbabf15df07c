import { describe, expect, it } from 'vitest';
import { AppError } from '../../kernel/errors.ts';
import { blobType, fingerprint, keyType, parseFingerprint } from './host-key.ts';
import { blobOf, ECDSA, ED25519, OTHER_ED25519, RSA } from './known-hosts.fixture.ts';

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof AppError) return error.code;
    throw error;
  }
  return 'nothing thrown';
}

describe.each([ED25519, OTHER_ED25519, ECDSA, RSA])('$type', (key) => {
  const blob = blobOf(key);

  it('has the type and fingerprint ssh-keygen printed', () => {
    expect([keyType(blob), fingerprint(blob)]).toEqual([key.type, key.fingerprint]);
  });

  it('is not a key once it is cut or has more behind it', () => {
    const cuts = Array.from({ length: blob.length }, (_, length) => blob.subarray(0, length));
    const longer = [
      Buffer.concat([blob, Buffer.from([0])]),
      Buffer.concat([blob, blob]),
      Buffer.concat([blob, Buffer.alloc(4)]),
    ];
    expect([...cuts, ...longer].map(blobType)).toEqual([...cuts, ...longer].map(() => null));
  });
});

describe('keyType', () => {
  it.each([
    ['nothing', ''],
    ['text', Buffer.from('Protocol mismatch.').toString('hex')],
    ['a type alone', '000000077373682d727361'],
    ['an empty type', '0000000000000000'],
    ['a type with an escape', '000000021b5b00000000'],
    ['a length beyond the end', 'ffffffff7373682d727361'],
  ])('refuses %s', (_, hex) => {
    const blob = Buffer.from(hex, 'hex');
    expect([codeOf(() => keyType(blob)), blobType(blob)]).toEqual(['HANDSHAKE_FAILED', null]);
  });
});

describe('parseFingerprint', () => {
  it('reads what ssh-keygen prints, with or without padding', () => {
    expect([ED25519.fingerprint, `${ED25519.fingerprint}=`].map(parseFingerprint)).toEqual([
      ED25519.fingerprint,
      ED25519.fingerprint,
    ]);
  });

  it.each([
    ['nothing', ''],
    ['no algorithm', ED25519.fingerprint.slice(7)],
    ['another algorithm', 'MD5:ce:1b:6e:35:3a:46:2c:0e:9c:9a:0e:7b:3d:3c:3a:12'],
    ['lower case', ED25519.fingerprint.toLowerCase().replace('sha256:', 'sha256:')],
    ['one character less', ED25519.fingerprint.slice(0, -1)],
    ['one character more', `${ED25519.fingerprint}A`],
    ['two paddings', `${ED25519.fingerprint}==`],
    ['URL base64', `SHA256:${'_'.repeat(43)}`],
    ['a bit beyond the 256th', `SHA256:${'A'.repeat(42)}B`],
    ['a line feed behind it', `${ED25519.fingerprint}\n`],
  ])('refuses %s', (_, text) => {
    expect(codeOf(() => parseFingerprint(text))).toBe('USAGE');
  });
});
