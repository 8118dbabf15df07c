import {
  createCipheriv,
  createDiffieHellmanGroup,
  createECDH,
  createHmac,
  diffieHellman,
  generateKeyPairSync,
  getCiphers,
  getHashes,
  sign,
  verify,
} from 'node:crypto';
import type { Algorithms, CipherAlgorithm, KexAlgorithm, MacAlgorithm, ServerHostKeyAlgorithm } from 'ssh2';
import { AppError } from '../kernel/errors.ts';

/**
 * What Binnacle offers, best first. Left out, though ssh2 has them on or can do them: SHA-1 and MD5 in any place
 * (ssh-rsa signatures, hmac-sha1, group1, group14-sha1, group-exchange-sha1), DSA, CBC and RC4 (FACTS, tunnel 10).
 * Group exchange too: Node tests the prime that the server picked while everything waits (measured: 1 s for 2048 bits,
 * 16 s for 4096). AES-GCM first: it is the fastest here, and is its own MAC.
 */
const KEX: readonly KexAlgorithm[] = [
  'curve25519-sha256',
  'curve25519-sha256@libssh.org',
  'ecdh-sha2-nistp256',
  'ecdh-sha2-nistp384',
  'ecdh-sha2-nistp521',
  'diffie-hellman-group16-sha512',
  'diffie-hellman-group18-sha512',
  'diffie-hellman-group14-sha256',
];
const CIPHERS: readonly CipherAlgorithm[] = [
  'aes128-gcm@openssh.com',
  'aes256-gcm@openssh.com',
  'chacha20-poly1305@openssh.com',
  'aes128-ctr',
  'aes192-ctr',
  'aes256-ctr',
];
const MACS: readonly MacAlgorithm[] = [
  'hmac-sha2-256-etm@openssh.com',
  'hmac-sha2-512-etm@openssh.com',
  'hmac-sha2-256',
  'hmac-sha2-512',
];
const HOST_KEYS: readonly ServerHostKeyAlgorithm[] = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'rsa-sha2-512',
  'rsa-sha2-256',
];

/** Says of one primitive whether this process's crypto can really do it; see {@link canDo}. */
type CryptoProbe = (primitive: string) => boolean;

/** Lists to offer, in order; each has at least one. */
export interface UsableAlgorithms {
  readonly kex: readonly KexAlgorithm[];
  readonly cipher: readonly CipherAlgorithm[];
  readonly hmac: readonly MacAlgorithm[];
  readonly serverHostKey: readonly ServerHostKeyAlgorithm[];
}

/**
 * What of the lists above this process can do. Electron's crypto is BoringSSL, which lacks some of OpenSSL's: an
 * algorithm that was agreed on and then cannot be done would end the connection with a riddle.
 * @throws AppError INTERNAL where nothing is left of a list
 */
export function usableAlgorithms(probe: CryptoProbe = canDo): UsableAlgorithms {
  const known = new Map<string, boolean>();
  const can = (primitive: string) => {
    const answer = known.get(primitive) ?? probe(primitive);
    known.set(primitive, answer);
    return answer;
  };
  const usable = <Name extends string>(what: string, names: readonly Name[]): Name[] => {
    const left = names.filter((name) => (NEEDS[name] ?? []).every(can));
    if (left.length === 0) throw new AppError('INTERNAL', `This program's cryptography has no usable SSH ${what}.`);
    return left;
  };
  return {
    kex: usable('key exchange', KEX),
    cipher: usable('cipher', CIPHERS),
    hmac: usable('MAC', MACS),
    serverHostKey: usable('host key type', HOST_KEYS),
  };
}

/**
 * As ssh2 takes it, with the host key types that are known for a host first (DESIGN, safety rule 5): a server with
 * several keys then shows one that can be checked, instead of a new one that would have to be asked about.
 * `knownTypes` are types as in known_hosts; for `ssh-rsa` its SHA-2 signatures are meant.
 */
export function connectAlgorithms(usable: UsableAlgorithms, knownTypes: readonly string[]): Algorithms {
  const isKnown = (name: string) => knownTypes.includes(name.startsWith('rsa-sha2-') ? 'ssh-rsa' : name);
  return {
    kex: [...usable.kex],
    cipher: [...usable.cipher],
    hmac: [...usable.hmac],
    serverHostKey: [
      ...usable.serverHostKey.filter((name) => isKnown(name)),
      ...usable.serverHostKey.filter((name) => !isKnown(name)),
    ],
    compress: ['none'],
  };
}

/** By algorithm, the primitives it stands on, as {@link canDo} knows them. */
const NEEDS: Readonly<Record<string, readonly string[]>> = {
  'curve25519-sha256': ['x25519'],
  'curve25519-sha256@libssh.org': ['x25519'],
  'ecdh-sha2-nistp256': ['ecdh:prime256v1'],
  'ecdh-sha2-nistp384': ['ecdh:secp384r1'],
  'ecdh-sha2-nistp521': ['ecdh:secp521r1'],
  'diffie-hellman-group16-sha512': ['dh:modp16'],
  'diffie-hellman-group18-sha512': ['dh:modp18'],
  'diffie-hellman-group14-sha256': ['dh:modp14'],
  'aes128-gcm@openssh.com': ['cipher:aes-128-gcm:16:12'],
  'aes256-gcm@openssh.com': ['cipher:aes-256-gcm:32:12'],
  'chacha20-poly1305@openssh.com': ['cipher:chacha20:32:16'],
  'aes128-ctr': ['cipher:aes-128-ctr:16:16'],
  'aes192-ctr': ['cipher:aes-192-ctr:24:16'],
  'aes256-ctr': ['cipher:aes-256-ctr:32:16'],
  'hmac-sha2-256-etm@openssh.com': ['hmac:sha256'],
  'hmac-sha2-512-etm@openssh.com': ['hmac:sha512'],
  'hmac-sha2-256': ['hmac:sha256'],
  'hmac-sha2-512': ['hmac:sha512'],
  'ssh-ed25519': ['ed25519'],
  'ecdsa-sha2-nistp256': ['ecdh:prime256v1'],
  'ecdsa-sha2-nistp384': ['ecdh:secp384r1'],
  'ecdsa-sha2-nistp521': ['ecdh:secp521r1'],
  'rsa-sha2-512': ['hmac:sha512'],
  'rsa-sha2-256': ['hmac:sha256'],
};

/** Tries a primitive with node:crypto: being listed is not being able. But ssh2 refuses what is not listed. */
export function canDo(primitive: string): boolean {
  const [kind, name = '', keyBytes, ivBytes] = primitive.split(':');
  try {
    switch (kind) {
      case 'x25519': {
        const pair = generateKeyPairSync('x25519');
        return diffieHellman(pair).length === 32;
      }
      case 'ed25519': {
        const { privateKey, publicKey } = generateKeyPairSync('ed25519');
        const data = Buffer.from(primitive);
        return verify(null, data, publicKey, sign(null, data, privateKey));
      }
      case 'ecdh':
        return createECDH(name).generateKeys().length > 0;
      case 'dh':
        return createDiffieHellmanGroup(name).getPrime().length > 0;
      case 'cipher':
        createCipheriv(name, Buffer.alloc(Number(keyBytes)), Buffer.alloc(Number(ivBytes)));
        return getCiphers().includes(name);
      case 'hmac':
        return createHmac(name, 'key').update(primitive).digest().length > 0 && getHashes().includes(name);
      default:
        return false;
    }
  } catch {
    return false;
  }
}
