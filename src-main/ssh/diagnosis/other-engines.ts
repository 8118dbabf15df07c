import type { SshConnection } from '../connection-types.ts';
import { DEFAULT_SOCKET_PATH, type EngineAddress } from '../target.ts';
import type { SocketEvidence } from './forward-evidence.ts';
import { couldNotAsk, HostShell } from './host-shell.ts';

/** Where the engine's client is run from as another user. */
const SUDO = '/usr/bin/sudo';

/**
 * Other ways to an engine that are there for who logged in: sockets that stand open to them (Docker's usual one, those of
 * an engine without root, Podman's), and sudo where theirs is closed. Found, never assumed, and none is tried here: a
 * sudo that is refused is reported to whoever runs the host.
 * @throws AppError CONNECTION_LOST, or the signal's own. Where the shell stops answering it is what was found until then.
 */
export async function otherEngines(
  connection: SshConnection,
  { path, socket }: { readonly path: string; readonly socket: SocketEvidence },
  signal: AbortSignal,
): Promise<EngineAddress[]> {
  const shell = new HostShell(connection, signal);
  const found: EngineAddress[] = [];
  try {
    const uid = await shell.userId();
    for (const candidate of usualSockets(uid)) {
      if (isSame(candidate, path) || !(await shell.test('path-is-socket', candidate))) continue;
      if (await shell.test('path-writable', candidate)) found.push(at(candidate, 'any'));
    }
    const mayUseSudo = socket.kind === 'closed' && uid !== '0';
    if (mayUseSudo && (await shell.test('path-exists', SUDO)) && (await shell.hasDocker(path))) {
      found.push(at(path, 'sudo-dial-stdio'));
    }
  } catch (error) {
    if (couldNotAsk(error) === null) throw error;
  }
  return found;
}

/** As their packages have them: dockerd, dockerd-rootless-setuptool.sh, and Podman's two systemd sockets. */
function usualSockets(uid: string | null): string[] {
  const own = uid === null ? [] : [`/run/user/${uid}/docker.sock`, `/run/user/${uid}/podman/podman.sock`];
  return [DEFAULT_SOCKET_PATH, ...own, '/run/podman/podman.sock'];
}

/** `/var/run` is `/run` wherever there is systemd. */
function isSame(one: string, other: string): boolean {
  return one.replace(/^\/var\/run\//, '/run/') === other.replace(/^\/var\/run\//, '/run/');
}

function at(path: string, via: 'any' | 'sudo-dial-stdio'): EngineAddress {
  return { kind: 'socket', path: path === DEFAULT_SOCKET_PATH ? null : path, via };
}
