import { dirname } from 'node:path/posix';
import { isDeepStrictEqual } from 'node:util';
import { AppError } from '../kernel/errors.ts';
import { visibleText } from '../kernel/text.ts';
import type { ExecResult, SshConnection } from './connection-types.ts';
import { shown } from './errors.ts';
import { type CommandName, registeredCommand } from './exec-gate.ts';
import type {
  EngineEvidence,
  ForwardEvidence,
  ShellEvidence,
  SocketEvidence,
  SocketOwner,
  TcpAnswer,
} from './forward-evidence.ts';

/** Where nobody listens on any machine that is not older than the web (tcpmux, RFC 1078). */
const OTHER_PLACE = { host: 'localhost', port: 1 };
const ADMINISTRATIVELY_PROHIBITED = 1;
const CONNECT_FAILED = 2;

/**
 * Asks the host what tells the causes apart: sshd by two TCP channels, its shell by `test`, its docker client by
 * `docker version`. Changes nothing there.
 * @param reason with which sshd refused the socket; null where it gave none
 * @throws AppError CONNECTION_LOST, or the signal's own: the looking itself was cut off
 */
export async function probeForward(
  connection: SshConnection,
  path: string,
  reason: number | null,
  signal: AbortSignal,
): Promise<ForwardEvidence> {
  const software = connection.report().at(-1)?.software ?? '';
  const told = {
    server: /^OpenSSH_\d/.test(software) ? 'openssh' : 'other',
    reason,
    key: connection.keyOptions,
  } as const;
  const near = { host: '127.0.0.1', port: connection.hop.port };
  const [nearAnswer, otherAnswer, asked] = await Promise.all([
    askTcp(connection, near, signal),
    askTcp(connection, OTHER_PLACE, signal),
    new HostShell(connection, signal).look(path, told.key?.command === true),
  ]);
  return { ...told, tcp: { near: nearAnswer, other: otherAnswer }, ...asked };
}

/** Opens a TCP channel and closes it again at once: nothing is sent. */
async function askTcp(
  connection: SshConnection,
  address: { readonly host: string; readonly port: number },
  signal: AbortSignal,
): Promise<TcpAnswer> {
  try {
    (await connection.openTcp(address, signal)).destroy();
    return 'opened';
  } catch (error) {
    if (!(error instanceof AppError) || signal.aborted) throw error;
    if (error.code === 'FORWARD_REFUSED') {
      if (error.details.reason === ADMINISTRATIVELY_PROHIBITED) return 'prohibited';
      return error.details.reason === CONNECT_FAILED ? 'nobody' : 'unknown';
    }
    // A port that swallows what is sent to it is late too, over a connection that stands.
    if (error.code === 'CONNECTION_LOST' && !(await isOver(connection))) return 'unknown';
    throw error;
  }
}

async function isOver({ closed }: SshConnection): Promise<boolean> {
  const turn = Promise.withResolvers<boolean>();
  setImmediate(() => turn.resolve(false));
  return await Promise.race([closed.then(() => true), turn.promise]);
}

type ShellAnswers = Pick<ForwardEvidence, 'shell' | 'socket' | 'engine'>;
type PathCommand = Extract<
  CommandName,
  'path-exists' | 'path-is-socket' | 'path-writable' | 'path-searchable' | 'path-listing' | 'engine-version'
>;

/** The shell of who logged in, asked one thing after the other: sshd may allow one session at a time. */
export class HostShell {
  readonly #connection: SshConnection;
  readonly #signal: AbortSignal;

  constructor(connection: SshConnection, signal: AbortSignal) {
    this.#connection = connection;
    this.#signal = signal;
  }

