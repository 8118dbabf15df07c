import { AppError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import { visibleText } from '../kernel/text.ts';
import type { Hop, Machine } from './hop.ts';

type Place = Pick<Hop, 'host' | 'port'>;

/** `host:port` for a message, made visible. */
export function place({ host, port }: Place): string {
  return visibleText(host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`, limits.text.labelChars);
}

/** `user@host:port`, made visible. */
export function machineOf(hop: Place & Pick<Hop, 'user'>): Machine {
  return `${visibleText(hop.user, limits.text.labelChars)}@${place(hop)}`;
}

/** Text of a host or a library for a message: one line, made visible, cut. */
export function shown(text: string): string {
  return visibleText(text.trim(), limits.text.reasonChars);
}

const CHECK_ADDRESS = 'Check the spelling of the host, and that this machine can resolve names.';

/** What `net.connect` failed with. Of several addresses that all failed, the most telling is reported, and all are seen. */
export function connectError(target: Place, cause: unknown): AppError {
  const causes: readonly unknown[] = cause instanceof AggregateError ? cause.errors : [cause];
  const codes = causes.map(systemCode);
  const code = codes.find((each) => each === 'ECONNREFUSED') ?? codes[0] ?? 'unknown';
  const seen = causes.length > 1 ? causes.map(addressSeen) : code;
  const options = { cause, details: { seen } };
  switch (code) {
    case 'EAI_AGAIN':
      return new AppError('ADDRESS_NOT_FOUND', `The name ${shown(target.host)} could not be resolved now.`, {
        ...options,
        hint: 'No name server gave an answer: check the network of this machine, its DNS, and a VPN that may be needed.',
      });
    case 'ENOTFOUND':
    case 'EAI_NODATA':
    case 'EAI_FAIL':
      return new AppError('ADDRESS_NOT_FOUND', `The name ${shown(target.host)} has no address.`, {
        ...options,
        hint: CHECK_ADDRESS,
      });
    case 'ECONNREFUSED':
      return new AppError('CONNECT_REFUSED', `${place(target)} refused the connection.`, {
        ...options,
        hint: 'Check that sshd runs there, and on this port; a firewall that rejects connections looks the same.',
      });
    case 'ETIMEDOUT':
      return connectTimeout(target, false, Array.isArray(seen) ? seen : []);
    case 'ECONNRESET':
      // Taken and cut before we were told that it had been taken.
      return handshakeError(target, { phase: 'greeting', firstLine: null }, 'cut the connection', cause);
    default:
      return new AppError('UNREACHABLE', `${place(target)} cannot be reached (${code}).`, {
        ...options,
        hint: 'Check the network of this machine, a VPN that may be needed, and firewalls on the way.',
      });
  }
}

/** What came of one of several addresses: `192.0.2.7: ECONNREFUSED`. */
function addressSeen(cause: unknown): string {
  const code = systemCode(cause) ?? 'unknown';
  const address = cause instanceof Error && 'address' in cause ? shown(String(cause.address)) : 'an address';
  return `${address}: ${code === 'ETIMEDOUT' ? 'no answer' : code}`;
}

/** Nothing came back. `resolving`: not even the name had been resolved by then. `seen`: of each of several addresses. */
export function connectTimeout(target: Place, resolving: boolean, seen: readonly string[] = []): AppError {
  const seconds = limits.ssh.connectMs / 1_000;
  if (resolving) {
    return new AppError('ADDRESS_NOT_FOUND', `The name ${shown(target.host)} was not resolved within ${seconds} s.`, {
      hint: CHECK_ADDRESS,
    });
  }
  return new AppError('CONNECT_TIMEOUT', `${place(target)} did not answer within ${seconds} s.`, {
    hint: 'Check that the machine is up, and that no firewall drops the connection.',
    ...(seen.length === 0 ? {} : { details: { seen } }),
  });
}

/** How far a handshake had come when it ended; `firstLine` is what the other side said first, null for nothing. */
export interface HandshakeProgress {
  readonly phase: 'greeting' | 'key-exchange' | 'authenticating';
  readonly firstLine: string | null;
}

const DURING = {
  greeting: 'before it greeted as an SSH server',
  'key-exchange': 'during the key exchange',
  authenticating: 'during the login',
} as const;

/**
 * A handshake that did not come to its end. `how` says in which way, as a predicate ("closed the connection").
 */
export function handshakeError(
  target: Place,
  { phase, firstLine }: HandshakeProgress,
  how: string,
  cause?: unknown,
): AppError {
  const details = { phase, firstLine: firstLine === null ? null : shown(firstLine), seen: how };
  const options = cause === undefined ? { details } : { details, cause };
  if (firstLine !== null && phase === 'greeting' && !beginsAsSsh(firstLine)) return notSsh(target, firstLine, options);
  if (firstLine === null) {
    return new AppError('HANDSHAKE_FAILED', `${place(target)} ${how} without having said anything.`, {
      ...options,
      hint: "Check that the port is that of an SSH server, and sshd's log: it may be turning away new connections.",
    });
  }
  return new AppError('HANDSHAKE_FAILED', `${place(target)} ${how} ${DURING[phase]}.`, {
    ...options,
    hint: "See sshd's log on the host for its reason.",
  });
}

/** Cut within its first line, an SSH server's greeting is still no other protocol's. */
function beginsAsSsh(firstLine: string): boolean {
  return 'SSH-'.startsWith(firstLine.slice(0, 4));
}

function notSsh(target: Place, firstLine: string, options: { details: Record<string, unknown> }): AppError {
  // What sshd writes in place of its greeting: MaxStartups, and PerSourcePenalties (OpenSSH 9.8 and later).
  if (/^(Exceeded MaxStartups|Not allowed at this time)/.test(firstLine)) {
    return new AppError('HANDSHAKE_FAILED', `sshd on ${place(target)} turns away connections: "${shown(firstLine)}".`, {
      ...options,
      hint: 'Wait a minute. If it stays, see MaxStartups and PerSourcePenalties in its sshd_config.',
    });
  }
  const said = `it said "${shown(firstLine)}"`;
  return new AppError('NOT_SSH', `What answers at ${place(target)} is not an SSH server: ${said}.`, {
    ...options,
    hint: 'Check the port: it belongs to another service.',
  });
}

/** An error ssh2 raised before the login was done. */
export function handshakeCause(target: Place, progress: HandshakeProgress, cause: unknown): AppError {
  const message = cause instanceof Error ? cause.message : String(cause);
  return handshakeError(target, progress, `broke off (${shown(message)})`, cause);
}

/**
 * Why a connection that had been up has ended. `cause`: what ssh2 or the socket reported first, null for nothing; where it
 * went through another machine, the AppError that says why the connection there has ended.
 */
export function lostError(hop: Hop, cause: unknown, through: Hop | null = null): AppError {
  if (cause instanceof AppError && through !== null) return lostOnTheWay(hop, cause, through);
  const message = cause instanceof Error ? cause.message : '';
  if (/Host denied/.test(message)) {
    return new AppError('HOST_KEY_CHANGED', `${place(hop)} changed its host key while connected.`, {
      cause,
      hint: 'Somebody may be between this machine and the host. Ask whoever runs it before you connect again.',
    });
  }
  return new AppError(
    'CONNECTION_LOST',
    `The connection to ${place(hop)} was lost: ${lossReason(hop, cause, message)}.`,
    {
      ...(cause === null ? {} : { cause }),
      details: { seen: message === '' ? 'closed' : shown(message) },
    },
  );
}

function lostOnTheWay(hop: Hop, cause: AppError, through: Hop): AppError {
  const { jump = machineOf(through), seen = null } = cause.details;
  return new AppError('CONNECTION_LOST', `The way to ${place(hop)} was lost. ${cause.message}`, {
    cause,
    details: { jump, seen },
    ...(cause.hint === null ? {} : { hint: cause.hint }),
  });
}

function lossReason({ keepalive }: Hop, cause: unknown, message: string): string {
  if (message === 'Keepalive timeout') {
    const seconds = (keepalive.intervalMs * (keepalive.count + 1)) / 1_000;
    return `the host has not answered for ${seconds} s`;
  }
  if (systemCode(cause) === 'ECONNRESET') return 'it was reset';
  if (systemCode(cause) === 'EPIPE' || message === '') return 'the host closed it';
  return shown(message);
}

/** The code of a system error (`ECONNREFUSED`); undefined for anything else. */
export function systemCode(error: unknown): string | undefined {
  const code: unknown = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : undefined;
}
