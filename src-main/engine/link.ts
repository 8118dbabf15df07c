import { userInfo } from 'node:os';
import type { ConnectionReport, HopReport } from '#contract/hosts.ts';
import type { Clock } from '../kernel/clock.ts';
import { AppError } from '../kernel/errors.ts';
import type { SshConnection } from '../ssh/connection-types.ts';
import { type ForwardDiagnoses, UNREMEMBERED } from '../ssh/diagnosis/forward-diagnoses.ts';
import { DEFAULT_SOCKET_PATH, type EngineAddress, type LocalTarget } from '../ssh/target.ts';
import { dialStdio, type Endpoint, streamLocal, tcpPort } from './endpoint.ts';
import type { HostMode } from './gate.ts';
import { LinkSteps } from './link-steps.ts';
import { localSocket } from './local-endpoint.ts';
import type { EngineClient } from './model.ts';
import { openAgain } from './open-again.ts';
import { type OpenedEndpoint, openEndpoint, tellStop } from './open-endpoint.ts';
import { blamed } from './silence.ts';

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
  /**
   * Milliseconds since anything came over the connection, sshd's answers to keepalives included; 0 where there is no
   * connection that could fall silent.
   */
  silentMs(): number;
  /** How it is connected, as of now; without notes on the way. */
  report(): Omit<ConnectionReport, 'notes'>;
}

export type LinkStep = 'forward' | 'socket' | 'engine';

/** How far the opening of an engine has come. */
export type LinkEvent =
  /** `ms`: milliseconds of it that were over when that was known; default: none. */
  | { readonly kind: 'begun'; readonly step: LinkStep; readonly ms?: number }
  | { readonly kind: 'passed'; readonly step: LinkStep; readonly ms: number; readonly seen: string }
  | { readonly kind: 'skipped'; readonly step: LinkStep; readonly why: string };

export interface LinkOptions {
  /** What the host is set to; read at each request. */
  readonly mode: () => HostMode;
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly onEvent?: (event: LinkEvent) => void;
  /**
   * Asked where it is the engine that failed, and another try of it over the same connection might not: resolves when that
   * is to be made, with whether a person asks for it; rejects with its AppError once `over` is aborted. Default, or null:
   * the first failure is the last.
   */
  readonly again?: ((why: AppError, over: AbortSignal) => Promise<boolean>) | null;
}

interface SshLinkOptions extends LinkOptions {
  /** Why sshd does not get through. Default: the host is asked at each failure. */
  readonly diagnoses?: Pick<ForwardDiagnoses, 'explain'>;
  /** A person asks for it: what was found out before does not count. Default: yes. */
  readonly isWished?: boolean;
}

/**
 * Opens the engine behind an SSH connection, which the link owns from then on: it is closed with the link, and
 * when the engine cannot be opened, and is not to be tried again. `options.signal` ends the opening.
 * @throws AppError what `explainForwardFailure` returns, where sshd does not get through to the socket; DIAL_STDIO_FAILED,
 *   COMMAND_FORCED, EXEC_FAILED (no command ends there), UNDETERMINED, SESSIONS_EXHAUSTED, SOCKET_* for `docker system dial-stdio`; FORWARD_REFUSED, KEY_RESTRICTED,
 *   ENGINE_UNREACHABLE for a port; CONNECTION_LOST where nothing came over the connection at all; what `openEngine` throws
 *   otherwise
 */
