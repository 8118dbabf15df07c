import { AppError } from '../kernel/errors.ts';
import type { SshConnection } from '../ssh/connection-types.ts';
import { explainForwardFailure } from '../ssh/diagnosis.ts';
import { openEngine } from './client.ts';
import type { HostMode } from './gate.ts';
import type { EngineClient } from './model.ts';

/** Who we are to a host, and by which keys the two knew each other. */
export interface HostLogin {
  readonly user: string;
  /** `SHA256:…` of the host key that was verified. */
  readonly hostKey: string;
  /** `SHA256:…` of the key that was accepted for the login; null where it is not known. */
  readonly loginKey: string | null;
}

/** A host that has been reached: its engine, and the one connection below it. */
export interface HostLink extends AsyncDisposable {
  readonly client: EngineClient;
  readonly login: HostLogin;
  /** Resolves once, when the connection has ended: with why, or null when it was disposed. */
  readonly closed: Promise<AppError | null>;
}

/**
 * Opens the engine behind an SSH connection, which the link owns from then on: it is closed with the link, and
 * when the engine cannot be opened.
 * @param options.mode what the host is set to; read at each request
 * @throws AppError SOCKET_MISSING, SOCKET_DENIED, SOCKET_REFUSED or FORWARD_REFUSED when the socket cannot be
 * reached; what `openEngine` throws otherwise
 */
export async function openLink(
  connection: SshConnection,
  { mode, signal }: { readonly mode: () => HostMode; readonly signal: AbortSignal },
): Promise<HostLink> {
  const { socketPath } = connection.target;
  await using cleanup = new AsyncDisposableStack();
  cleanup.use(connection);
  try {
    const client = await openEngine(
      { open: (opening) => connection.openUnixSocket(socketPath, opening) },
      { signal, mode },
    );
    cleanup.use(client);
    const owned = cleanup.move();
    const login: HostLogin = {
      user: connection.target.user,
      hostKey: connection.hostKeyFingerprint,
      loginKey: connection.loginKeyFingerprint,
    };
    return { client, login, closed: connection.closed, [Symbol.asyncDispose]: () => owned.disposeAsync() };
  } catch (error) {
    if (error instanceof AppError && error.code === 'FORWARD_REFUSED') {
      throw await explainForwardFailure(connection, socketPath, signal, error);
    }
    throw error;
  }
}