  /** @param forced whether the key has `command=` */
  async look(path: string, forced: boolean): Promise<ShellAnswers> {
    if (forced) return { shell: { kind: 'forced' }, socket: null, engine: null };
    let socket: SocketEvidence | null = null;
    try {
      const shell = await this.#kind();
      if (shell.kind !== 'posix') return { shell, socket, engine: null };
      socket = await this.#socket(path);
      return { shell, socket, engine: socket.kind === 'open' ? await this.#engine(path) : null };
    } catch (error) {
      const why = couldNotAsk(error);
      if (why === null) throw error;
      // What was seen of the socket stays seen; what hung was the docker client.
      if (socket !== null) return { shell: { kind: 'posix' }, socket, engine: { kind: 'unknown', said: why } };
      return { shell: { kind: 'unasked', why }, socket, engine: null };
    }
  }

  /** @throws AppError EXEC_FAILED where the answer is neither yes nor no */
  async test(name: Exclude<PathCommand, 'path-listing' | 'engine-version'>, path: string): Promise<boolean> {
    const answer = await this.#run(name, path);
    if (answer.exitCode === 0 || answer.exitCode === 1) return answer.exitCode === 0;
    throw new AppError('EXEC_FAILED', `"test" was not answered by yes or no, but with ${wordsOf(answer)}`);
  }

  /** `id -u`; null where it is no number. */
  async userId(): Promise<string | null> {
    const { stdout } = await this.#connection.exec(registeredCommand('user-id', {}), this.#signal);
    return /^\d{1,10}\n?$/.test(stdout) ? stdout.trim() : null;
  }

  /** Whether a docker client is to be found there: shells say 126 and 127 of what they cannot run. */
  async hasDocker(path: string): Promise<boolean> {
    const { exitCode } = await this.#run('engine-version', path);
    return exitCode !== null && exitCode < 126;
  }

  async #kind(): Promise<ShellEvidence> {
    const yes = await this.#run('path-exists', '/');
    const no = await this.#run('path-is-socket', '/');
    if (yes.exitCode === 0 && no.exitCode === 1) return { kind: 'posix' };
    const id = await this.#connection.exec(registeredCommand('user-id', {}), this.#signal);
    // The words too: what is no shell may well give everything the same code, and name what it does not know.
    // 126 and 127 are the shell's own, of what it cannot run.
    const wasRun = yes.exitCode !== null && yes.exitCode < 126;
    const isAlike = wasRun && [no, id].every((answer) => isDeepStrictEqual(answer, yes));
    return { kind: isAlike ? 'alike' : 'strange', said: wordsOf(yes) };
  }

  async #socket(path: string): Promise<SocketEvidence> {
    if (!(await this.test('path-exists', path))) return await this.#absent(path);
    if (!(await this.test('path-is-socket', path))) return { kind: 'other' };
    if (await this.test('path-writable', path)) return { kind: 'open' };
    return { kind: 'closed', owner: ownerIn((await this.#run('path-listing', path)).stdout) };
  }

  /** Tells a path that is not there from one behind a folder that is closed to this user: `test -e` says no to both. */
  async #absent(path: string): Promise<SocketEvidence> {
    for (let folder = dirname(path); folder !== '/'; folder = dirname(folder)) {
      if (!(await this.test('path-exists', folder))) continue;
      return (await this.test('path-searchable', folder)) ? { kind: 'missing' } : { kind: 'behind', folder };
    }
    return { kind: 'missing' };
  }

  async #engine(path: string): Promise<EngineEvidence> {
    const answer = await this.#run('engine-version', path);
    if (answer.exitCode === 0 && /^\d/.test(answer.stdout)) return { kind: 'answers', said: shown(answer.stdout) };
    // A policy in front of the engine, or an engine of another time than the client: it refuses, so it answers.
    if (/^Error response from daemon: /m.test(answer.stderr)) return { kind: 'answers', said: wordsOf(answer) };
    // The client's words before and since version 28.
    if (/Cannot connect to the Docker daemon|connect: connection refused/i.test(answer.stderr)) {
      return { kind: 'nobody', said: wordsOf(answer) };
    }
    return { kind: 'unknown', said: wordsOf(answer) };
  }

  #run(name: PathCommand, path: string): Promise<ExecResult> {
    return this.#connection.exec(registeredCommand(name, { path }), this.#signal);
  }
}

/** Why no command could be run, or null where it was something else that failed. */
function couldNotAsk(error: unknown): string | null {
  if (!(error instanceof AppError)) return null;
  return error.code === 'EXEC_FAILED' || error.code === 'SESSIONS_EXHAUSTED' ? visibleText(error.message) : null;
}

/** Mode, links, owner, group (POSIX, ls -l); of names that are no plain ones nothing is repeated. */
function ownerIn(listing: string): SocketOwner | null {
  const [, mode, user, group] =
    /^(s[rwxsStT-]{9})\S* +\d+ +([a-z_0-9][a-z0-9_.-]*) +([a-z_0-9][a-z0-9_.-]*) /i.exec(listing) ?? [];
  return mode === undefined || user === undefined || group === undefined ? null : { mode, user, group };
}

/** The last line it said: before it stand what a login shell has to say, and sshd itself. */
function wordsOf({ exitCode, stdout, stderr }: ExecResult): string {
  const lines = (stdout.trim() === '' ? stderr : stdout).split('\n').filter((line) => line.trim() !== '');
  const words = shown(lines.at(-1) ?? '');
  const code = exitCode === null ? 'no exit code' : `exit code ${exitCode}`;
  return words === '' ? code : `“${words}” and ${code}`;
}
