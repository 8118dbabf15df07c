import { isIPv4, isIPv6, SocketAddress } from 'node:net';
import { domainToASCII } from 'node:url';
import { AppError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import { visibleText } from '../kernel/text.ts';

const TARGET_FORM = 'ssh://[user@]host[:port][/path/to/socket]';

/**
 * A host name in lower case, or an address in its usual form, from text as ssh_config has it: IPv6 with brackets or
 * without. null where it can be neither.
 */
export function hostOf(text: string): string | null {
  try {
    const address = /^\[(.*)\]$/.exec(text)?.[1] ?? (text.includes(':') ? text : null);
    return address === null ? parseHostName(text) : parseIpv6(address);
  } catch (error) {
    if (error instanceof AppError && error.code === 'TARGET_INVALID') return null;
    throw error;
  }
}

/** @throws AppError TARGET_INVALID */
export function parseHostAndPort(text: string): { host: string; port: number | null } {
  const inBrackets = /^\[([^\]]*)\](?::(.*))?$/.exec(text);
  if (inBrackets) return { host: parseIpv6(inBrackets[1] ?? ''), port: parsePort(inBrackets[2]) };
  const parts = text.split(':');
  if (parts.length > 2)
    throw invalid(
      'has more than one colon after the user',
      'Put an IPv6 address in brackets: ssh://user@[2001:db8::1]:22.',
    );
  return { host: parseHostName(parts[0] ?? ''), port: parsePort(parts[1]) };
}

function parseHostName(text: string): string {
  if (text === '') throw invalid('names no host');
  if (text.length > limits.ssh.hostChars) throw invalid('has a host name that is too long');
  if (text.startsWith('-')) throw invalid('has a host name that begins with a dash');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the bounds of ASCII
  if (/[^\x00-\x7f]/.test(text)) {
    const ascii = domainToASCII(text);
    // Look-alike letters would pass unseen; the ASCII form shows them.
    throw invalid(
      'has a host name with letters outside ASCII',
      ascii === '' ? undefined : `If you mean ${ascii}, write it so.`,
    );
  }
  if (!/^[a-z0-9_][a-z0-9._-]*$/i.test(text)) throw invalid('has a host name with characters a host name cannot have');
  return text.toLowerCase();
}

/** Address in the form inet_ntop gives, which is how OpenSSH writes it into known_hosts. A zone follows `%25` (RFC 6874) or `%`. */
function parseIpv6(text: string): string {
  const [, address = '', zone] = /^([^%]*)(?:%(?:25)?(.*))?$/.exec(text) ?? [];
  if (isIPv4(address) || !isIPv6(address)) throw invalid('has something in brackets that is not an IPv6 address');
  if (zone !== undefined && !/^[a-z0-9][a-z0-9._-]{0,31}$/i.test(zone))
    throw invalid('has an IPv6 zone that cannot be one');
  const canonical = new SocketAddress({ address, family: 'ipv6' }).address;
  return zone === undefined ? canonical : `${canonical}%${zone}`;
}

function parsePort(text: string | undefined): number | null {
  if (text === undefined) return null;
  const port = /^[1-9]\d{0,4}$/.test(text) ? Number(text) : 0;
  if (port < 1 || port > 65_535) throw invalid('has a port that is not a number from 1 to 65535');
  return port;
}

/** What is wrong with a target, as a predicate. No message repeats the text: a password may stand in it. */
export function invalid(
  what: string,
  hint = `Write it as ${TARGET_FORM}, or local: for this machine.`,
  cause?: unknown,
): AppError {
  return new AppError('TARGET_INVALID', `The target ${what}.`, { hint, cause });
}

/** Without spaces, controls and marks that are not seen. */
export function isPlain(text: string): boolean {
  return !UNPRINTABLE.test(text) && visibleText(text) === text;
}

const UNPRINTABLE = /\s/;

/** As a target has it: an IPv6 address in brackets, with its zone after `%25` (RFC 6874). */
export function bracketed(host: string): string {
  return host.includes(':') ? `[${host.replace('%', '%25')}]` : host;
}
