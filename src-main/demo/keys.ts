import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import ssh2, { type ParsedKey } from 'ssh2';
import { AppError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';

export interface DemoKeys {
  /** Private, in OpenSSH's format. */
  readonly hostKey: string;
  /** `SHA256:…`, as ssh-keygen prints it. */
  readonly hostKeyFingerprint: string;
  /** Whoever has its private half is let in. */
  readonly clientKey: ParsedKey;
  /** Holds that private half; only its owner may read it. */
  readonly identityFile: string;
}

/** As text: in OpenSSH's format, and as a line of authorized_keys. */
interface Generated {
  readonly private: string;
  readonly public: string;
}

interface Pair {
  readonly privateText: string;
  readonly publicKey: ParsedKey;
}

/** Makes a host key and a client key for one run of the demo, and puts the client's into `folder`. */
export async function makeKeys(folder: string): Promise<DemoKeys> {
  const host = makePair();
  const client = makePair();
  const identityFile = join(folder, 'id_ed25519');
  await writeFile(identityFile, client.privateText, { mode: 0o600, flag: 'wx' });
  const digest = createHash('sha256').update(host.publicKey.getPublicSSH()).digest('base64');
  return {
    hostKey: host.privateText,
    hostKeyFingerprint: `SHA256:${digest.replace(/=+$/, '')}`,
    clientKey: client.publicKey,
    identityFile,
  };
}

/**
 * A pair of keys that can be read again. ssh2 1.17 takes a zero byte at the beginning of an Ed25519 public key for padding
 * (lib/keygen.js, parseDERs): one pair of 256 is a byte short, and is refused by its own parser.
 * @throws AppError INTERNAL where `generate` gives no usable one
 */
export function makePair(generate: () => Generated = generatePair): Pair {
  for (let attempt = 0; attempt < limits.demo.keyTries; attempt += 1) {
    const pair = generate();
    const publicKey = ssh2.utils.parseKey(pair.public);
    const privateKey = ssh2.utils.parseKey(pair.private);
    if (!(publicKey instanceof Error) && !(privateKey instanceof Error))
      return { privateText: pair.private, publicKey };
  }
  throw new AppError('INTERNAL', 'The demo could not make its keys.');
}

function generatePair(): Generated {
  return ssh2.utils.generateKeyPairSync('ed25519', { comment: 'Binnacle demo' });
}
