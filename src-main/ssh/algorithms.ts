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
import type { HopReport } from '#contract/hosts.ts';
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

type Weakness = HopReport['weak'][number];

/**
 * What of the algorithms that were agreed on is weaker than it should be, and why. Only what can be agreed on at all: the
 * lists above leave out the rest. Not in it, because accepted opinion does not call them weak: the NIST curves (on by default
 * in OpenSSH, SHOULD in RFC 9142; the doubt ssh-audit has of them is of their origin), AES-CTR, the 128-bit ciphers, and
 * a key exchange that a quantum computer could undo, of which ssh2 has no other. Nothing is told by the version in the
 * server's greeting: distributions mend flaws without changing it.
 * @param hostKeyBits length of the host's RSA key; null where it is of another type
 * @param cutUnseen the first packets can be cut out unseen; see {@link canBeCut}
 */
export function weakOf(
  agreed: HopReport['algorithms'],
  hostKeyBits: number | null,
  cutUnseen: boolean,
): readonly Weakness[] {
  const names = [agreed.kex, agreed.mac].filter((name) => name !== null);
  const weak = names.flatMap((name) => {
    const why = WEAK.get(name);
    return why === undefined ? [] : [{ name, why }];
  });
  return [...weak, ...(cutUnseen ? [TERRAPIN] : []), ...weakRsa(hostKeyBits)];
}

const CHACHA = 'chacha20-poly1305@openssh.com';

/**
 * Whether somebody in between can cut out the first encrypted packets unseen where the server does no strict key
 * exchange (Terrapin, CVE-2023-48795). The other ciphers that are open to it, CBC with a MAC over the encrypted, are not offered.
 */
export function canBeCut(cipher: string): boolean {
  return cipher === CHACHA;
}

const TERRAPIN: Weakness = {
  name: CHACHA,
  why: 'The server does no strict key exchange, so whoever is in between can cut out the first packets unseen (Terrapin, CVE-2023-48795). Update its SSH server, or let it offer an AES-GCM cipher.',
};

const WEAK: ReadonlyMap<string, string> = new Map([
  // NIST SP 800-57 part 1 rev. 5, tables 2 and 4: 2048-bit groups are worth 112 bits, acceptable through 2030.
  // ssh-audit warns: "2048-bit modulus only provides 112-bits of symmetric strength".
  [
    'diffie-hellman-group14-sha256',
    'Its 2048-bit group is worth 112 bits, which NIST accepts until 2030. Let the server offer curve25519-sha256.',
  ],
  // Bellare and Namprempre 2000: of the three ways to combine them, only encrypt-then-MAC is safe in general.
  // OpenSSH prefers the -etm variants since 6.2; ssh-audit warns: "using encrypt-and-MAC mode".
  [
    'hmac-sha2-256',
    'It authenticates the plain text beside the encryption (encrypt-and-MAC). Let the server offer an AES-GCM cipher or hmac-sha2-256-etm@openssh.com.',
  ],
  [
    'hmac-sha2-512',
    'It authenticates the plain text beside the encryption (encrypt-and-MAC). Let the server offer an AES-GCM cipher or hmac-sha2-512-etm@openssh.com.',
  ],
]);

/**
 * NIST SP 800-131A rev. 2: signatures of less than 2048 bits are disallowed; SP 800-57: 2048 bits are worth 112, through
 * 2030. 3072 is what ssh-keygen makes since OpenSSH 8.0.
 */
function weakRsa(bits: number | null): Weakness[] {
  if (bits === null || bits >= 3_072) return [];
  const why =
    bits < 2_048
      ? 'The host key is too short: NIST has disallowed RSA of less than 2048 bits since 2014.'
      : 'The host key is worth 112 bits, which NIST accepts until 2030.';
  return [{ name: `RSA ${bits}`, why: `${why} Give the server an Ed25519 host key, or an RSA key of 3072 bits.` }];
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
