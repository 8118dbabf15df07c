import { AppError } from '../kernel/errors.ts';
import { quoteArgv } from '../ssh/quote.ts';
import { type HostTarget, parseTarget, type SshTarget } from '../ssh/target.ts';
import { bracketed } from '../ssh/target-host.ts';
import type { PlannedChange } from './model.ts';

/**
 * What does the same by hand, for a POSIX shell on this machine: `ssh ops@atlas 'docker restart -t 10 shop-api-1'`; for
 * the engine of this machine without `ssh`. Several are done one after the other, up to the first that fails.
 * @param target canonical; where it cannot be read, the command is for a shell on the host
 */
export function commandByHand(target: string, changes: readonly PlannedChange[]): string {
  const where = readTarget(target);
  const docker = where === null ? ['docker'] : dockerOf(where);
  const commands = changes.map((change) => [...docker, ...dockerWords(change)]);
  return where?.kind === 'ssh' ? sshLine(where, commands) : shellLine(commands);
}

/** One line that runs `commands` on a host, one after the other, through its login shell. */
export function sshLine(
  target: Pick<SshTarget, 'user' | 'host' | 'port'>,
  commands: readonly (readonly string[])[],
): string {
  const { user, host, port } = target;
  // What was left out is ssh_config's, for ssh as for us; a port that was written may not be the one that stands there.
  const portWords = port === null ? [] : ['-p', String(port)];
  const name = user === null ? host : `${user}@${host}`;
  // No target has a user or a host that begins with a dash: neither is ever read as an option.
  return `${shellLine([['ssh', ...portWords, name]])} ${quoteArgv([shellLine(commands)])}`;
}

/** The docker client as it reaches the engine from where it is run: on the host, or on this machine. */
function dockerOf({ engine }: HostTarget): string[] {
  if (engine.kind === 'tcp') return ['docker', '-H', `tcp://${bracketed(engine.host)}:${engine.port}`];
  const client = 'via' in engine && engine.via === 'sudo-dial-stdio' ? ['sudo', 'docker'] : ['docker'];
  return engine.path === null ? client : [...client, '-H', `unix://${engine.path}`];
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

function readTarget(target: string): HostTarget | null {
  try {
    return parseTarget(target);
  } catch (error) {
    if (error instanceof AppError && error.code === 'TARGET_INVALID') return null;
    throw error;
  }
}
