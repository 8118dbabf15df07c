import { createHash } from 'node:crypto';
import { AppError } from '../../kernel/errors.ts';

/** `SHA256:` and the base64 of the digest without padding, as ssh-keygen prints it. */
export function fingerprint(key: Buffer): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;
}

/**
 * The type a public key says it is (`ssh-ed25519`, `ssh-rsa`): the first string of its blob (RFC 4253, 6.6).
 * @throws AppError HANDSHAKE_FAILED where the blob, which comes from the host, is not a public key
 */
export function keyType(key: Buffer): string {
  const type = blobType(key);
  if (type === null) {
    throw new AppError('HANDSHAKE_FAILED', 'The host sent a host key that is not a public key.', {
      hint: 'Check that the port is really that of an SSH server.',
    });
  }
  return type;
}

/**
 * As {@link keyType}, but null where the blob is not a whole public key. Every registered format is a row of
 * length-prefixed strings (an mpint is one too), so a blob that was cut or glued is found for any type; of the usual
 * types the number of strings is known as well.
 */
export function blobType(key: Buffer): string | null {
  let offset = 0;
  let fields = 0;
  let type = '';
  while (offset < key.length) {
    if (key.length - offset < 4) return null;
    const end = offset + 4 + key.readUInt32BE(offset);
    if (end > key.length) return null;
    if (fields === 0) type = key.toString('latin1', offset + 4, end);
    fields += 1;
    offset = end;
  }
  if (!/^[\x21-\x7e]{1,64}$/.test(type) || fields < 2) return null;
  return fields === (FIELDS.get(type) ?? fields) ? type : null;
}

const FIELDS: ReadonlyMap<string, number> = new Map([
  ['ssh-ed25519', 2],
  ['ssh-rsa', 3],
  ['ssh-dss', 5],
  ['ecdsa-sha2-nistp256', 3],
  ['ecdsa-sha2-nistp384', 3],
  ['ecdsa-sha2-nistp521', 3],
  ['sk-ssh-ed25519@openssh.com', 3],
  ['sk-ecdsa-sha2-nistp256@openssh.com', 4],
]);

/**
 * Reads a fingerprint a person gave; base64 padding is tolerated, anything else is not.
 * @returns as {@link fingerprint} writes it
 * @throws AppError USAGE
 */
export function parseFingerprint(text: string): string {
  const digest = /^SHA256:([A-Za-z0-9+/]{43})=?$/.exec(text)?.[1];
  // Bits beyond the 256th must be zero, or it equals no fingerprint at all.
  if (digest === undefined || Buffer.from(digest, 'base64').toString('base64') !== `${digest}=`) {
    throw new AppError('USAGE', '--accept-host-key needs a fingerprint: SHA256: and 43 characters.', {
      hint: 'On the host, ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub prints it.',
    });
  }
  return `SHA256:${digest}`;
}
