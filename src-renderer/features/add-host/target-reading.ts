/** The parts of a target as they are typed; empty: left to Binnacle. */
export interface TargetParts {
  readonly user: string;
  readonly host: string;
  readonly port: string;
  readonly socketPath: string;
  /** What carries requests to the socket, where that was chosen. */
  readonly via: '' | 'dial-stdio' | 'sudo-dial-stdio';
  /** `HOST:PORT` of the engine as the host sees it, in place of a socket. */
  readonly tcp: string;
}

/** How what was typed is understood. The core has the last word; what is said here is said while typing. */
export type TargetReading =
  | { readonly reading: 'empty' }
  /** `target` is what the core is asked for; of this machine (`local:`) the parts have the socket at most. */
  | { readonly reading: 'understood'; readonly target: string; readonly parts: TargetParts }
  | { readonly reading: 'unclear'; readonly why: string };

export const DEFAULT_PORT = '22';
export const DEFAULT_SOCKET = '/var/run/docker.sock';

/**
 * Reads `host`, `user@host`, `user@host:port`, each also with a socket path, after `ssh://`, or after the word `ssh`; the host
 * may be an alias of ssh_config. At the end may stand how the engine is reached there (`?via=dial-stdio`, `?tcp=HOST:PORT`).
 * `local:` is this machine.
 */
export function readTarget(text: string): TargetReading {
  const typed = text.trim();
  if (typed === '') return { reading: 'empty' };
  if (/^local:/i.test(typed)) return readLocal(typed.slice('local:'.length));
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(typed);
  if (scheme !== null && scheme[1]?.toLowerCase() !== 'ssh') {
    if (scheme[1]?.toLowerCase() === 'unix')
      return unclear('For the engine of this machine write local: and the socket’s path.');
    return unclear(`Binnacle reaches hosts over SSH only, not over ${scheme[1]}.`);
  }
  const rest = scheme === null ? typed.replace(/^ssh\s+(?=[^-\s])/, '') : typed.slice(scheme[0].length);
  if (/\s/.test(rest)) return unclear('There is a space in it.');
  const [, place = '', query] = /^([^?]*)(?:\?(.*))?$/s.exec(rest) ?? [];
  const way = query === undefined ? { via: '' as const, tcp: '' } : readWay(query);
  if (way === null) return unclear('After the ? comes via=dial-stdio, via=sudo-dial-stdio or tcp=HOST:PORT.');
  const slash = place.indexOf('/');
  const authority = slash === -1 ? place : place.slice(0, slash);
  const path = slash === -1 ? '' : place.slice(slash);
  const at = authority.lastIndexOf('@');
  const user = at === -1 ? '' : authority.slice(0, at);
  if (at === 0) return unclear('There is no user before the @.');
  if (user.includes(':')) return unclear('Leave the password out: Binnacle logs in with ssh-agent or a key file.');
  const address = authority.slice(at + 1);
  const bracketed = /^\[([^\]]*)\](?::(.*))?$/.exec(address);
  // More than one colon is an IPv6 address without its brackets, and has no port.
  const bare = /^[^:]*:[^:]*:/.test(address) ? [address, address] : /^([^:]*)(?::(.*))?$/.exec(address);
  const [, host = '', port] = bracketed ?? bare ?? [];
  const socketPath = path === '/' ? '' : decoded(path);
  return readParts({ user: decoded(user), host, port: port ?? '', socketPath, ...way });
}

function readLocal(text: string): TargetReading {
  const socketPath = text === '/' ? '' : decoded(text);
  if (socketPath !== '' && !/^\/(?!\/)/.test(socketPath)) return unclear(WHOLE_PATH);
  const path = socketPath === DEFAULT_SOCKET ? '' : encoded(socketPath);
  return { reading: 'understood', target: `local:${path}`, parts: { ...NO_PARTS, socketPath } };
}

const NO_PARTS: TargetParts = { user: '', host: '', port: '', socketPath: '', via: '', tcp: '' };

/** null: it is no way to an engine. */
function readWay(query: string): Pick<TargetParts, 'via' | 'tcp'> | null {
  if (query === 'via=dial-stdio') return { via: 'dial-stdio', tcp: '' };
  if (query === 'via=sudo-dial-stdio') return { via: 'sudo-dial-stdio', tcp: '' };
  return query.startsWith('tcp=') && query.length > 'tcp='.length ? { via: '', tcp: query.slice('tcp='.length) } : null;
}

/** The same, from separate fields. */
export function readParts({ user, host, port, socketPath, via, tcp }: TargetParts): TargetReading {
  const typed = {
    user: user.trim(),
    host: host.trim(),
    port: port.trim(),
    socketPath: socketPath.trim(),
    tcp: tcp.trim(),
  };
  if (Object.values(typed).every((part) => part === '')) return { reading: 'empty' };
  const parts = { ...typed, via };
  if (parts.host === '') return unclear('Name the host: a name or an address.');
  if (/[\s/@?#[\]]/.test(parts.host)) return unclear('The host has a character that no host name has.');
  if (parts.host.startsWith('-')) return unclear('A host name does not begin with a dash.');
  if (!isPort(parts.port)) return unclear('The port is a number from 1 to 65535.');
  if (parts.socketPath !== '' && !parts.socketPath.startsWith('/')) {
    return unclear(WHOLE_PATH);
  }
  if (parts.tcp !== '' && (parts.socketPath !== '' || via !== '')) {
    return unclear('The engine is reached by its socket or by a port, not by both.');
  }
  if (parts.tcp !== '' && !isAddress(parts.tcp)) return unclear('The engine’s port is written as in 127.0.0.1:2375.');
  return { reading: 'understood', target: targetOf(parts), parts };
}

/** What was left out stays left out: ssh_config says it. */
function targetOf({ user, host, port, socketPath, via, tcp }: TargetParts): string {
  const name = user === '' ? '' : `${encodeURIComponent(user)}@`;
  const address = host.includes(':') ? `[${host.replace('%', '%25')}]` : host;
  const at = port === '' ? '' : `:${port}`;
  if (tcp !== '') return `ssh://${name}${address}${at}?tcp=${tcp}`;
  // Where it is named for the docker client there, which may be set to another engine, the usual one is meant too.
  const path = socketPath === DEFAULT_SOCKET && via === '' ? '' : encoded(socketPath);
  return `ssh://${name}${address}${at}${path}${via === '' ? '' : `?via=${via}`}`;
}

function encoded(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/');
}

/** `host:port`, an IPv6 address in brackets. */
function isAddress(text: string): boolean {
  const [, port = ''] = /^(?:[a-z0-9_][a-z0-9._-]*|\[[0-9a-f:.%a-z_-]+\]):(\d+)$/i.exec(text) ?? [];
  return port !== '' && isPort(port);
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

const WHOLE_PATH = 'The socket’s path is written in full, from the root.';

function unclear(why: string): TargetReading {
  return { reading: 'unclear', why };
}
