import { dirname } from 'node:path/posix';
import { AppError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import { visibleText } from '../kernel/text.ts';
import type { ExecResult, SshConnection } from './connection-types.ts';
import { place, shown } from './errors.ts';
import { type CommandName, registeredCommand } from './exec-gate.ts';

/** RFC 4254, 5.1: what a server may answer to a channel it does not open. OpenSSH says 2 for nearly everything. */
const ADMINISTRATIVELY_PROHIBITED = 1;
const UNKNOWN_CHANNEL_TYPE = 3;

/**
 * Why the host did not open `socketPath`: sshd gives one answer for every cause (FACTS, tunnel 7), so the host's own
 * `test` is asked. A cause is named only where it was seen; else FORWARD_REFUSED lists what is left.
 * @param refusal what `openUnixSocket` rejected with
 * @returns SOCKET_MISSING, SOCKET_DENIED, SOCKET_REFUSED, FORWARD_REFUSED; CONNECTION_LOST or the signal's own where the
 *   looking itself was cut off
 */
export async function explainForwardFailure(
  connection: SshConnection,
  socketPath: string,
  signal: AbortSignal,
  refusal?: AppError,
): Promise<AppError> {
  const told = refusal === undefined ? null : toldBySshd(connection, socketPath, refusal);
  if (told !== null) return told;
  try {
    return await new Diagnosis(connection, socketPath, signal).run();
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return error.code === 'EXEC_FAILED' ? undetermined(connection, socketPath, error.message, error) : error;
  }
}

class Diagnosis {
  readonly #connection: SshConnection;
  readonly #path: string;
  readonly #signal: AbortSignal;

  constructor(connection: SshConnection, path: string, signal: AbortSignal) {
    this.#connection = connection;
    this.#path = path;
    this.#signal = signal;
  }

  async run(): Promise<AppError> {
    const { user } = this.#connection.target;
    // A forced command or a login shell such as nologin answers everything alike, and says nothing of the socket.
    const honest = (await this.#test('path-exists', '/')) && !(await this.#test('path-is-socket', '/'));
    if (!honest) return this.#undetermined('commands on the host are not answered by a shell');
    if (!(await this.#test('path-exists', this.#path))) return this.#absent();
    if (!(await this.#test('path-is-socket', this.#path))) {
      return new AppError('SOCKET_MISSING', `${this.#shownPath} on ${this.#place} is not a socket.`, {
        details: { path: this.#path },
        hint: "Name the engine's socket in the target: ssh://user@host/path/to/docker.sock",
      });
    }
    if (!(await this.#test('path-writable', this.#path))) return this.#denied();
    const answer = await this.#run('engine-version', this.#path);
    if (answer.exitCode === 0 && /^\d/.test(answer.stdout)) {
      return new AppError('FORWARD_REFUSED', `sshd on ${this.#place} does not allow ${user} to reach sockets.`, {
        details: { path: this.#path, engine: shown(answer.stdout) },
        hint: ALLOW_FORWARDING,
      });
    }
    // The client's words before and since version 28.
    if (/Cannot connect to the Docker daemon|connect: connection refused/i.test(answer.stderr)) {
      return new AppError('SOCKET_REFUSED', `Nobody answers at ${this.#shownPath} on ${this.#place}.`, {
        details: { path: this.#path, seen: shown(answer.stderr) },
        hint: 'The engine is stopped. Start it on the host: sudo systemctl start docker',
      });
    }
    return this.#undetermined('the socket is there, and open to this user');
  }

  /** Tells a path that is not there from one behind a folder that is closed to this user: `test -e` says no to both. */
  async #absent(): Promise<AppError> {
    const { user } = this.#connection.target;
    for (let folder = dirname(this.#path); folder !== '/'; folder = dirname(folder)) {
      if (!(await this.#test('path-exists', folder))) continue;
      if (await this.#test('path-searchable', folder)) break;
      return new AppError('SOCKET_DENIED', `${user} may not enter ${visibleText(folder)} on ${this.#place}.`, {
        details: { path: this.#path, folder },
        hint: 'Log in as the user the engine belongs to, or name another socket in the target.',
      });
    }
    return new AppError('SOCKET_MISSING', `There is no ${this.#shownPath} on ${this.#place}.`, {
      details: { path: this.#path },
      hint:
        'Check that Docker is installed and running there. A rootless engine has its socket at ' +
        '/run/user/UID/docker.sock, Podman at /run/podman/podman.sock: name it in the target.',
    });
  }

  async #denied(): Promise<AppError> {
    const { user } = this.#connection.target;
    const { stdout } = await this.#run('path-listing', this.#path);
    // Mode, links, owner, group (POSIX, ls -l); a group that is no plain name goes into no command.
    const [, mode, owner, group] = /^(s[rwxsStT-]{9})\S* +\d+ +(\S+) +([a-z_][a-z0-9_-]*) /i.exec(stdout) ?? [];
    const join = group === undefined || /^(root|wheel|sudo)$/.test(group) ? 'docker' : group;
    return new AppError('SOCKET_DENIED', `${user} may not use ${this.#shownPath} on ${this.#place}.`, {
      details: { path: this.#path, mode: mode ?? null, owner: owner ?? null, group: group ?? null },
      hint:
        group === undefined || join === group
          ? `Add the user to its group on the host, then connect again: sudo usermod -aG ${join} ${visibleText(user)}`
          : `The socket belongs to the group ${group}. Let the engine give it to the group docker, and add ${visibleText(user)} to that.`,
    });
  }

  #undetermined(seen: string): AppError {
    return undetermined(this.#connection, this.#path, seen);
  }

  /** @throws AppError EXEC_FAILED where the answer is neither yes nor no */
  async #test(name: TestName, path: string): Promise<boolean> {
    const { exitCode, stderr } = await this.#run(name, path);
    if (exitCode === 0 || exitCode === 1) return exitCode === 0;
    throw new AppError('EXEC_FAILED', `the host could not run "test" (${shown(stderr) || `exit code ${exitCode}`})`);
  }

  #run(name: PathCommand, path: string): Promise<ExecResult> {
    return this.#connection.exec(registeredCommand(name, { path }), this.#signal);
  }

  get #place(): string {
    return place(this.#connection.target);
  }

  get #shownPath(): string {
    return visibleText(this.#path, limits.text.reasonChars);
  }
}

type PathCommand = Exclude<CommandName, 'true'>;
type TestName = Exclude<PathCommand, 'path-listing' | 'engine-version'>;

const ALLOW_FORWARDING =
  'In sshd_config on the host, allow AllowStreamLocalForwarding and AllowTcpForwarding for this user; ' +
  'a key with "restrict" in authorized_keys needs "port-forwarding" too.';

/** A server that does tell. */
function toldBySshd(connection: SshConnection, path: string, refusal: AppError): AppError | null {
  const { reason } = refusal.details;
  const { target } = connection;
  const options = { details: { ...refusal.details, path }, cause: refusal };
  if (reason === ADMINISTRATIVELY_PROHIBITED) {
    return new AppError(
      'FORWARD_REFUSED',
      `The SSH server on ${place(target)} does not allow ${target.user} to reach sockets.`,
      { ...options, hint: ALLOW_FORWARDING },
    );
  }
  if (reason === UNKNOWN_CHANNEL_TYPE) {
    return new AppError('FORWARD_REFUSED', `The SSH server on ${place(target)} cannot forward to sockets.`, {
      ...options,
      hint: 'OpenSSH 6.7 and later can. Use it there as the SSH server.',
    });
  }
  return null;
}

function undetermined({ target }: SshConnection, path: string, seen: string, cause?: AppError): AppError {
  return new AppError('FORWARD_REFUSED', `${place(target)} did not open ${shown(path)}, and does not say why.`, {
    details: { path, seen },
    hint:
      'Either the engine is stopped (see "systemctl status docker" on the host), or sshd does not allow it: ' +
      'AllowStreamLocalForwarding, AllowTcpForwarding or PermitOpen in sshd_config, "restrict" in authorized_keys.',
    ...(cause === undefined ? {} : { cause }),
  });
}
