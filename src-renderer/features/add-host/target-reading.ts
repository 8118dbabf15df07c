/** The parts of a target as they are typed; empty: left to Binnacle. */
export interface TargetParts {
  readonly user: string;
  readonly host: string;
  readonly port: string;
  readonly socketPath: string;
}

/** How what was typed is understood. The core has the last word; what is said here is said while typing. */
export type TargetReading =
  | { readonly reading: 'empty' }
  /** `target` is what the core is asked for. */
  | { readonly reading: 'understood'; readonly target: string; readonly parts: TargetParts }
  | { readonly reading: 'unclear'; readonly why: string };

export const DEFAULT_PORT = '22';
export const DEFAULT_SOCKET = '/var/run/docker.sock';

/** Reads `host`, `user@host`, `user@host:port`, each also with a socket path, after `ssh://`, or after the word `ssh`. */
export function readTarget(text: string): TargetReading {
  const typed = text.trim();
  if (typed === '') return { reading: 'empty' };
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(typed);
  if (scheme !== null && scheme[1]?.toLowerCase() !== 'ssh') {
    return unclear(`Binnacle reaches hosts over SSH only, not over ${scheme[1]}.`);
  }
  const rest = scheme === null ? typed.replace(/^ssh\s+(?=[^-\s])/, '') : typed.slice(scheme[0].length);
  if (/\s/.test(rest)) return unclear('There is a space in it.');
  const slash = rest.indexOf('/');
  const authority = slash === -1 ? rest : rest.slice(0, slash);
  const path = slash === -1 ? '' : rest.slice(slash);
  const at = authority.lastIndexOf('@');
  const user = at === -1 ? '' : authority.slice(0, at);
  if (at === 0) return unclear('There is no user before the @.');
  if (user.includes(':')) return unclear('Leave the password out: Binnacle logs in with ssh-agent or a key file.');
  const address = authority.slice(at + 1);
  const bracketed = /^\[([^\]]*)\](?::(.*))?$/.exec(address);
  // More than one colon is an IPv6 address without its brackets, and has no port.
  const bare = /^[^:]*:[^:]*:/.test(address) ? [address, address] : /^([^:]*)(?::(.*))?$/.exec(address);
  const [, host = '', port] = bracketed ?? bare ?? [];
  return readParts({ user: decoded(user), host, port: port ?? '', socketPath: path === '/' ? '' : decoded(path) });
}

/** The same, from separate fields. */
export function readParts({ user, host, port, socketPath }: TargetParts): TargetReading {
  const parts = { user: user.trim(), host: host.trim(), port: port.trim(), socketPath: socketPath.trim() };
  if (Object.values(parts).every((part) => part === '')) return { reading: 'empty' };
  if (parts.host === '') return unclear('Name the host: a name or an address.');
  if (/[\s/@?#[\]]/.test(parts.host)) return unclear('The host has a character that no host name has.');
  if (parts.host.startsWith('-')) return unclear('A host name does not begin with a dash.');
  if (!isPort(parts.port)) return unclear('The port is a number from 1 to 65535.');
  if (parts.socketPath !== '' && !parts.socketPath.startsWith('/')) {
    return unclear('The socket’s path is written in full, from the root.');
  }
  return { reading: 'understood', target: targetOf(parts), parts };
}

function targetOf({ user, host, port, socketPath }: TargetParts): string {
  const name = user === '' ? '' : `${encodeURIComponent(user)}@`;
  const address = host.includes(':') ? `[${host.replace('%', '%25')}]` : host;
  const at = port === '' || port === DEFAULT_PORT ? '' : `:${port}`;
  const path = socketPath === DEFAULT_SOCKET ? '' : socketPath.split('/').map(encodeURIComponent).join('/');
  return `ssh://${name}${address}${at}${path}`;
}

function isPort(text: string): boolean {
  return text === '' || (/^[1-9]\d{0,4}$/.test(text) && Number(text) <= 65_535);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function unclear(why: string): TargetReading {
  return { reading: 'unclear', why };
}
