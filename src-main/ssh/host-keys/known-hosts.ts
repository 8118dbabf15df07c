import { AppError } from '../../kernel/errors.ts';
import { blobType, fingerprint, keyType } from './host-key.ts';
import {
  decodeBase64,
  type HostAddress,
  type HostField,
  hashName,
  lookupName,
  matchesHost,
  parseHostField,
} from './host-pattern.ts';

/** A known_hosts file, read as far as the host fields; keys are read only where a line is for the host asked about. */
export interface KnownHostsFile {
  readonly name: string;
  readonly lines: readonly KnownHostsLine[];
}

interface KnownHostsLine {
  /** Counts from 1. */
  readonly number: number;
  /** `@revoked`, `@cert-authority`, or what else stands before the host field. */
  readonly markers: readonly string[];
  readonly hosts: HostField;
  /** What follows the host field: type, base64, comment. */
  readonly rest: string;
}

/** What the files say of one key for one host. Lines count from 1. Only `known` may be let through unasked. */
export type HostKeyVerdict =
  | { readonly kind: 'known'; readonly file: string; readonly line: number }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'changed'; readonly known: readonly KnownKey[] }
  | { readonly kind: 'revoked'; readonly file: string; readonly line: number }
  /** A line names a certificate authority for the host (`@cert-authority`), and host certificates are not supported. */
  | { readonly kind: 'authority'; readonly file: string; readonly line: number }
  | { readonly kind: 'unreadable'; readonly file: string; readonly line: number; readonly why: string };

export interface KnownKey {
  readonly type: string;
  readonly fingerprint: string;
  readonly file: string;
  readonly line: number;
}

/**
 * Reads a known_hosts file (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT). Never throws: what cannot be read is kept and
 * blocks the hosts it may be for. OpenSSH skips such lines; here a line that may be a revocation or the only record
 * of a key is not passed over, and the operator is told its number.
 *
 * The first word of a line that is not a comment is its host field, whatever it looks like: `asdf` is a broken line for
 * the host `asdf`, and no other. Where even that cannot be told (a damaged hash, control or invisible characters as in
 * a UTF-16 file, a marker with nothing after it) the line may be for any host, and blocks all.
 */
export function parseKnownHosts(text: string, name: string): KnownHostsFile {
  const lines: KnownHostsLine[] = [];
  for (const [index, raw] of text.split('\n').entries()) {
    const line = (raw.endsWith('\r') ? raw.slice(0, -1) : raw).replace(/^[ \t]+/, '');
    const number = index + 1;
    if (CONTROL.test(line)) {
      // Also a file whose lines end in CR alone: it would be one long comment.
      lines.push({ number, markers: [], hosts: { kind: 'garbage', why: 'it holds control characters' }, rest: '' });
    } else if (line !== '' && !line.startsWith('#')) {
      lines.push(parseLine(line, number));
    }
  }
  return { name, lines };
}

/**
 * Judges the key a host offers by everything the files say of that host.
 *
 * A revocation wins over all else, then the first line that cannot be read or followed: with any of them, an accepting line
 * is not enough evidence. `changed` is also a host that is known by keys of other types only: the known types are asked for first,
 * so a host that does not offer them is not the one that was accepted. A revocation also counts if it names the host
 * without the port, which OpenSSH looks up too.
 */
export function judgeHostKey(files: readonly KnownHostsFile[], address: HostAddress, key: Buffer): HostKeyVerdict {
  const { revoked, blocking, keys } = gather(files, address);
  const revocation = revoked.find(({ blob }) => blob.equals(key));
  if (revocation) return { kind: 'revoked', file: revocation.file, line: revocation.line };
  if (blocking) return blocking;
  const match = keys.find(({ blob }) => blob.equals(key));
  if (match) return { kind: 'known', file: match.file, line: match.line };
  if (keys.length === 0) return { kind: 'unknown' };
  return {
    kind: 'changed',
    known: keys.map(({ type, blob, file, line }) => ({ type, fingerprint: fingerprint(blob), file, line })),
  };
}

/** Types of the keys known for the host and not revoked, in the files' order, as in known_hosts (`ssh-rsa`, not `rsa-sha2-512`). */
export function knownKeyTypes(files: readonly KnownHostsFile[], address: HostAddress): string[] {
  const { revoked, keys } = gather(files, address);
  const valid = keys.filter(({ blob }) => !revoked.some((revocation) => revocation.blob.equals(blob)));
  return [...new Set(valid.map(({ type }) => type))];
}

