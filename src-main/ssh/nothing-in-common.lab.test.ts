import { expect, it } from 'vitest';
import type { KeyType } from '../../lab/ssh-keys.ts';
import { startSshd } from '../../lab/sshd.ts';
import { describeSshd } from '../../lab/vitest.ts';
import { connectWith } from './connection.fixture.ts';
import { hopOf, routeTo } from './hop.fixture.ts';

const UNSAFE = 'All of that is no longer safe. Update its SSH server.';
const curves = 'curve25519-sha256, curve25519-sha256@libssh.org, ecdh-sha2-nistp256';

describeSshd('an sshd that has nothing in common with Binnacle', () => {
  it.each([
    [
      'is newer than it',
      ['KexAlgorithms sntrup761x25519-sha512@openssh.com'],
      'key exchange in common: it offers sntrup761x25519-sha512@openssh.com.',
      `Let it offer one of ${curves} as well: KexAlgorithms in sshd_config on the host.`,
    ],
    [
      'is merely other',
      ['KexAlgorithms diffie-hellman-group-exchange-sha256,diffie-hellman-group1-sha1'],
      'key exchange in common: it offers diffie-hellman-group-exchange-sha256, diffie-hellman-group1-sha1.',
      `Let it offer one of ${curves} as well: KexAlgorithms in sshd_config on the host.`,
    ],
    [
      'has other MACs',
      ['MACs umac-128-etm@openssh.com', 'Ciphers aes256-ctr'],
      'MAC in common: it offers umac-128-etm@openssh.com.',
      'Let it offer one of hmac-sha2-256-etm@openssh.com, hmac-sha2-512-etm@openssh.com, hmac-sha2-256 as well: MACs in sshd_config on the host.',
    ],
    [
      'knows old key exchanges alone',
      ['KexAlgorithms diffie-hellman-group1-sha1,diffie-hellman-group14-sha1'],
      'key exchange in common: it offers diffie-hellman-group1-sha1, diffie-hellman-group14-sha1.',
      UNSAFE,
    ],
    ['knows an old cipher alone', ['Ciphers aes256-cbc'], 'cipher in common: it offers aes256-cbc.', UNSAFE],
    [
      'signs with SHA-1 alone',
      ['HostKeyAlgorithms ssh-rsa'],
      'host key type in common: it offers ssh-rsa.',
      UNSAFE,
      'rsa',
    ],
  ] as const)(
    'is told what it offers where it %s',
    async (_, extraConfig, message, hint, type: KeyType = 'ed25519') => {
      await using sshd = await startSshd({ extraConfig, hostKeyTypes: [type] });
      const hop = hopOf({ user: sshd.user, port: sshd.port, identityFiles: [sshd.clientKeyFile] });
      await expect(connectWith({ route: routeTo(hop) })).rejects.toMatchObject({
        code: 'HANDSHAKE_FAILED',
        message: `127.0.0.1:${sshd.port} and Binnacle have no ${message}`,
        hint,
      });
    },
  );
});
