import { isIPv4, isIPv6, SocketAddress } from 'node:net';
import { domainToASCII } from 'node:url';
import { AppError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import { visibleText } from '../kernel/text.ts';

/** Where a host is, as the operator wrote it, with what was left out filled in. */
export interface SshTarget {
  readonly user: string;
  /** Host name in lower case, or address in its usual form; IPv6 without brackets, with its zone (`fe80::1%eth0`). */
  readonly host: string;
  readonly port: number;
  /** The engine's socket on the host. */
  readonly socketPath: string;
}

export const DEFAULT_SSH_PORT = 22;
export const DEFAULT_SOCKET_PATH = '/var/run/docker.sock';
export const TARGET_FORM = 'ssh://user@host[:port][/path/to/socket]';

/**
 * Reads `ssh://user@host[:port][/path/to/socket]`. User and path are percent-decoded; the host is lower-cased as
 * OpenSSH does before it looks a name up. Written by hand because WHATWG URL, for a scheme it does not know, leaves
 * the host as it is (percent signs, capitals), resolves `..` silently and keeps passwords.
 *
 * No message repeats the text: a password may stand in it.
 * @throws AppError TARGET_INVALID
 */
export function parseTarget(text: string, { defaultUser }: { readonly defaultUser: string }): SshTarget {
  if (text.length > limits.ssh.targetChars) throw invalid('is too long');
  if (UNPRINTABLE.test(text) || visibleText(text) !== text) {
    throw invalid(
      'holds a space, a control character or an invisible mark',
      'Write such a character as %XX, or not at all.',
    );
  }
  const scheme = /^ssh:\/\//i.exec(text)?.[0];
  if (scheme === undefined) throw invalid('does not begin with ssh://');
  const rest = text.slice(scheme.length);
  if (/[?#]/.test(rest))
    throw invalid('has a query or a fragment', `The form is ${TARGET_FORM}; in a path write %3F for ? and %23 for #.`);

  const slash = rest.indexOf('/');
  const authority = slash === -1 ? rest : rest.slice(0, slash);
  const path = slash === -1 ? '' : rest.slice(slash);
  // The last @ ends the user, as in OpenSSH: `user@domain@host`.
  const at = authority.lastIndexOf('@');
  const userText = at === -1 ? null : authority.slice(0, at);
  if (userText?.includes(':')) {
    throw invalid('holds a password', 'Leave it out: Binnacle logs in with ssh-agent or a key file.');
  }
  const { host, port } = parseHostAndPort(authority.slice(at + 1));
  return { user: parseUser(userText, defaultUser), host, port, socketPath: parseSocketPath(path) };
}

/** The one way to write `target`: user always, port and socket only where they are not the default. */
export function formatTarget({ user, host, port, socketPath }: SshTarget): string {
  const hostText = host.includes(':') ? `[${host.replace('%', '%25')}]` : host;
  const portText = port === DEFAULT_SSH_PORT ? '' : `:${port}`;
  const path = socketPath === DEFAULT_SOCKET_PATH ? '' : socketPath.split('/').map(encodeURIComponent).join('/');
  return `ssh://${encodeURIComponent(user)}@${hostText}${portText}${path}`;
}

/** `text` in the one form of its target; null where it is no target. */
export function canonicalTarget(text: string, options: { readonly defaultUser: string }): string | null {
  try {
    return formatTarget(parseTarget(text, options));
  } catch (error) {
    if (error instanceof AppError && error.code === 'TARGET_INVALID') return null;
    throw error;
  }
}

/**
 * Text that was meant as a target, as it may be shown or logged: made visible, cut, and without what may be a
 * password, which is anything between the first colon and the last @.
 */
export function shownTarget(text: string): string {
  const scheme = /^[a-z][a-z0-9+.-]*:\/\//i.exec(text)?.[0] ?? '';
  const rest = text.slice(scheme.length).replace(/^([^:]*):.*@/s, '$1:…@');
  return visibleText(scheme + rest, limits.text.labelChars);
}

function parseHostAndPort(text: string): { host: string; port: number } {
  const bracketed = /^\[([^\]]*)\](?::(.*))?$/.exec(text);
  if (bracketed) return { host: parseIpv6(bracketed[1] ?? ''), port: parsePort(bracketed[2]) };
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

function parsePort(text: string | undefined): number {
  if (text === undefined) return DEFAULT_SSH_PORT;
  const port = /^[1-9]\d{0,4}$/.test(text) ? Number(text) : 0;
  if (port < 1 || port > 65_535) throw invalid('has a port that is not a number from 1 to 65535');
  return port;
}

function parseUser(text: string | null, defaultUser: string): string {
  const user = text === null ? defaultUser : decode(text);
  if (user === '') throw invalid('names no user');
  if (user.length > limits.ssh.userChars) throw invalid('has a user name that is too long');
  if (user.startsWith('-')) throw invalid('has a user name that begins with a dash');
  if (!isPlain(user)) throw invalid('has a user name with a space, a control character or an invisible mark');
  return user;
}

function parseSocketPath(text: string): string {
  // `ssh://host/` is what URL bars and the docker CLI make of `ssh://host`.
  if (text === '' || text === '/') return DEFAULT_SOCKET_PATH;
  const path = decode(text);
  if (!isPlain(path)) throw invalid('has a socket path with a space, a control character or an invisible mark');
  if (path.split('/').some((segment) => segment === '.' || segment === '..')) {
    throw invalid('has a socket path with . or .. in it', 'Write the path in full, from the root.');
  }
  if (path.endsWith('/')) throw invalid('has a path that names a folder, not a socket');
  if (Buffer.byteLength(path) > limits.ssh.socketPathBytes) {
    throw invalid(
      'has a socket path that is too long',
      `A unix socket's path has at most ${limits.ssh.socketPathBytes} bytes.`,
    );
  }
  return path;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (cause) {
    throw invalid('has a % that is not followed by two hexadecimal digits of UTF-8', 'Write a % itself as %25.', cause);
  }
}

function isPlain(text: string): boolean {
  return !UNPRINTABLE.test(text) && visibleText(text) === text;
}

const UNPRINTABLE = /\s/;

function invalid(what: string, hint = `Write it as ${TARGET_FORM}.`, cause?: unknown): AppError {
  return new AppError('TARGET_INVALID', `The target ${what}.`, { hint, cause });
}
