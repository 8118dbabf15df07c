import { setImmediate } from 'node:timers/promises';
import type { SshAlias } from '#contract/hosts.ts';
import { AppError, toProblem } from '../../kernel/errors.ts';
import { limits } from '../../kernel/limits.ts';
import { visibleText } from '../../kernel/text.ts';
import { machineOf } from '../errors.ts';
import type { Route } from '../hop.ts';
import { formatTarget, type SshTarget } from '../target.ts';
import { hostOf } from '../target-host.ts';
import { shownWord } from './errors.ts';
import { type ConfigFiles, type LoadedConfig, loadConfig } from './files.ts';
import { namesIn } from './lookup.ts';
import { findRoute } from './route.ts';

/** The operator's ssh_config and the machine's, read anew each time. */
export interface SshConfig {
  /**
   * The way to a host: what the target says wins over the files, and key files named for the host in Binnacle come first.
   * @throws AppError SSH_CONFIG_BROKEN, SSH_CONFIG_UNSUPPORTED
   */
  route(target: SshTarget, wish: { readonly identityFiles: readonly string[] | null }): Promise<Route>;
  /**
   * The machines that have a `Host` line of their own, in the files' order.
   * @throws AppError SSH_CONFIG_BROKEN, SSH_CONFIG_UNSUPPORTED where the files cannot be read at all
   */
  aliases(): Promise<readonly SshAlias[]>;
}

export interface SshConfigOptions extends ConfigFiles {
  /** Who logs in where nobody is named: this machine's user. */
  readonly defaultUser: string;
  /** SSH_AUTH_SOCK; null: none. */
  readonly agentSocket: string | null;
}

export function createSshConfig(options: SshConfigOptions): SshConfig {
  return {
    async route(target, { identityFiles }) {
      const configs = await loadConfig(options);
      const name = spelling(namesIn(configs), target.host);
      return findRoute(configs, { ...target, name }, { ...options, namedFiles: identityFiles ?? [] });
    },
    async aliases() {
      const configs = await loadConfig(options);
      const aliases: SshAlias[] = [];
      const names = namesIn(configs);
      for (const [index, name] of names.slice(0, limits.ssh.aliases).entries()) {
        // Hundreds of names in thousands of lines take their time: others get a turn.
        if (index % 16 === 15) await setImmediate();
        aliases.push(aliasOf(name, names, configs, options));
      }
      return aliases;
    },
  };
}

/**
 * The name as it is spelt in the files: a target has no capitals, and for `Host` lines they count. Where two differ by
 * nothing else, the one without is meant.
 */
function spelling(names: readonly string[], host: string): string {
  if (names.includes(host)) return host;
  return names.find((name) => name.toLowerCase() === host) ?? host;
}

function aliasOf(
  name: string,
  names: readonly string[],
  configs: readonly LoadedConfig[],
  options: SshConfigOptions,
): SshAlias {
  const host = hostOf(name);
  const shown = {
    name: visibleText(name, limits.text.labelChars),
    target: host === null ? `ssh://${shownWord(name)}` : formatTarget(plainTarget(host)),
  };
  try {
    if (host === null) throw noTarget('has characters that the host of a target cannot have');
    const spelt = spelling(names, host);
    if (spelt !== name && names.includes(spelt)) {
      throw noTarget('differs from another only in capitals, which a target has none of');
    }
    if (spelt !== name) throw noTarget('is an address that a target has in another form');
    const { hops } = findRoute(configs, { name, user: null, port: null }, { ...options, namedFiles: [] });
    const machines = hops.map(machineOf);
    return { ...shown, machine: machines.at(-1) ?? null, jumps: machines.slice(0, -1), problem: null };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return { ...shown, machine: null, jumps: [], problem: toProblem(shown.name, error) };
  }
}

function plainTarget(host: string): SshTarget {
  return { kind: 'ssh', user: null, host, port: null, engine: { kind: 'socket', path: null, via: 'any' } };
}

function noTarget(what: string): AppError {
  return new AppError('TARGET_INVALID', `This name ${what}.`, { hint: 'Give it another name in its Host line.' });
}
