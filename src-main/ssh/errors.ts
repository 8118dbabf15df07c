import { AppError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import { visibleText } from '../kernel/text.ts';
import type { SshTarget } from './target.ts';

/** `host:port` for a message, made visible. */
export function place({ host, port }: SshTarget): string {
  return visibleText(host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`, limits.text.labelChars);
}

/** Text of a host or a library for a message: one line, made visible, cut. */
export function shown(text: string): string {
  return visibleText(text.trim(), limits.text.reasonChars);
}

const CHECK_ADDRESS = 'Check the spelling of the host, and that this machine can resolve names.';

/** What `net.connect` failed with. Of several addresses that all failed, the most telling is reported. */
export function connectError(target: SshTarget, cause: unknown): AppError {
  const codes = (cause instanceof AggregateError ? cause.errors : [cause]).map(systemCode);
  const code = codes.find((each) => each === 'ECONNREFUSED') ?? codes[0] ?? 'unknown';
  const options = { cause, details: { seen: code } };
  switch (code) {
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
    case 'EAI_NODATA':
    case 'EAI_FAIL':
      return new AppError('ADDRESS_NOT_FOUND', `The name ${shown(target.host)} has no address.`, {
        ...options,
        hint: CHECK_ADDRESS,
      });
    case 'ECONNREFUSED':
      return new AppError('CONNECT_REFUSED', `${place(target)} refused the connection.`, {
        ...options,
        hint: 'Check that sshd runs there, and on this port.',
      });
    case 'ETIMEDOUT':
      return connectTimeout(target, false);
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

/** Nothing came back. `resolving`: not even the name had been resolved by then. */
export function connectTimeout(target: SshTarget, resolving: boolean): AppError {
  const seconds = limits.ssh.connectMs / 1_000;
  if (resolving) {
    return new AppError('ADDRESS_NOT_FOUND', `The name ${shown(target.host)} was not resolved within ${seconds} s.`, {
      hint: CHECK_ADDRESS,
    });
  }
  return new AppError('CONNECT_TIMEOUT', `${place(target)} did not answer within ${seconds} s.`, {
    hint: 'Check that the machine is up, and that no firewall drops the connection.',
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
  target: SshTarget,
  { phase, firstLine }: HandshakeProgress,
  how: string,
  cause?: unknown,
): AppError {
  const details = { phase, firstLine: firstLine === null ? null : shown(firstLine), seen: how };
  const options = cause === undefined ? { details } : { details, cause };
  if (firstLine !== null && phase === 'greeting') return notSsh(target, firstLine, options);
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

function notSsh(target: SshTarget, firstLine: string, options: { details: Record<string, unknown> }): AppError {
  // What sshd writes in place of its greeting: MaxStartups, and PerSourcePenalties (OpenSSH 9.8 and later).
  if (/^(Exceeded MaxStartups|Not allowed at this time)/.test(firstLine)) {
    return new AppError('HANDSHAKE_FAILED', `sshd on ${place(target)} turns away connections: "${shown(firstLine)}".`, {
      ...options,
      hint: 'Wait a minute. If it stays, see MaxStartups and PerSourcePenalties in its sshd_config.',
    });
  }
  const said = `it said "${shown(firstLine)}"`;
  return new AppError('HANDSHAKE_FAILED', `What answers at ${place(target)} is not an SSH server: ${said}.`, {
    ...options,
    hint: 'Check the port: it belongs to another service.',
  });
}

/** An error ssh2 raised before the login was done. */
export function handshakeCause(target: SshTarget, progress: HandshakeProgress, cause: unknown): AppError {
  const message = cause instanceof Error ? cause.message : String(cause);
  const noMatch = /no matching (.+)$/.exec(message)?.[1];
  if (noMatch !== undefined) {
    return new AppError('HANDSHAKE_FAILED', `${place(target)} and Binnacle have no ${shown(noMatch)} in common.`, {
      cause,
      details: { phase: progress.phase, firstLine: progress.firstLine, seen: message },
      hint: 'The server offers only algorithms that are no longer safe. Update its SSH server.',
    });
  }
  return handshakeError(target, progress, `broke off (${shown(message)})`, cause);
}

/** Why a connection that had been up has ended. `cause`: what ssh2 or the socket reported first, null for nothing. */
export function lostError(target: SshTarget, cause: unknown): AppError {
  const message = cause instanceof Error ? cause.message : '';
  if (/Host denied/.test(message)) {
    return new AppError('HOST_KEY_CHANGED', `${place(target)} changed its host key while connected.`, {
      cause,
      hint: 'Somebody may be between this machine and the host. Ask whoever runs it before you connect again.',
    });
  }
  return new AppError(
    'CONNECTION_LOST',
    `The connection to ${place(target)} was lost: ${lossReason(cause, message)}.`,
    {
      ...(cause === null ? {} : { cause }),
      details: { seen: message === '' ? 'closed' : shown(message) },
    },
  );
}

function lossReason(cause: unknown, message: string): string {
  if (message === 'Keepalive timeout') {
    const seconds = (limits.ssh.keepaliveMs * (limits.ssh.keepaliveCount + 1)) / 1_000;
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