/**
 * One line for `key`, with its line feed.
 * @param options.hashSalt 20 random bytes: hides the host's name, as `ssh-keygen -H` does
 * @throws AppError TARGET_INVALID for a host that would be read back as a pattern; HANDSHAKE_FAILED for what is not a key
 */
export function formatKnownHostsLine(
  address: HostAddress,
  key: Buffer,
  { hashSalt }: { readonly hashSalt?: Buffer } = {},
): string {
  const name = lookupName(address);
  if (!/^[a-z0-9_[:][a-z0-9._:%[\]-]*$/.test(name)) {
    throw new AppError('TARGET_INVALID', 'The host name cannot be written to a known_hosts file.');
  }
  const hosts = hashSalt ? `|1|${hashSalt.toString('base64')}|${hashName(name, hashSalt).toString('base64')}` : name;
  return `${hosts} ${keyType(key)} ${key.toString('base64')}\n`;
}

interface ReadKey {
  readonly type: string;
  readonly blob: Buffer;
  readonly file: string;
  readonly line: number;
}

type Blocking = Extract<HostKeyVerdict, { kind: 'unreadable' | 'authority' }>;

/** Everything the files say of one host. */
function gather(files: readonly KnownHostsFile[], address: HostAddress) {
  const name = lookupName(address);
  const bareName = lookupName({ host: address.host, port: 22 });
  const revoked: ReadKey[] = [];
  const keys: ReadKey[] = [];
  let blocking: Blocking | null = null;
  for (const file of files) {
    for (const { number, markers, hosts, rest } of file.lines) {
      const revokes = markers.length === 1 && markers[0] === '@revoked';
      const place = { file: file.name, line: number };
      const isForHost = matchesHost(hosts, name) || (revokes && matchesHost(hosts, bareName));
      if (!isForHost && hosts.kind !== 'garbage') continue;
      const read = hosts.kind === 'garbage' ? { why: hosts.why } : readKey(rest);
      const why = 'why' in read ? read.why : markersUnknown(markers);
      if (why !== null) blocking ??= { kind: 'unreadable', ...place, why };
      else if (markers[0] === '@cert-authority') blocking ??= { kind: 'authority', ...place };
      else if ('blob' in read) (revokes ? revoked : keys).push({ ...read, ...place });
    }
  }
  return { revoked, blocking, keys };
}

/** null where there is none, or one that is known. OpenSSH allows one marker a line. */
function markersUnknown(markers: readonly string[]): string | null {
  const [marker] = markers;
  if (markers.length > 1) return 'it has more than one marker';
  return marker === undefined || marker === '@revoked' || marker === '@cert-authority'
    ? null
    : 'its marker is not known';
}

function readKey(rest: string): { type: string; blob: Buffer } | { why: string } {
  const [type = '', base64 = ''] = rest.split(/[ \t]+/);
  if (type === '' || type.startsWith('#')) return { why: 'it ends before the key' };
  if (base64 === '') return { why: 'it ends before the key, or the key type is missing' };
  if (/^\d+$/.test(type)) return { why: 'its key is of SSH protocol 1' };
  if (type.includes('-cert-v')) return { why: 'it is a certificate, and host certificates are not supported' };
  const blob = decodeBase64(base64);
  if (blob === null) return { why: 'its key is not valid base64' };
  const inner = blobType(blob);
  if (inner === null) return { why: 'its key is damaged' };
  return inner === type ? { type, blob } : { why: 'its key is of another type than it says' };
}

function parseLine(line: string, number: number): KnownHostsLine {
  const markers: string[] = [];
  let rest = line;
  let hosts = '';
  do {
    const end = /[ \t]+/.exec(rest);
    hosts = end ? rest.slice(0, end.index) : rest;
    rest = end ? rest.slice(end.index + end[0].length) : '';
    if (hosts.startsWith('@')) markers.push(hosts);
  } while (hosts.startsWith('@'));
  return hosts === ''
    ? { number, markers, hosts: { kind: 'garbage', why: 'it has a marker and no host' }, rest: '' }
    : { number, markers, hosts: parseHostField(hosts), rest };
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters it is about
const CONTROL = /[\x00-\x08\x0b-\x1f\x7f]/;