export async function openLink(
  connection: SshConnection,
  engine: EngineAddress,
  options: SshLinkOptions,
): Promise<HostLink> {
  await using cleanup = new AsyncDisposableStack();
  cleanup.use(connection);
  const { isWished = true } = options;
  const open = async (isAsked: boolean) => {
    try {
      return await openAddress(connection, engine, { ...options, isWished: isAsked });
    } catch (error) {
      throw error instanceof AppError ? blamed(error, connection.silentMs()) : error;
    }
  };
  const opened = cleanup.use(await openAgain(open, { ...options, isWished, ended: connection.closed }));
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
    silentMs: () => connection.silentMs(),
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
  const { promise: closed, resolve } = Promise.withResolvers<AppError | null>();
  const endpoint = () => localSocket(engine.path ?? DEFAULT_SOCKET_PATH);
  const opened = await openAgain(() => openEndpoint(endpoint(), { mode, signal, clock, steps }), {
    ...options,
    isWished: true,
    ended: closed,
  });
  return {
    client: opened.client,
    login: { user: userInfo().username, hostKey: null, loginKey: null },
    closed,
    silentMs: () => 0,
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
  options: SshLinkOptions & { readonly isWished: boolean },
): Promise<OpenedEndpoint> {
  const steps = new LinkSteps(options);
  const { mode, signal, clock, isWished, diagnoses = UNREMEMBERED } = options;
  const stopOf = (endpoint: Endpoint) => (error: unknown, openedAt: number | null) =>
    tellStop(endpoint, error, steps, openedAt);
  const open = (endpoint: Endpoint, onStop = stopOf(endpoint)) =>
    openEndpoint(endpoint, { mode, signal, clock, steps, onStop });
  if (engine.kind === 'tcp') return await open(tcpPort(connection, engine));
  if (engine.via !== 'any') return await open(dialStdio(connection, engine.path, engine.via === 'sudo-dial-stdio'));
  const path = engine.path ?? DEFAULT_SOCKET_PATH;
  try {
    return await open(streamLocal(connection, path));
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'FORWARD_REFUSED') throw error;
    const why = await diagnoses.explain(connection, { path, refusal: error, isWished }, signal);
    if (!NOT_ALLOWED.has(why.code)) {
      // Whether sshd would forward is not told by a socket that it could not have reached anyway.
      if (why.details.isAtSocket === true) steps.failedAtSocket('it cannot be told before the socket answers');
      throw why;
    }
    const endpoint = dialStdio(connection, path, false);
    const unfit = UNFIT_SHELL[String(why.details.shell)];
    if (unfit !== undefined) throw withSeen(why, [`${endpoint.way}: not tried, because ${unfit}`]);
    // Where that does not get through either, it is sshd's refusal at which the opening has stopped.
    const onStop = (stop: unknown, openedAt: number | null) => {
      if (!isNoWay(stop)) tellStop(endpoint, stop, steps, openedAt);
    };
    steps.instead('sshd does not forward to sockets');
    try {
      return await open(endpoint, onStop);
    } catch (second) {
      throw isNoWay(second) ? bothRefused(why, endpoint, second) : second;
    }
  }
}

/**
 * Shells on which docker is not tried unasked: what is said to it might be said to another command, which may take it for
 * commands of its own.
 */
const UNFIT_SHELL: Readonly<Record<string, string>> = {
  alike: 'something else is run there, whatever is asked',
  silent: 'no command comes to its end there',
};

/** The first cause is the one to tell, with what `docker system dial-stdio` said. */
function bothRefused(first: AppError, { way }: Endpoint, second: AppError): AppError {
  const said = linesSeen(second);
  return withSeen(first, said.length > 0 ? said : [`${way}: ${second.message}`]);
}

function withSeen(error: AppError, lines: readonly string[]): AppError {
  return new AppError(error.code, error.message, {
    details: { ...error.details, seen: [...linesSeen(error), ...lines] },
    ...(error.hint === null ? {} : { hint: error.hint }),
    cause: error,
  });
}

function linesSeen({ details: { seen } }: AppError): readonly string[] {
  if (Array.isArray(seen)) return seen.map(String);
  return typeof seen === 'string' ? [seen] : [];
}

const NOT_ALLOWED: ReadonlySet<string> = new Set(['FORWARD_REFUSED', 'KEY_RESTRICTED']);
/** What keeps `docker system dial-stdio` from an engine, and says nothing of the engine. */
const NO_WAY: ReadonlySet<string> = new Set([
  'SOCKET_MISSING',
  'SOCKET_DENIED',
  'SOCKET_REFUSED',
  'DIAL_STDIO_FAILED',
  'COMMAND_FORCED',
  'SESSIONS_EXHAUSTED',
  'EXEC_FAILED',
  'EXEC_NOT_ALLOWED',
  'UNDETERMINED',
]);

function isNoWay(error: unknown): error is AppError {
  return error instanceof AppError && (NO_WAY.has(error.code) || error.details.isAtSocket === true);
}
