import { hostname } from 'node:os';
import path from 'node:path';
import { configBroken, configUnsupported, shownWord } from './errors.ts';
import type { SetLine } from './lines.ts';

/** This machine and its user, as tokens and `~` name them. */
export interface LocalFacts {
  readonly homeDir: string;
  readonly user: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** null: it is not set. Never what every object has: `constructor` is the name of no variable. */
export function variableOf({ environment }: Pick<LocalFacts, 'environment'>, name: string): string | null {
  return Object.hasOwn(environment, name) ? (environment[name] ?? null) : null;
}

/** What a machine's tokens stand for (ssh_config(5), TOKENS). */
export type Tokens = Readonly<Record<string, string>>;

/** @param machine `name`: as it was asked for; `host`: what is dialled */
export function tokensFor(
  local: LocalFacts,
  machine: {
    readonly name: string;
    readonly host: string;
    readonly port: number;
    readonly user: string;
    readonly alias: string | null;
  },
): Tokens {
  const thisHost = hostname();
  return {
    h: machine.host,
    n: machine.name,
    p: String(machine.port),
    r: machine.user,
    k: machine.alias ?? machine.name,
    u: local.user,
    d: local.homeDir,
    i: String(process.getuid?.() ?? ''),
    l: thisHost,
    L: thisHost.split('.')[0] ?? '',
  };
}

/**
 * `text` with `%h` and the like replaced.
 * @throws AppError SSH_CONFIG_BROKEN for a token there is not; SSH_CONFIG_UNSUPPORTED for one that is not followed
 */
export function expandTokens(text: string, tokens: Tokens, line: SetLine): string {
  return text.replace(/%(.?)/gs, (_, token: string) => {
    if (token === '%') return '%';
    const value = Object.hasOwn(tokens, token) ? tokens[token] : undefined;
    if (value !== undefined) return value;
    if (/^[Cj]$/.test(token)) {
      throw configUnsupported(line.place, `has %${token} in ${line.written}, which Binnacle does not follow`, IN_FULL);
    }
    throw configBroken(line.place, `has %${shownWord(token)} in ${line.written}, which stands for nothing there`);
  });
}

/**
 * The whole path of a file that a line names: `~`, tokens and `${NAME}`. One that is not whole is looked for in the
 * operator's home: what folder a program was started in says nothing.
 * @throws AppError SSH_CONFIG_BROKEN, SSH_CONFIG_UNSUPPORTED
 */
export function expandPath(text: string, tokens: Tokens, local: LocalFacts, line: SetLine): string {
  const expanded = withVariables(withHome(text, local, line), tokens, local, line);
  if (/\p{Cc}/u.test(expanded)) throw configBroken(line.place, `has a control character in ${line.written}`);
  return path.isAbsolute(expanded) ? expanded : path.join(local.homeDir, expanded);
}

function withHome(text: string, { homeDir, user }: LocalFacts, line: SetLine): string {
  const [, name, rest = ''] = /^~([^/]*)(?:\/+(.*))?$/s.exec(text) ?? [];
  if (name === undefined) return text;
  if (name !== '' && name !== user) {
    throw configUnsupported(
      line.place,
      `has ~${shownWord(name)} in ${line.written}, the home of another user`,
      IN_FULL,
    );
  }
  return path.join(homeDir, rest);
}

/** Tokens and `${NAME}` in one go: what a variable stands for is not looked at again. */
function withVariables(text: string, tokens: Tokens, local: LocalFacts, line: SetLine): string {
  return text.replace(/\$\{([^}]*)(\}?)|(?:%.?)/gs, (found, name: string | undefined, end: string | undefined) => {
    if (name === undefined) return expandTokens(found, tokens, line);
    const value = variableOf(local, name);
    if (end === '' || value === null) {
      throw configBroken(
        line.place,
        `has \${${shownWord(name)}} in ${line.written}, which is not set where Binnacle runs`,
      );
    }
    return value;
  });
}

const IN_FULL = 'Write it in full.';
