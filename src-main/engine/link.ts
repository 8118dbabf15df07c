import { userInfo } from 'node:os';
import type { ConnectionReport, HopReport } from '#contract/hosts.ts';
import type { Clock } from '../kernel/clock.ts';
import { AppError } from '../kernel/errors.ts';
import type { SshConnection } from '../ssh/connection-types.ts';
import { explainForwardFailure } from '../ssh/diagnosis.ts';
import { DEFAULT_SOCKET_PATH, type EngineAddress, type LocalTarget } from '../ssh/target.ts';
import { dialStdio, type Endpoint, streamLocal, tcpPort } from './endpoint.ts';
import type { HostMode } from './gate.ts';
import { LinkSteps } from './link-steps.ts';
import { localSocket } from './local-endpoint.ts';
import type { EngineClient } from './model.ts';
import { type OpenedEndpoint, openEndpoint, tellStop } from './open-endpoint.ts';

/** Who we are to a host, and by which keys the two knew each other. */
export interface HostLogin {
  readonly user: string;
  /** `SHA256:…` of the host key that was verified; null for the engine of this machine. */
  readonly hostKey: string | null;
  /** `SHA256:…` of the key that was accepted for the login; null where it is not known. */
  readonly loginKey: string | null;
}

/** A host that has been reached: its engine, and the one connection below it. */
export interface HostLink extends AsyncDisposable {
  readonly client: EngineClient;
  readonly login: HostLogin;
  /** Resolves once, when the connection has ended: with why, or null when it was disposed. */
  readonly closed: Promise<AppError | null>;
  /** How it is connected, as of now; without notes on the way. */
  report(): Omit<ConnectionReport, 'notes'>;
}

export type LinkStep = 'forward' | 'socket' | 'engine';

/** How far the opening of an engine has come. */
export type LinkEvent =
  | { readonly kind: 'begun'; readonly step: LinkStep }
  | { readonly kind: 'passed'; readonly step: LinkStep; readonly ms: number; readonly seen: string }
  | { readonly kind: 'skipped'; readonly step: LinkStep; readonly why: string };

export interface LinkOptions {
  /** What the host is set to; read at each request. */
  readonly mode: () => HostMode;
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly onEvent?: (event: LinkEvent) => void;
}

/**
 * Opens the engine behind an SSH connection, which the link owns from then on: it is closed with the link, and
 * when the engine cannot be opened.
 * @throws AppError what `explainForwardFailure` returns, where sshd does not get through to the socket; DIAL_STDIO_FAILED,
 *   COMMAND_FORCED, SESSIONS_EXHAUSTED, SOCKET_* for `docker system dial-stdio`; FORWARD_REFUSED, KEY_RESTRICTED,
 *   ENGINE_UNREACHABLE for a port; what `openEngine` throws otherwise
 */
