import { AppError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import { visibleText } from '../kernel/text.ts';
import { bracketed, invalid, isPlain, parseHostAndPort } from './target-host.ts';

/** Where a host is, as the operator wrote it. */
export type HostTarget = SshTarget | LocalTarget;

/** What is null was left out: `~/.ssh/config` says it, else it is the usual. */
export interface SshTarget {
  readonly kind: 'ssh';
  readonly user: string | null;
  /**
   * Host name or alias in lower case, or address in its usual form; IPv6 without brackets, with its zone (`fe80::1%eth0`).
   */
  readonly host: string;
  readonly port: number | null;
  readonly engine: EngineAddress;
}

/** The engine of this machine, without SSH: `local:` or `local:/path/to/socket`. */
export interface LocalTarget {
  readonly kind: 'local';
  readonly engine: { readonly kind: 'socket'; readonly path: string | null };
}

/** Where the engine is on its host. */
export type EngineAddress =
  | {
      readonly kind: 'socket';
      /** null: the usual one. */
      readonly path: string | null;
      /**
       * `any`: forwarded by sshd, or through `docker system dial-stdio` where it does not forward. The others were asked for
       * (`?via=dial-stdio`, `?via=sudo-dial-stdio`), and nothing else is tried.
       */
      readonly via: 'any' | 'dial-stdio' | 'sudo-dial-stdio';
    }
  /** `?tcp=127.0.0.1:2375`: a port as the host sees it, such as that of docker-socket-proxy. */
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number };

export const DEFAULT_SSH_PORT = 22;
export const DEFAULT_SOCKET_PATH = '/var/run/docker.sock';
/**
 * Reads `ssh://[user@]host[:port][/path/to/socket]`, with `?via=dial-stdio`, `?via=sudo-dial-stdio` or `?tcp=HOST:PORT` at
 * its end where the engine is reached so, and `local:[/path/to/socket]`. User and path are percent-decoded; the host is
 * lower-cased as OpenSSH does before it looks a name up. Written by hand because WHATWG URL, for a scheme it does not know,
 * leaves the host as it is (percent signs, capitals), resolves `..` silently and keeps passwords.
 *
 * No message repeats the text: a password may stand in it.
 * @throws AppError TARGET_INVALID
 */
export function parseTarget(text: string): HostTarget {
  if (text.length > limits.ssh.targetChars) throw invalid('is too long');
  if (!isPlain(text)) {
    throw invalid(
      'holds a space, a control character or an invisible mark',
      'Write such a character as %XX, or not at all.',
    );
  }
  const [scheme = ''] = /^(?:ssh:\/\/|local:)/i.exec(text) ?? [];
  if (scheme === '') throw invalid('does not begin with ssh:// or local:');
  const rest = text.slice(scheme.length);
  if (rest.includes('#')) throw invalid('has a fragment', 'In a path write %23 for #.');
  return scheme.toLowerCase() === 'local:' ? parseLocal(rest) : parseSsh(rest);
}

/** The one way to write `target`: what was left out stays left out, and the engine's usual socket is. */
export function formatTarget(target: HostTarget): string {
  if (target.kind === 'local') return `local:${formatPath(usualAsNull(target.engine.path))}`;
  const { user, host, port, engine } = target;
  const name = user === null ? '' : `${encodeURIComponent(user)}@`;
  const place = `${bracketed(host)}${port === null ? '' : `:${port}`}`;
  return `ssh://${name}${place}${formatEngine(engine)}`;
}

