import type { SafeStorage } from 'electron';
import { describe, expect, it } from 'vitest';
import { keychainSecrets } from './secrets.ts';

type Backend = ReturnType<SafeStorage['getSelectedStorageBackend']>;

/** A keychain that turns texts round. */
const keychain = (backend: Backend, works = true): Parameters<typeof keychainSecrets>[0] => ({
  getSelectedStorageBackend: () => backend,
  isAsyncEncryptionAvailable: async () => works,
  encryptStringAsync: async (text) => Buffer.from([...text].reverse().join('')),
  decryptStringAsync: async (secret) => ({
    result: [...secret.toString()].reverse().join(''),
    shouldReEncrypt: false,
  }),
});

describe('keychainSecrets', () => {
  it('keeps secrets in the keychain', async () => {
    const secrets = keychainSecrets(keychain('gnome_libsecret'), 'linux');
    const secret = await secrets.encrypt('hunter2');
    expect([await secrets.available(), Buffer.from(secret).toString(), await secrets.decrypt(secret)]).toEqual([
      'keychain',
      '2retnuh',
      'hunter2',
    ]);
  });

  it.each([
    ['with the password that is in its source', keychain('basic_text'), 'linux'],
    ['before it knows its keyring', keychain('unknown'), 'linux'],
    ['where the keyring does not work', keychain('kwallet6', false), 'linux'],
    ['where the keychain is locked', keychain('unknown', false), 'darwin'],
  ] as const)('keeps none %s', async (_what, storage, platform) => {
    const secrets = keychainSecrets(storage, platform);
    const refused = 'this system has no keychain to keep a secret in';
    const outcome = [
      await secrets.available(),
      await secrets.encrypt('hunter2').catch((error: Error) => error.message),
      await secrets.decrypt(Buffer.from('2retnuh')).catch((error: Error) => error.message),
    ];
    expect(outcome).toEqual(['none', refused, refused]);
  });
});
