import { describe, expect, test } from 'vitest';
import type { HopReport } from '#contract/hosts.ts';
import {
  algorithmsOf,
  channelsReading,
  loginWords,
  otherWeaknesses,
  sharedWords,
  trafficWords,
} from './host-report-words.ts';

const algorithms: HopReport['algorithms'] = {
  kex: 'diffie-hellman-group14-sha1',
  hostKey: 'rsa-sha2-256',
  cipher: 'aes256-gcm@openssh.com',
  mac: null,
};

describe('channels', () => {
  test('where sshd does not count them there is no upper end', () => {
    expect(channelsReading({ open: 3, opened: 14_022, refused: 0, most: null })).toEqual({
      now: '3 open',
      before: '14,022 opened so far',
      fraction: null,
      full: false,
    });
  });

  test.each([
    [{ open: 6, opened: 90, refused: 0, most: 8 }, '6 open of at most 8', 0.75, false],
    [{ open: 8, opened: 90, refused: 2, most: 8 }, '8 open of at most 8', 1, true],
  ])('%j', (channels, now, fraction, full) => {
    expect(channelsReading(channels)).toMatchObject({ now, fraction, full });
  });

  test('what was refused is said, where something was', () => {
    expect(channelsReading({ open: 0, opened: 90, refused: 1_200, most: 8 }).before).toBe(
      '90 opened so far, 1,200 refused',
    );
  });
});

describe('algorithms', () => {
  const weak = [
    { name: 'diffie-hellman-group14-sha1', why: 'It rests on SHA-1.' },
    { name: 'ssh-rsa 1024', why: 'The host key is short.' },
  ];

  test('each with what is wrong with it', () => {
    expect(algorithmsOf({ algorithms, weak })).toEqual([
      { kind: 'Key exchange', name: 'diffie-hellman-group14-sha1', why: 'It rests on SHA-1.' },
      { kind: 'Signature', name: 'rsa-sha2-256', why: null },
      { kind: 'Cipher', name: 'aes256-gcm@openssh.com', why: null },
      { kind: 'Integrity', name: null, why: null },
    ]);
  });

  test('what is weak and is no algorithm is not lost', () => {
    expect(otherWeaknesses({ algorithms, weak })).toEqual([{ name: 'ssh-rsa 1024', why: 'The host key is short.' }]);
  });
});

test('a machine on the way says who else goes over it', () => {
  expect([sharedWords({ sharedBy: 1 }), sharedWords({ sharedBy: 3 })]).toEqual([null, 'shared by 3 hosts']);
});

test('what let us in, and what went over the wire', () => {
  expect([
    loginWords({ method: 'agent', label: '', fingerprint: null }),
    trafficWords({ received: 2 * 1024 ** 2, sent: 900 }),
  ]).toEqual(['a key in ssh-agent', '2 MB received, 900 B sent']);
});
