import { AppError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import type { UsableAlgorithms } from './algorithms.ts';
import { place, shown } from './errors.ts';
import type { Hop } from './hop.ts';
import { readKeyExchangeLists } from './key-exchange-lists.ts';

/** In the words of people, and of sshd_config. */
interface Kind {
  readonly word: string;
  readonly option: string;
  readonly ours: keyof UsableAlgorithms | null;
  readonly unsafe: RegExp;
}

/**
 * `unsafe`: SHA-1 in signatures and key exchanges (RFC 8332, RFC 9142), groups of 1024 bits and less, DSA, RC4 (RFC 8758),
 * CBC and 64-bit ciphers, MACs on MD5, SHA-1 and RIPEMD: what OpenSSH's clients no longer offer by themselves, or what
 * is left out here for the same reason (algorithms.ts).
 */
const KINDS: readonly (readonly [RegExp, Kind])[] = [
  [
    /^key exchange/i,
    { word: 'key exchange', option: 'KexAlgorithms', ours: 'kex', unsafe: /sha1\b|-group1-|^rsa1024-/ },
  ],
  [
    /^host key/i,
    {
      word: 'host key type',
      option: 'HostKeyAlgorithms',
      ours: 'serverHostKey',
      unsafe: /^ssh-(?:rsa|dss)(?:-cert-v0[01]@openssh\.com)?$/,
    },
  ],
  [
    /cipher/i,
    {
      word: 'cipher',
      option: 'Ciphers',
      ours: 'cipher',
      unsafe: /-cbc\b|^arcfour|^(?:3des|blowfish|cast128|des)-|^none$/,
    },
  ],
  [/MAC/, { word: 'MAC', option: 'MACs', ours: 'hmac', unsafe: /^hmac-(?:md5|sha1|ripemd160)|^none$/ }],
  [/compress/i, { word: 'compression', option: 'Compression', ours: null, unsafe: /(?!)/ }],
];

/**
 * HANDSHAKE_FAILED where a server and Binnacle can do nothing of one kind both. That its software is too old is said only
 * where all that it offers is unsafe; one that offers what is new, or merely other, is as good as any.
 * @param error what ssh2 raised
 * @param firstBytes the first that the server sent, as latin1; see {@link readKeyExchangeLists}
 * @returns null where it is another error
 */
export function nothingInCommon(
  target: Pick<Hop, 'host' | 'port'>,
  {
    error,
    firstBytes,
    usable,
  }: { readonly error: Error; readonly firstBytes: string; readonly usable: UsableAlgorithms },
): AppError | null {
  const what = /no matching (.+)$/i.exec(error.message)?.[1];
  const kind = KINDS.find(([pattern]) => what !== undefined && pattern.test(what))?.[1];
  if (what === undefined || kind === undefined) return null;
  const offered = offeredOf(kind, what, Buffer.from(firstBytes, 'latin1'));
  const list = offered === null ? '' : `: it offers ${listed(offered)}`;
  return new AppError('HANDSHAKE_FAILED', `${place(target)} and Binnacle have no ${kind.word} in common${list}.`, {
    cause: error,
    details: { phase: 'key-exchange', seen: shown(error.message), offered: (offered ?? []).map(shown) },
    hint: hintFor(kind, offered, kind.ours === null ? ['none'] : usable[kind.ours]),
  });
}

function offeredOf({ ours }: Kind, what: string, firstBytes: Buffer): readonly string[] | null {
  const lists = readKeyExchangeLists(firstBytes);
  if (lists === null) return null;
  const direction = what.startsWith('S->C') ? 1 : 0;
  switch (ours) {
    case 'kex':
    case 'serverHostKey':
      return lists[ours];
    case 'cipher':
      return lists.cipher[direction];
    case 'hmac':
      return lists.mac[direction];
    case null:
      return lists.compress[direction];
  }
}

function hintFor({ option, unsafe }: Kind, offered: readonly string[] | null, ours: readonly string[]): string {
  if (offered !== null && offered.length > 0 && offered.every((name) => unsafe.test(name))) {
    return 'All of that is no longer safe. Update its SSH server.';
  }
  return `Let it offer one of ${ours.slice(0, 3).join(', ')} as well: ${option} in sshd_config on the host.`;
}

function listed(names: readonly string[]): string {
  if (names.length === 0) return 'none';
  const more = names.length - limits.ssh.namesShown;
  return [...names.slice(0, limits.ssh.namesShown).map(shown), ...(more > 0 ? [`${more} more`] : [])].join(', ');
}
