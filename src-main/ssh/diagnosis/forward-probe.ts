import { AppError } from '../../kernel/errors.ts';
import type { ExecResult, SshConnection } from '../connection-types.ts';
import { shown } from '../errors.ts';
import type { EngineEvidence, ForwardEvidence, SocketEvidence, TcpAnswer } from './forward-evidence.ts';
import { couldNotAsk, HostShell, lastLine, wordsOf } from './host-shell.ts';
import { lookAtSocket } from './socket-probe.ts';

/** Where nobody listens on any machine that is not older than the web (tcpmux, RFC 1078). */
const OTHER_PLACE = { host: 'localhost', port: 1 };
const ADMINISTRATIVELY_PROHIBITED = 1;
const CONNECT_FAILED = 2;

/**
 * Asks the host what tells the causes apart: sshd by two TCP channels, its shell by `test`, its docker client by
 * `docker version`. Changes nothing there.
 * @param reason with which sshd refused the socket; null where it gave none
 * @param signal ends it; where it is aborted with EXEC_FAILED, what was seen until then is what there is
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
    askShell(new HostShell(connection, signal), path, told.key?.command === true),
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
    if (couldNotAsk(error) !== null) return 'unknown';
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

/** @param forced whether the key has `command=` */
async function askShell(shell: HostShell, path: string, forced: boolean): Promise<ShellAnswers> {
  if (forced) return { shell: { kind: 'forced' }, socket: null, engine: null };
  let socket: SocketEvidence | null = null;
  try {
    const kind = await shell.kind();
    if (kind.kind !== 'posix') return { shell: kind, socket, engine: null };
    socket = await lookAtSocket(shell, path);
    return { shell: kind, socket, engine: socket.kind === 'open' ? await askDocker(shell, path) : null };
  } catch (error) {
    const unheard = shell.unheard(error);
    if (unheard === null) throw error;
    // What was seen of the socket stays seen; what hung was the docker client.
    if (socket !== null) return { shell: { kind: 'posix' }, socket, engine: { kind: 'unknown', said: unheard.why } };
    return { shell: unheard, socket, engine: null };
  }
}

async function askDocker(shell: HostShell, path: string): Promise<EngineEvidence> {
  const answer = await shell.run('engine-version', path);
  if (answer.exitCode === 0 && /^\d/.test(lastLine(answer.stdout))) {
    return { kind: 'answers', said: shown(lastLine(answer.stdout)) };
  }
  const said = wordsOf(answer);
  // A policy in front of the engine, or an engine of another time than the client: it refuses, so it answers.
  if (/^Error response from daemon: /m.test(answer.stderr)) return { kind: 'answers', said };
  const told = connectFailure(answer.stderr);
  if (told !== null) return { kind: told, said, dialled: null };
  if (!/Cannot connect to the Docker daemon/i.test(answer.stderr)) return { kind: 'unknown', said };
  const dialled = await dial(shell, path);
  return { kind: connectFailure(dialled?.stderr ?? '') ?? 'unreached', said, dialled: dialled && dialWords(dialled) };
}

/** null where it did not come to its end: what `docker version` said counts. */
async function dial(shell: HostShell, path: string): Promise<ExecResult | null> {
  try {
    return await shell.run('dial-stdio-at', path);
  } catch (error) {
    if (couldNotAsk(error) === null) throw error;
    return null;
  }
}

/** What it fails with alone: the whole would be cut before it comes to that. */
function dialWords(answer: ExecResult): string {
  const stderr = answer.stderr.replace(/^failed to open the raw stream connection: dial unix \S+ /m, '');
  return wordsOf({ ...answer, stderr });
}

/** The kernel's words for ECONNREFUSED and EAGAIN (unix(7)), as Go tells them; null where neither is there. */
function connectFailure(stderr: string): 'nobody' | 'full' | null {
  if (/connect: connection refused/i.test(stderr)) return 'nobody';
  return /connect: resource temporarily unavailable/i.test(stderr) ? 'full' : null;
}
