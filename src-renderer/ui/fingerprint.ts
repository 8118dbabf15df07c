/** How a fingerprint that a person has from elsewhere compares with the one that is shown. */
export type FingerprintMatch = 'nothing-to-compare' | 'same' | 'other' | 'no-fingerprint' | 'old-form';

/** SHA-256 in base64, without padding: 43 characters. */
const SHA256 = /(?<![A-Za-z0-9+/])(?:SHA256:)?([A-Za-z0-9+/]{43})=?(?![A-Za-z0-9+/=])/;
/** `MD5:16:27:ac:…`, as OpenSSH before 6.8 printed it. */
const MD5 = /(?:[0-9a-f]{2}:){15}[0-9a-f]{2}/i;

/**
 * Compares `expected` (`SHA256:…`, as ssh-keygen prints it) with what was pasted: the bare text, or a whole line of
 * ssh-keygen or of a provider's page around it.
 */
export function compareFingerprint(expected: string, pasted: string): FingerprintMatch {
  // What wraps in a mail or a terminal arrives with blanks in it; no fingerprint has any.
  if (pasted.trim() === '') return 'nothing-to-compare';
  const found = SHA256.exec(pasted) ?? SHA256.exec(pasted.replace(/\s+/g, ''));
  if (found === null) return MD5.test(pasted) ? 'old-form' : 'no-fingerprint';
  return `SHA256:${found[1]}` === expected ? 'same' : 'other';
}

/** The file on the host whose fingerprint `ssh-keygen -lf` prints; for a type as in known_hosts. */
export function hostKeyFile(keyType: string): string {
  const name = keyType.includes('ed25519') ? 'ed25519' : keyType.startsWith('ecdsa') ? 'ecdsa' : 'rsa';
  return `/etc/ssh/ssh_host_${name}_key.pub`;
}
