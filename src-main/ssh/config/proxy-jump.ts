import type { AppError } from '../../kernel/errors.ts';
import { limits } from '../../kernel/limits.ts';
import { hostOf, isPlain } from '../target-host.ts';
import { type ConfigPlace, configBroken } from './errors.ts';
import { portOf } from './keywords.ts';
import type { SetLine } from './lines.ts';

/** A machine on the way as ProxyJump names it; null: ssh_config says it for that machine. */
export interface Jump {
  readonly user: string | null;
  /** A name or alias as it is written, or an address. */
  readonly name: string;
  readonly port: number | null;
}

/**
 * Reads what follows ProxyJump: machines from the first on, each `[user@]host[:port]` or `ssh://[user@]host[:port]`. Empty
 * for `none`.
 * @param expand replaces tokens, which may stand in a user and in a name
 * @throws AppError SSH_CONFIG_BROKEN, or what `expand` throws
 */
export function parseProxyJump(line: SetLine, expand: (text: string) => string): readonly Jump[] {
  const list = (line.values[0] ?? '').replace(/#.*$/s, '').trim();
  if (list.toLowerCase() === 'none') return [];
  const items = list.split(',');
  // With the host itself it would be one more than there may be.
  if (items.length >= limits.ssh.hops) throw tooLong(line.place);
  return items.map((item) => {
    const jump = parseJump(item, expand);
    if (jump === null) {
      throw configBroken(
        line.place,
        'has a ProxyJump that names no machine',
        'Write it as ProxyJump user@host:port, with commas between several.',
      );
    }
    return jump;
  });
}

export function tooLong(place: ConfigPlace): AppError {
  return configBroken(place, `makes a way of more than ${limits.ssh.hops} machines`, 'Shorten the way.');
}

function parseJump(text: string, expand: (text: string) => string): Jump | null {
  const uri = /^ssh:\/\/([^/]*)\/?$/s.exec(text)?.[1];
  const authority = uri ?? text;
  // In a URI the user is encoded; elsewhere the last @ ends it.
  const at = uri === undefined ? authority.lastIndexOf('@') : authority.indexOf('@');
  const user = at === -1 ? null : userOf(authority.slice(0, at), uri !== undefined, expand);
  const address = authority.slice(at + 1);
  const [, bracketed, bare = '', portText] = /^(?:\[([^\]]*)\]|([^:/]*))(?::(.*))?$/s.exec(address) ?? [];
  const name = bracketed === undefined ? expand(bare) : hostOf(bracketed);
  const port = portText === undefined || portText === '' ? null : portOf(portText);
  if (user === '' || name === null || hostOf(name) === null || (portText && port === null)) return null;
  return { user, name, port };
}

/** Empty where it is no user. */
function userOf(text: string, isEncoded: boolean, expand: (text: string) => string): string {
  try {
    // `;` begins what a URI may say of the connection, which OpenSSH passes over.
    const user = expand(isEncoded ? decodeURIComponent(text.split(';')[0] ?? '') : text);
    return isPlain(user) && !user.startsWith('-') ? user : '';
  } catch (error) {
    if (error instanceof URIError) return '';
    throw error;
  }
}
