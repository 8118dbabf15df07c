import { describe, expect, it } from 'vitest';
import { canBeCut, canDo, connectAlgorithms, usableAlgorithms, weakOf } from './algorithms.ts';

describe('usableAlgorithms', () => {
  it('offers on Node all that is safe, best first, and nothing of SHA-1, MD5, DSA, CBC or RC4', () => {
    expect(usableAlgorithms()).toEqual({
      kex: [
        'curve25519-sha256',
        'curve25519-sha256@libssh.org',
        'ecdh-sha2-nistp256',
        'ecdh-sha2-nistp384',
        'ecdh-sha2-nistp521',
        'diffie-hellman-group16-sha512',
        'diffie-hellman-group18-sha512',
        'diffie-hellman-group14-sha256',
      ],
      cipher: [
        'aes128-gcm@openssh.com',
        'aes256-gcm@openssh.com',
        'chacha20-poly1305@openssh.com',
        'aes128-ctr',
        'aes192-ctr',
        'aes256-ctr',
      ],
      hmac: ['hmac-sha2-256-etm@openssh.com', 'hmac-sha2-512-etm@openssh.com', 'hmac-sha2-256', 'hmac-sha2-512'],
      serverHostKey: [
        'ssh-ed25519',
        'ecdsa-sha2-nistp256',
        'ecdsa-sha2-nistp384',
        'ecdsa-sha2-nistp521',
        'rsa-sha2-512',
        'rsa-sha2-256',
      ],
    });
  });

  it('leaves out what the crypto of this process cannot do, as BoringSSL has no raw ChaCha20 and no large groups', () => {
    const lacking = ['cipher:chacha20:32:16', 'dh:modp16', 'dh:modp18'];
    const { cipher, kex } = usableAlgorithms((primitive) => !lacking.includes(primitive));
    expect({ cipher, kex }).toEqual({
      cipher: ['aes128-gcm@openssh.com', 'aes256-gcm@openssh.com', 'aes128-ctr', 'aes192-ctr', 'aes256-ctr'],
      kex: [
        'curve25519-sha256',
        'curve25519-sha256@libssh.org',
        'ecdh-sha2-nistp256',
        'ecdh-sha2-nistp384',
        'ecdh-sha2-nistp521',
        'diffie-hellman-group14-sha256',
      ],
    });
  });

  it('says so where a list is empty', () => {
    expect(() => usableAlgorithms((primitive) => !primitive.startsWith('hmac:'))).toThrow(
      "This program's cryptography has no usable SSH MAC.",
    );
  });
});

describe('canDo', () => {
  it('tries the primitive, and takes one it does not know for one that is missing', () => {
    expect(['x25519', 'ed25519', 'ecdh:prime256v1', 'dh:modp14', 'hmac:sha256'].map(canDo)).toEqual(
      Array.from({ length: 5 }, () => true),
    );
    expect(['cipher:none:16:16', 'cipher:aes-128-gcm:5:12', 'dh:modp99', 'hmac:none', 'magic'].map(canDo)).toEqual(
      Array.from({ length: 5 }, () => false),
    );
  });
});

describe('connectAlgorithms', () => {
  const usable = usableAlgorithms();

  it('asks for the known host key types first, in our order, and never for a SHA-1 signature of an RSA key', () => {
    expect(connectAlgorithms(usable, ['ssh-rsa', 'ecdsa-sha2-nistp384', 'ssh-dss']).serverHostKey).toEqual([
      'ecdsa-sha2-nistp384',
      'rsa-sha2-512',
      'rsa-sha2-256',
      'ssh-ed25519',
      'ecdsa-sha2-nistp256',
      'ecdsa-sha2-nistp521',
    ]);
  });

  it('does not compress', () => {
    expect(connectAlgorithms(usable, []).compress).toEqual(['none']);
  });
});

describe('weakOf', () => {
  const best = {
    kex: 'curve25519-sha256',
    hostKey: 'ssh-ed25519',
    cipher: 'aes128-gcm@openssh.com',
    mac: null,
  };
  const names = (agreed: Parameters<typeof weakOf>[0], bits: number | null, cut = false) =>
    weakOf(agreed, bits, cut).map(({ name }) => name);

  it('finds nothing in what is preferred, nor in what OpenSSH has on by default and nobody broke', () => {
    const usual = {
      kex: 'ecdh-sha2-nistp256',
      hostKey: 'ecdsa-sha2-nistp256',
      cipher: 'aes128-ctr',
      mac: 'hmac-sha2-256-etm@openssh.com',
    };
    expect([names(best, null), names(usual, null), names({ ...best, hostKey: 'rsa-sha2-512' }, 3_072)]).toEqual([
      [],
      [],
      [],
    ]);
  });

  it('names a short group, a MAC beside the encryption, and a short RSA key, each with the reason', () => {
    const old = {
      kex: 'diffie-hellman-group14-sha256',
      hostKey: 'rsa-sha2-256',
      cipher: 'aes256-ctr',
      mac: 'hmac-sha2-512',
    };
    expect(weakOf(old, 2_048, false)).toEqual([
      { name: 'diffie-hellman-group14-sha256', why: expect.stringContaining('112 bits') },
      { name: 'hmac-sha2-512', why: expect.stringContaining('encrypt-and-MAC') },
      { name: 'RSA 2048', why: expect.stringContaining('112 bits') },
    ]);
    expect(weakOf(best, 1_024, false)).toEqual([{ name: 'RSA 1024', why: expect.stringContaining('disallowed') }]);
  });

  it('names the one cipher whose first packets can be cut out where a server does no strict key exchange', () => {
    const { cipher } = usableAlgorithms();
    expect(cipher.filter(canBeCut)).toEqual(['chacha20-poly1305@openssh.com']);
    expect(weakOf({ ...best, cipher: 'chacha20-poly1305@openssh.com' }, null, true)).toEqual([
      { name: 'chacha20-poly1305@openssh.com', why: expect.stringContaining('CVE-2023-48795') },
    ]);
  });

  it('judges everything that is offered', () => {
    const { kex, hmac } = usableAlgorithms();
    const weak = [
      ...kex.flatMap((name) => names({ ...best, kex: name }, null)),
      ...hmac.flatMap((mac) => names({ ...best, mac }, null)),
    ];
    expect(weak).toEqual(['diffie-hellman-group14-sha256', 'hmac-sha2-256', 'hmac-sha2-512']);
  });
});
