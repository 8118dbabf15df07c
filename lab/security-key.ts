import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ClientKey, fingerprint } from './ssh-keys.ts';

const TYPE = 'sk-ssh-ed25519@openssh.com';

/**
 * Writes the files of a FIDO key (`sk-ssh-ed25519`), as `ssh-keygen -t ed25519-sk` does, of a device that nobody has: an
 * agent takes and lists it, and cannot sign with it. Format: OpenSSH's PROTOCOL.key and PROTOCOL.u2f.
 */
export async function writeSecurityKey(folder: string, name = 'id_ed25519_sk'): Promise<ClientKey> {
  const point = randomBytes(32);
  const application = 'ssh:';
  const publicBlob = Buffer.concat([TYPE, point, application].map(field));
  const check = randomBytes(4);
  const presenceRequired = Buffer.from([1]);
  const secret = Buffer.concat([
    check,
    check,
    publicBlob,
    presenceRequired,
    field(randomBytes(64)),
    field(''),
    field('binnacle-lab'),
  ]);
  const padding = Buffer.from(Array.from({ length: (8 - (secret.length % 8)) % 8 }, (_, index) => index + 1));
  const whole = Buffer.concat([
    Buffer.from('openssh-key-v1\0'),
    ...['none', 'none', ''].map(field),
    Buffer.from([0, 0, 0, 1]),
    field(publicBlob),
    field(Buffer.concat([secret, padding])),
  ]);
  const lines = whole.toString('base64').match(/.{1,70}/g) ?? [];
  const file = join(folder, name);
  const frame = ['-----BEGIN OPENSSH PRIVATE KEY-----', ...lines, '-----END OPENSSH PRIVATE KEY-----', ''];
  await writeFile(file, frame.join('\n'), { mode: 0o600 });
  const publicKey = `${TYPE} ${publicBlob.toString('base64')} binnacle-lab`;
  await writeFile(`${file}.pub`, `${publicKey}\n`);
  return { file, publicKey, fingerprint: fingerprint(publicKey) };
}

/** As SSH writes a string: its length in four bytes before it. */
function field(value: string | Buffer): Buffer {
  const bytes = Buffer.from(value as Buffer);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}
