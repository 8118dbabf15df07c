import { AppError } from '../kernel/errors.ts';
import { quoteArgv } from '../ssh/quote.ts';
import { DEFAULT_SOCKET_PATH, DEFAULT_SSH_PORT, parseTarget, type SshTarget } from '../ssh/target.ts';
import type { PlannedChange } from './model.ts';

/**
 * What does the same by hand, for a POSIX shell on this machine: `ssh ops@atlas 'docker restart -t 10 shop-api-1'`.
 * Several are done one after the other, up to the first that fails.
 * @param target canonical; where it cannot be read, the command is for a shell on the host
 */
export function commandByHand(target: string, changes: readonly PlannedChange[]): string {
  const where = readTarget(target);
  const socket = where === null || where.socketPath === DEFAULT_SOCKET_PATH ? [] : ['-H', `unix://${where.socketPath}`];
  const remote = changes.map((change) => ['docker', ...socket, ...dockerWords(change)]);
  return where === null ? shellLine(remote) : sshLine(where, remote);
}

/** One line that runs `commands` on a host, one after the other, through its login shell. */
export function sshLine(
  target: Pick<SshTarget, 'user' | 'host' | 'port'>,
  commands: readonly (readonly string[])[],
): string {
  const { user, host, port } = target;
  const portWords = port === DEFAULT_SSH_PORT ? [] : ['-p', String(port)];
  // No target has a user or a host that begins with a dash: neither is ever read as an option.
  return `${shellLine([['ssh', ...portWords, `${user}@${host}`]])} ${quoteArgv([shellLine(commands)])}`;
}

function shellLine(commands: readonly (readonly string[])[]): string {
  return commands.map((argv) => argv.map(shellWord).join(' ')).join(' && ');
}

/** Quoted only where a shell might read it otherwise, so that people can read it. */
function shellWord(word: string): string {
  return PLAIN_WORD.test(word) ? word : quoteArgv([word]);
}

const PLAIN_WORD = /^[A-Za-z0-9_@+:,./-]+$/;

function dockerWords({ what, graceSeconds, name, containerId }: PlannedChange): string[] {
  const grace = what === 'start' ? [] : ['-t', String(graceSeconds)];
  // What no engine gives as a name is not handed to anybody's shell: it was made visible, and names nothing any more.
  return [what, ...grace, DOCKER_NAME.test(name) ? name : containerId];
}

const DOCKER_NAME = /^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,127}$/;

function readTarget(target: string): SshTarget | null {
  try {
    return parseTarget(target, { defaultUser: '' });
  } catch (error) {
    if (error instanceof AppError && error.code === 'TARGET_INVALID') return null;
    throw error;
  }
}