/** `text` in the one form of its target; null where it is no target. */
export function canonicalTarget(text: string): string | null {
  try {
    return formatTarget(parseTarget(text));
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

/** What the machine is called where nobody gave it a name: its host's, or that it is this one. Not made visible. */
export function machineName(target: HostTarget): string {
  return target.kind === 'local' ? 'this machine' : target.host;
}

function parseSsh(text: string): SshTarget {
  const [place = '', query] = cutAt(text, '?');
  const slash = place.indexOf('/');
  const authority = slash === -1 ? place : place.slice(0, slash);
  const path = slash === -1 ? '' : place.slice(slash);
  // The last @ ends the user, as in OpenSSH: `user@domain@host`.
  const at = authority.lastIndexOf('@');
  const userText = at === -1 ? null : authority.slice(0, at);
  if (userText?.includes(':')) {
    throw invalid(
      'holds a password',
      'Leave it out: Binnacle logs in with ssh-agent or a key file, and asks for a password where the host wants one.',
    );
  }
  const { host, port } = parseHostAndPort(authority.slice(at + 1));
  return {
    kind: 'ssh',
    user: userText === null ? null : parseUser(userText),
    host,
    port,
    engine: parseEngine(parseSocketPath(path), query),
  };
}

function parseLocal(text: string): LocalTarget {
  if (text.includes('?')) throw invalid('is local and has a query', LOCAL_HINT);
  if (text !== '' && !/^\/(?!\/)/.test(text))
    throw invalid('is local and has no whole path after the colon', LOCAL_HINT);
  return { kind: 'local', engine: { kind: 'socket', path: usualAsNull(parseSocketPath(text)) } };
}

/** @param query what follows the question mark; undefined: there is none */
function parseEngine(path: string | null, query: string | undefined): EngineAddress {
  if (query === undefined) return { kind: 'socket', path: usualAsNull(path), via: 'any' };
  if (/[&?]/.test(query)) throw invalid('asks for more than one way to the engine', QUERY_HINT);
  const [key, value = ''] = cutAt(query, '=');
  if (key === 'via' && (value === 'dial-stdio' || value === 'sudo-dial-stdio'))
    return { kind: 'socket', path, via: value };
  if (key === 'via') throw invalid('has a via that is not known', QUERY_HINT);
  if (key !== 'tcp') throw invalid('has a query that is not known', QUERY_HINT);
  if (path !== null) throw invalid('has both a socket path and a TCP port', 'An engine is reached by one of them.');
  return { kind: 'tcp', ...parseEnginePort(value) };
}

function parseEnginePort(text: string): { host: string; port: number } {
  try {
    const { host, port } = parseHostAndPort(text);
    if (port !== null) return { host, port };
  } catch (error) {
    // What it says is of the host that is logged in to.
    if (!(error instanceof AppError)) throw error;
  }
  throw invalid('has something after tcp= that is not HOST:PORT', 'Write it as the host sees it: ?tcp=127.0.0.1:2375.');
}

function formatEngine(engine: EngineAddress): string {
  if (engine.kind === 'tcp') return `?tcp=${bracketed(engine.host)}:${engine.port}`;
  // Without a path the docker client there decides (its context, DOCKER_HOST): the usual path says something else.
  if (engine.via !== 'any') return `${formatPath(engine.path)}?via=${engine.via}`;
  return formatPath(usualAsNull(engine.path));
}

function formatPath(path: string | null): string {
  return path === null ? '' : path.split('/').map(encodeURIComponent).join('/');
}

function usualAsNull(path: string | null): string | null {
  return path === DEFAULT_SOCKET_PATH ? null : path;
}

function parseUser(text: string): string {
  const user = decode(text);
  if (user === '') throw invalid('names no user');
  if (user.length > limits.ssh.userChars) throw invalid('has a user name that is too long');
  if (user.startsWith('-')) throw invalid('has a user name that begins with a dash');
  if (!isPlain(user)) throw invalid('has a user name with a space, a control character or an invisible mark');
  return user;
}

function parseSocketPath(text: string): string | null {
  // `ssh://host/` is what URL bars and the docker CLI make of `ssh://host`.
  if (text === '' || text === '/') return null;
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

/** `text` up to the first `mark`, and what follows it; undefined: there is none. */
function cutAt(text: string, mark: string): [string, string | undefined] {
  const at = text.indexOf(mark);
  return at === -1 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

const QUERY_HINT = 'The ways are ?via=dial-stdio, ?via=sudo-dial-stdio and ?tcp=HOST:PORT; in a path write %3F for ?.';
const LOCAL_HINT = 'Write local: for the engine of this machine, or local:/path/to/socket.';

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (cause) {
    throw invalid('has a % that is not followed by two hexadecimal digits of UTF-8', 'Write a % itself as %25.', cause);
  }
}