export async function openLink(
  connection: SshConnection,
  engine: EngineAddress,
  options: LinkOptions,
): Promise<HostLink> {
  await using cleanup = new AsyncDisposableStack();
  cleanup.use(connection);
  const opened = cleanup.use(await openAddress(connection, engine, options));
  const owned = cleanup.move();
  const login: HostLogin = {
    user: connection.hop.user,
    hostKey: connection.hostKeyFingerprint,
    loginKey: connection.loginKeyFingerprint,
  };
  return {
    client: opened.client,
    login,
    closed: connection.closed,
    report: () => reportOf(opened, connection.report()),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/**
 * Opens the engine of this machine, without SSH. There is no connection that could end: whether the engine still answers
 * only its pulse tells.
 * @throws AppError SOCKET_MISSING, SOCKET_DENIED, SOCKET_REFUSED; what `openEngine` throws otherwise
 */
export async function openLocalLink(engine: LocalTarget['engine'], options: LinkOptions): Promise<HostLink> {
  const steps = new LinkSteps(options);
  steps.skipped('forward', 'this machine’s own engine');
  const { mode, signal, clock } = options;
  const opened = await openEndpoint(localSocket(engine.path ?? DEFAULT_SOCKET_PATH), { mode, signal, clock, steps });
  const { promise: closed, resolve } = Promise.withResolvers<AppError | null>();
  return {
    client: opened.client,
    login: { user: userInfo().username, hostKey: null, loginKey: null },
    closed,
    report: () => reportOf(opened, []),
    async [Symbol.asyncDispose]() {
      await opened[Symbol.asyncDispose]();
      resolve(null);
    },
  };
}

function reportOf(
  { endpoint, client, counts, lanes }: OpenedEndpoint,
  hops: readonly HopReport[],
): Omit<ConnectionReport, 'notes'> {
  return {
    hops: [...hops],
    via: endpoint.via,
    endpoint: endpoint.place,
    channels: { ...counts(), most: lanes.budget.sessions },
    costs: [...client.costs()],
  };
}

async function openAddress(
  connection: SshConnection,
  engine: EngineAddress,
  options: LinkOptions,
): Promise<OpenedEndpoint> {
  const steps = new LinkSteps(options);
  const { mode, signal, clock } = options;
  const open = (endpoint: Endpoint, onStop = (error: unknown) => tellStop(endpoint, error, steps)) =>
    openEndpoint(endpoint, { mode, signal, clock, steps, onStop });
  if (engine.kind === 'tcp') return await open(tcpPort(connection, engine));
  if (engine.via !== 'any') return await open(dialStdio(connection, engine.path, engine.via === 'sudo-dial-stdio'));
  const path = engine.path ?? DEFAULT_SOCKET_PATH;
  try {
    return await open(streamLocal(connection, path));
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'FORWARD_REFUSED') throw error;
    const why = await explainForwardFailure(connection, path, options.signal, error);
    if (!NOT_ALLOWED.has(why.code)) {
      // Whether sshd would forward is not told by a socket that it could not have reached anyway.
      if (AT_THE_SOCKET.has(why.code)) steps.failedAtSocket('it cannot be told before the socket answers');
      throw why;
    }
    const endpoint = dialStdio(connection, path, false);
    // Where that does not get through either, it is sshd's refusal at which the opening has stopped.
    const onStop = (stop: unknown) => {
      if (!isNoWay(stop)) tellStop(endpoint, stop, steps);
    };
    steps.instead('sshd does not forward to sockets');
    try {
      return await open(endpoint, onStop);
    } catch (second) {
      throw isNoWay(second) ? bothRefused(why, endpoint, second) : second;
    }
  }
}

/** The first cause is the one to tell, with what `docker system dial-stdio` said. */
function bothRefused(first: AppError, { way }: Endpoint, second: AppError): AppError {
  const seen = [
    ...linesSeen(first),
    ...(linesSeen(second).length > 0 ? linesSeen(second) : [`${way}: ${second.message}`]),
  ];
  return new AppError(first.code, first.message, {
    details: { ...first.details, seen },
    ...(first.hint === null ? {} : { hint: first.hint }),
    cause: first,
  });
}

function linesSeen({ details: { seen } }: AppError): readonly string[] {
  if (Array.isArray(seen)) return seen.map(String);
  return typeof seen === 'string' ? [seen] : [];
}

const NOT_ALLOWED: ReadonlySet<string> = new Set(['FORWARD_REFUSED', 'KEY_RESTRICTED']);
const AT_THE_SOCKET: ReadonlySet<string> = new Set(['SOCKET_MISSING', 'SOCKET_DENIED', 'SOCKET_REFUSED']);
/** What keeps `docker system dial-stdio` from an engine, and says nothing of the engine. */
const NO_WAY: ReadonlySet<string> = new Set([
  ...AT_THE_SOCKET,
  'DIAL_STDIO_FAILED',
  'COMMAND_FORCED',
  'SESSIONS_EXHAUSTED',
  'EXEC_FAILED',
  'EXEC_NOT_ALLOWED',
]);

function isNoWay(error: unknown): error is AppError {
  return error instanceof AppError && NO_WAY.has(error.code);
}
