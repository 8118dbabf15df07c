import type { ErrorCode } from '#contract/errors.ts';
import { AppError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import type { KeyOptions } from './connection-types.ts';
import { machineOf, place, shown } from './errors.ts';
import type { Hop } from './hop.ts';

/** RFC 4254, 5.1: what a server may answer to a channel it does not open. */
const ADMINISTRATIVELY_PROHIBITED = 1;
const UNKNOWN_CHANNEL_TYPE = 3;

/** A machine on the way, and what its sshd told of the key that let us in. */
interface Jump {
  readonly hop: Hop;
  readonly keyOptions: KeyOptions | null;
}

/**
 * Why a machine on the way did not connect to the next one. What sshd tells is taken where it tells: the words of its
 * C library come as the description of the refused channel (channels.c, `channel_post_connecting`, `connect_to_helper`).
 * @param refusal FORWARD_REFUSED of `openTcp`
 */
export function jumpRefusal(hop: Hop, jump: Jump, refusal: AppError): AppError {
  const { reason } = refusal.details;
  if (reason === null) return jumpTimeout(hop, jump.hop);
  if (reason === ADMINISTRATIVELY_PROHIBITED) return notForwarding(hop, jump, refusal);
  if (reason === UNKNOWN_CHANNEL_TYPE) {
    return new AppError('JUMP_REFUSED', `The SSH server on ${place(jump.hop)} cannot forward to other machines.`, {
      cause: refusal,
      details: { ...seenFrom(jump.hop, refusal), jump: machineOf(jump.hop) },
      hint: 'Go through a machine with OpenSSH, or reach the host directly.',
    });
  }
  const said = shown(String(refusal.details.seen));
  const told = toldBy(said) ?? UNTOLD;
  return new AppError(told.code, `${told.message(place(hop), place(jump.hop), said)}.`, {
    cause: refusal,
    details: seenFrom(jump.hop, refusal),
    hint: told.hint(place(jump.hop)),
  });
}

/** The machine on the way is there, and has not said in time whether it reaches the next one. */
export function jumpTimeout(hop: Hop, jump: Hop): AppError {
  const seconds = limits.ssh.connectMs / 1_000;
  return new AppError('CONNECT_TIMEOUT', `${place(hop)} did not answer ${place(jump)} within ${seconds} s.`, {
    details: { seenFrom: machineOf(jump) },
    hint: `Check that the machine is up, and that no firewall between it and ${place(jump)} drops the connection.`,
  });
}

/** The machine on the way itself has said nothing at all meanwhile. */
export function jumpSilent(hop: Hop, jump: Hop): AppError {
  const seconds = limits.ssh.connectMs / 1_000;
  return new AppError(
    'CONNECTION_LOST',
    `${place(jump)}, through which ${place(hop)} is reached, has not answered for ${seconds} s.`,
    {
      details: { jump: machineOf(jump), seen: 'nothing' },
      hint: 'Its link may be dead. The next try makes a new one.',
    },
  );
}

/** What went wrong with a machine on the way to `host`, said so that the host is not blamed for it. */
export function onTheWay(error: unknown, jump: Hop, host: Hop): unknown {
  if (!(error instanceof AppError) || error.code === 'CANCELLED' || error.code === 'TIMEOUT') return error;
  // The way to the machine on the way had one too, and has been named.
  if (typeof error.details.jump === 'string') return error;
  return new AppError(error.code, `On the way to ${place(host)}: ${error.message}`, {
    cause: error,
    details: { ...error.details, jump: machineOf(jump) },
    ...(error.hint === null ? {} : { hint: error.hint }),
  });
}

function notForwarding(hop: Hop, { hop: jump, keyOptions }: Jump, refusal: AppError): AppError {
  const restricted = keyOptions?.portForwarding === false;
  return new AppError('JUMP_REFUSED', `${place(jump)} does not let ${shown(jump.user)} forward to ${place(hop)}.`, {
    cause: refusal,
    details: { ...seenFrom(jump, refusal), jump: machineOf(jump) },
    hint: restricted
      ? `The key may not forward: on ${place(jump)}, give its line in authorized_keys "port-forwarding", or take "restrict" or "no-port-forwarding" from it.`
      : `On ${place(jump)}, sshd_config must allow it (AllowTcpForwarding, PermitOpen, DisableForwarding), and the line of the key in authorized_keys too (restrict, no-port-forwarding, permitopen). Where both do, PAM may bar the whole session of ${shown(jump.user)} there, as with a password that has expired: sshd's log tells.`,
  });
}

function seenFrom(jump: Hop, { details: { reason, seen } }: AppError) {
  return { seenFrom: machineOf(jump), reason, seen };
}

interface Telling {
  readonly code: ErrorCode;
  readonly message: (host: string, jump: string, said: string) => string;
  readonly hint: (jump: string) => string;
}

/** glibc's, musl's and the BSDs' words for what `connect` and `getaddrinfo` fail with. */
const TOLD: readonly (Telling & { readonly words: RegExp })[] = [
  {
    words: /connection refused/i,
    code: 'CONNECT_REFUSED',
    message: (host, jump) => `${host} refused the connection of ${jump}`,
    hint: () => 'Check that sshd runs there, and on this port; a firewall that rejects connections looks the same.',
  },
  {
    words: /timed out/i,
    code: 'CONNECT_TIMEOUT',
    message: (host, jump) => `${host} did not answer ${jump}`,
    hint: (jump) => `Check that the machine is up, and that no firewall between it and ${jump} drops the connection.`,
  },
  {
    words: /not known|does not resolve|no address associated|failure in name resolution|nodename nor servname/i,
    code: 'ADDRESS_NOT_FOUND',
    message: (host, jump, said) => `${jump} finds no address for the name in ${host} (${said})`,
    hint: (jump) => `The name is resolved by ${jump}: check its spelling, and that ${jump} knows it.`,
  },
  {
    words: /no route to host|unreachable|host is down/i,
    code: 'UNREACHABLE',
    message: (host, jump, said) => `${host} cannot be reached from ${jump} (${said})`,
    hint: (jump) => `Check the network of ${jump}, and firewalls between it and the host.`,
  },
];

function toldBy(said: string): Telling | undefined {
  return TOLD.find(({ words }) => words.test(said));
}

/**
 * What sshd's words for a refused TCP channel say that the connection failed of: CONNECT_REFUSED, CONNECT_TIMEOUT,
 * ADDRESS_NOT_FOUND, UNREACHABLE; null where they say nothing.
 */
export function connectCodeOf(said: string): ErrorCode | null {
  return toldBy(said)?.code ?? null;
}

const UNTOLD: Telling = {
  code: 'UNREACHABLE',
  message: (host, jump, said) => `${jump} did not connect to ${host}, and does not say why ("${said}")`,
  hint: (jump) => `See the log of sshd on ${jump}; on it, "nc -vz HOST PORT" shows whether the host can be reached.`,
};
