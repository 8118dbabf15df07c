import type { SafeStorage } from 'electron';
import type { SecretsPort } from '../../hosts/secrets-port.ts';

/** What of Electron's `safeStorage` is used; its synchronous half blocks, and is on its way out. */
type Keychain = Pick<
  SafeStorage,
  'getSelectedStorageBackend' | 'isAsyncEncryptionAvailable' | 'encryptStringAsync' | 'decryptStringAsync'
>;

/** The system's keychain, asked only when a secret is to be kept: on macOS the first question may open a dialog. */
export function keychainSecrets(safeStorage: Keychain, platform: NodeJS.Platform): SecretsPort {
  const available = async () => {
    // On Linux without a keyring, Chromium "encrypts" with a password that is in its source.
    if (platform === 'linux' && !KEYRINGS.has(safeStorage.getSelectedStorageBackend())) return 'none';
    return (await safeStorage.isAsyncEncryptionAvailable()) ? 'keychain' : 'none';
  };
  const demand = async () => {
    if ((await available()) === 'none') throw new Error('this system has no keychain to keep a secret in');
  };
  return {
    available,
    async encrypt(text) {
      await demand();
      return await safeStorage.encryptStringAsync(text);
    },
    async decrypt(secret) {
      await demand();
      return (await safeStorage.decryptStringAsync(Buffer.from(secret))).result;
    },
  };
}

const KEYRINGS: ReadonlySet<string> = new Set(['gnome_libsecret', 'kwallet', 'kwallet5', 'kwallet6']);
