import { stat } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { userInfo } from 'node:os';
import { AppError, abortError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import { visibleText } from '../kernel/text.ts';
import type { Endpoint } from './endpoint.ts';
import { UNCOUNTED } from './lanes.ts';

/** The socket of this machine's own engine, without SSH. */
export function localSocket(path: string): Endpoint {
  const shownPath = visibleText(path, limits.text.reasonChars);
  return {
    via: 'local',
    place: shownPath,
    budget: UNCOUNTED,
    way: shownPath,
    opensAtSocket: true,
    open: (signal) => open(path, signal),
    explain: (error) => error,
  };
}

/** @throws AppError SOCKET_MISSING, SOCKET_DENIED, SOCKET_REFUSED, ENGINE_UNREACHABLE, or the signal's own */
async function open(path: string, signal: AbortSignal): Promise<Socket> {
  if (signal.aborted) throw abortError(signal);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const socket = connect(path);
  const abort = () => socket.destroy(abortError(signal));
  signal.addEventListener('abort', abort, { once: true });
  socket.once('connect', resolve).once('error', reject);
  try {
    await promise;
    return socket;
  } catch (error) {
    throw error instanceof AppError ? error : await connectFailure(path, error);
  } finally {
    signal.removeEventListener('abort', abort);
    socket.off('error', reject);
  }
}

async function connectFailure(path: string, cause: unknown): Promise<AppError> {
  const seen = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
  const shownPath = visibleText(path, limits.text.reasonChars);
  const options = { details: { path, seen }, cause };
  switch (seen) {
    case 'ENOENT':
    case 'ENOTDIR':
      return new AppError('SOCKET_MISSING', `There is no ${shownPath} on this machine.`, {
        ...options,
        hint:
          'Check that Docker is installed and running. A rootless engine has its socket at /run/user/UID/docker.sock, ' +
          'Podman at /run/podman/podman.sock: name it, as in local:/run/user/1000/docker.sock',
      });
    case 'EACCES':
    case 'EPERM':
      return new AppError(
        'SOCKET_DENIED',
        `${visibleText(userInfo().username)} may not use ${shownPath} on this machine.`,
        {
          ...options,
          hint: 'Join the group it belongs to (ls -l tells which), then log in anew: sudo usermod -aG docker "$USER"',
        },
      );
    case 'ECONNREFUSED':
      // Linux says so of a file that is no socket, too.
      if (await isNoSocket(path)) {
        return new AppError('SOCKET_MISSING', `${shownPath} on this machine is not a socket.`, {
          ...options,
          hint: "Name the engine's socket: local:/path/to/docker.sock",
        });
      }
      return new AppError('SOCKET_REFUSED', `Nobody answers at ${shownPath} on this machine.`, {
        ...options,
        hint: 'The engine is stopped. Start it: sudo systemctl start docker (or Docker Desktop, where it comes with that)',
      });
    case 'EAGAIN':
      return new AppError('ENGINE_UNREACHABLE', `Nobody takes connections at ${shownPath}: too many wait already.`, {
        ...options,
        hint: 'The engine hangs. Look at its log: journalctl -u docker',
      });
    default:
      return new AppError(
        'ENGINE_UNREACHABLE',
        `${shownPath} on this machine cannot be connected to (${seen}).`,
        options,
      );
  }
}

async function isNoSocket(path: string): Promise<boolean> {
  return await stat(path).then(
    (found) => !found.isSocket(),
    () => false,
  );
}
