import { isIPv4 } from 'node:net';
import { shownPlace } from './errors.ts';
import type { SetLine } from './lines.ts';
import type { Said } from './lookup.ts';
import { bearingOf, type ConfigNote } from './route-notes.ts';

/** Why a line is not followed, by keyword; null: what it says changes nothing. */
const WHY: Readonly<Record<string, (value: string, said: Said) => string | null>> = {
  certificatefile: () => 'Binnacle does not log in with certificates',
  pkcs11provider: unlessNone('keys on tokens are used through ssh-agent only'),
  securitykeyprovider: (value) => (/^(none|internal)$/i.test(value) ? null : 'Binnacle cannot use security keys'),
  knownhostscommand: unlessNone('Binnacle runs no command; a key that only it would tell of is asked about'),
  verifyhostkeydns: (value) => (value === 'yes' ? 'host keys are looked up in known_hosts only' : null),
  checkhostip: (value) => (value === 'yes' ? 'host keys are looked up by name only' : null),
  nohostauthenticationforlocalhost: (value, { host }) =>
    value === 'yes' && isLoopback(host) ? 'Binnacle checks every host key' : null,
  stricthostkeychecking: (value) =>
    value === 'ask' ? null : 'Binnacle always asks about a host key that is not known',
  canonicalizehostname: (value) => (value === 'no' ? null : 'the name is looked up as it stands'),
  addressfamily: (value) => (value === 'any' ? null : 'all addresses of a host are tried'),
  bindaddress: () => 'this machine chooses the address it connects from',
  bindinterface: () => 'this machine chooses the interface it connects from',
  proxyusefdpass: (value) => (value === 'yes' ? 'Binnacle runs no ProxyCommand' : null),
  hostbasedauthentication: (value) => (value === 'yes' ? 'Binnacle does not log in so' : null),
  ciphers: ownList,
  macs: ownList,
  kexalgorithms: ownList,
  hostkeyalgorithms: ownList,
  pubkeyacceptedalgorithms: ownList,
};

function ownList(): string {
  return 'Binnacle has its own list of algorithms, without those that are no longer safe';
}

function unlessNone(why: string) {
  return (value: string) => (value.toLowerCase() === 'none' ? null : why);
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'));
}

/**
 * What holds for a machine and is not followed; where it is one on the way, with its name.
 * @param jump null: the host itself
 */
export function notesOf(said: Said, jump: string | null): readonly ConfigNote[] {
  const forWhom = jump === null ? '' : ` for ${jump}`;
  const notes = [...said.lines].flatMap(([keyword, line]) => {
    const why = WHY[keyword]?.(line.values[0] ?? '', said) ?? null;
    if (why === null) return [];
    return [{ text: `${named(line)} is not followed${forWhom}: ${why}.`, bearsOn: bearingOf(keyword) }];
  });
  return [...said.leftOut, ...notes];
}

/** `CertificateFile (~/.ssh/config:12)`. */
export function named({ written, place }: SetLine): string {
  return `${written} (${shownPlace(place)})`;
}
