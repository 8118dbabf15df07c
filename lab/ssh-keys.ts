import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from './run.ts';

export type KeyType = 'ed25519' | 'ecdsa' | 'rsa';

export interface ClientKey {
  /** The private key's file; the public one stands beside it as `.pub`. */
  readonly file: string;
  /** `ssh-ed25519 AAAA… comment`. */
  readonly publicKey: string;
  /** `SHA256:…`, as ssh-keygen prints it. */
  readonly fingerprint: string;
}

interface ClientKeyOptions {
  readonly type?: KeyType;
  /** Empty: the key file is not encrypted. */
  readonly passphrase?: string;
  /** Name of the file within the folder; default `id_<type>`. */
  readonly name?: string;
}

const BITS: Readonly<Record<KeyType, readonly string[]>> = {
  ed25519: [],
  ecdsa: ['-b', '256'],
  // 3072, ssh-keygen's default, takes seconds on a busy machine and shows nothing that 2048 does not.
  rsa: ['-b', '2048'],
};

/** Makes a key pair in `folder` with the machine's own ssh-keygen. */
export async function writeClientKey(folder: string, options: ClientKeyOptions = {}): Promise<ClientKey> {
  const type = options.type ?? 'ed25519';
  const file = join(folder, options.name ?? `id_${type}`);
  const args = ['-q', '-t', type, ...BITS[type], '-N', options.passphrase ?? '', '-C', 'binnacle-lab', '-f', file];
  await run('ssh-keygen', args);
  const publicKey = (await readFile(`${file}.pub`, 'utf8')).trim();
  return { file, publicKey, fingerprint: fingerprint(publicKey) };
}

/** Has `caFile` certify a key for `user`, beside whose file the certificate is written. @returns its file */
export async function writeCertificate(caFile: string, keyFile: string, user: string): Promise<string> {
  await run('ssh-keygen', ['-q', '-s', caFile, '-I', 'binnacle-lab', '-n', user, `${keyFile}.pub`]);
  return `${keyFile}-cert.pub`;
}

/** `SHA256:…` (base64 without padding) of a public key line `type base64 [comment]`. */
export function fingerprint(publicKey: string): string {
  const blob = Buffer.from(publicKey.split(' ')[1] ?? '', 'base64');
  return `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`;
}
