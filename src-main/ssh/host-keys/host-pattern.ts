import { createHmac } from 'node:crypto';
import { visibleText } from '../../kernel/text.ts';

/** The address a host key belongs to; the host as `parseTarget` gives it. */
export interface HostAddress {
  readonly host: string;
  readonly port: number;
}

/** The host field of a known_hosts line. `garbage`: it cannot be told which hosts it is for. */
export type HostField =
  | { readonly kind: 'patterns'; readonly patterns: readonly { readonly negated: boolean; readonly glob: string }[] }
  | { readonly kind: 'hashed'; readonly salt: Buffer; readonly hash: Buffer }
  | { readonly kind: 'garbage'; readonly why: string };

/** As OpenSSH writes and looks up an address: bare on port 22, `[host]:port` on any other. */
export function lookupName({ host, port }: HostAddress): string {
  const name = host.toLowerCase();
  return port === 22 ? name : `[${name}]:${port}`;
}

export function parseHostField(text: string): HostField {
  if (!/^[\x21-\x7e]+$/.test(text) && (visibleText(text) !== text || text.includes('\ufffd'))) {
    return { kind: 'garbage', why: 'its host field holds characters no host name has' };
  }
  if (text.startsWith('|')) return parseHashed(text);
  const patterns = text.split(',').map((item) => {
    const negated = item.startsWith('!');
    return { negated, glob: (negated ? item.slice(1) : item).toLowerCase() };
  });
  // OpenSSH hashes one name a line; a hash within a list is two lines run into one.
  return patterns.some(({ glob }) => glob.startsWith('|'))
    ? { kind: 'garbage', why: 'its host field mixes hashed and plain names' }
    : { kind: 'patterns', patterns };
}

/** Whether the field is for `name` (see {@link lookupName}). A negated pattern that matches wins, as in OpenSSH. Never true of garbage. */
export function matchesHost(field: HostField, name: string): boolean {
  if (field.kind === 'garbage') return false;
  if (field.kind === 'hashed') return hashName(name, field.salt).equals(field.hash);
  const hits = field.patterns.filter(({ glob }) => matchesGlob(glob, name));
  return hits.length > 0 && !hits.some(({ negated }) => negated);
}

/** HMAC-SHA1 of the lookup name, as in a hashed host field: `|1|salt|hash`. */
export function hashName(name: string, salt: Buffer): Buffer {
  return createHmac('sha1', salt).update(name).digest();
}

function parseHashed(text: string): HostField {
  const [, saltText = '', hashText = ''] = /^\|1\|([^|]+)\|([^|]+)$/.exec(text) ?? [];
  const salt = decodeBase64(saltText);
  const hash = decodeBase64(hashText);
  return salt?.length === SHA1_BYTES && hash?.length === SHA1_BYTES
    ? { kind: 'hashed', salt, hash }
    : { kind: 'garbage', why: 'its hashed host name cannot be read' };
}

/** null for anything but canonical base64: what OpenSSH would not decode, or would not write. */
export function decodeBase64(text: string): Buffer | null {
  const bytes = Buffer.from(text, 'base64');
  return text !== '' && bytes.toString('base64') === text ? bytes : null;
}

/**
 * `*` any run, `?` one character; brackets and everything else stand for themselves. Only the last star is ever tried
 * again, so that no pattern costs more than its length plus the square of the name's.
 */
export function matchesGlob(glob: string, name: string): boolean {
  let at = 0;
  let star = -1;
  let resume = 0;
  let index = 0;
  while (index < name.length) {
    if (glob[at] === '*') {
      star = at++;
      resume = index;
    } else if (glob[at] === '?' || glob[at] === name[index]) {
      at++;
      index++;
    } else if (star !== -1) {
      at = star + 1;
      index = ++resume;
    } else {
      return false;
    }
  }
  while (glob[at] === '*') at++;
  return at === glob.length;
}

const SHA1_BYTES = 20;
