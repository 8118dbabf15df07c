import { connect, isIP, type Socket } from 'node:net';
import type { Clock } from '../kernel/clock.ts';
import { limits } from '../kernel/limits.ts';
import { bounded } from './bounded.ts';
import { connectError, connectTimeout } from './errors.ts';
import type { SshTarget } from './target.ts';

/**
 * A TCP connection to the host, without Nagle's delay (FACTS, tunnel 2). Our own and not ssh2's, so that refusal, black hole and
 * wrong name are told apart.
 * @throws AppError ADDRESS_NOT_FOUND, CONNECT_REFUSED, CONNECT_TIMEOUT, UNREACHABLE, or the signal's own
 */
export function dial(target: SshTarget, { clock, signal }: { clock: Clock; signal: AbortSignal }): Promise<Socket> {
  let resolving = isIP(target.host) === 0;
  const late = () => connectTimeout(target, resolving);
  const discard = (socket: Socket) => void socket.destroy();
  return bounded({ clock, ms: limits.ssh.connectMs, signals: [signal], late, discard }, async (over) => {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const socket = connect({
      host: target.host,
      port: target.port,
      noDelay: true,
      autoSelectFamilyAttemptTimeout: limits.ssh.connectAttemptMs,
    });
    const stop = () => socket.destroy();
    over.addEventListener('abort', stop, { once: true });
    socket.once('lookup', () => {
      resolving = false;
    });
    socket.once('connect', resolve);
    socket.on('error', reject);
    try {
      await promise;
    } catch (error) {
      throw connectError(target, error);
    } finally {
      over.removeEventListener('abort', stop);
    }
    return socket;
  });
}
