/** Where secrets can be kept for good (DESIGN rule 7). Asynchronous, plain data: the core may move to another process. */
export interface SecretsPort {
  /** `none`: nothing may be stored here; secrets are asked for each time. The first call may open a dialog of the system. */
  available(): Promise<'keychain' | 'none'>;
  /** @throws Error where there is no keychain, or it refuses */
  encrypt(text: string): Promise<Uint8Array>;
  /** @throws Error as `encrypt`, and for what this keychain has not encrypted */
  decrypt(secret: Uint8Array): Promise<string>;
}

/** For shells that never store a secret. */
export const noKeychain: SecretsPort = {
  available: async () => 'none',
  encrypt: () => Promise.reject(new Error('there is no keychain here')),
  decrypt: () => Promise.reject(new Error('there is no keychain here')),
};
