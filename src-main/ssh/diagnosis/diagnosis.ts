import { AppError } from '../../kernel/errors.ts';
import { limits } from '../../kernel/limits.ts';
import { visibleText } from '../../kernel/text.ts';
import type { SshConnection } from '../connection-types.ts';
import { place } from '../errors.ts';
import { passwordExpired } from '../login/login-errors.ts';
import { forwardError } from './forward-errors.ts';
import type { ForwardEvidence } from './forward-evidence.ts';
import { probeForward } from './forward-probe.ts';
import { judgeForward } from './forward-verdict.ts';
import { lookAround } from './host-shell.ts';
import { otherEngines } from './other-engines.ts';

/**
 * Why the host did not open `path`: sshd gives one answer for every cause (forward-evidence.ts), so it is asked for other
 * channels, and the host's own shell about the socket. A cause is named only where nothing else would have looked the
 * same; else it is UNDETERMINED, with what is left in the hint.
 *
 * `details.seen` (string[]) has what the cause rests on, a line each; `details.found` (EngineAddress[]) other ways to an
 * engine that are there for this user, empty where none was looked for; `details.isAtSocket` whether the socket or what is
 * behind it is the matter, and not the way there; `details.shell` what the host's shell is like (`ShellEvidence.kind`).
 * All of the looking ends after `limits.ssh.lookMs`.
 * @param refusal what `openUnixSocket` rejected with
 * @returns SOCKET_MISSING, SOCKET_DENIED, SOCKET_REFUSED, ENGINE_UNREACHABLE (it hangs), KEY_RESTRICTED, FORWARD_REFUSED (sshd does not allow it),
 *   AUTH_FAILED (the password has expired), COMMAND_FORCED (it runs no command of ours, so that it cannot be seen), UNDETERMINED; CONNECTION_LOST or the signal's
 *   own where the looking itself was cut off
 */
export async function explainForwardFailure(
  connection: SshConnection,
  path: string,
  signal: AbortSignal,
  refusal?: AppError,
): Promise<AppError> {
  const { hop } = connection;
  try {
    const { evidence, found } = await lookAround(signal, async (during) => {
      const seen = await probeForward(connection, path, reasonOf(refusal), during);
      const others = isSocketAtFault(seen) ? await otherEngines(connection, { path, socket: seen.socket }, during) : [];
      return { evidence: seen, found: others };
    });
    if (isPasswordExpired(evidence)) return passwordExpired(hop, [evidence.shell.said]);
    const verdict = judgeForward(evidence);
    const scene = {
      place: place(hop),
      user: visibleText(hop.user),
      path: visibleText(path, limits.text.reasonChars),
      port: hop.port,
    };
    return forwardError(verdict, evidence, scene, { refusal, found });
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
}

/**
 * Whether sshd has let us in for nothing but a new password, as it does with one that has expired, after a key too (PAM):
 * then it forwards nothing, and answers every command so (session.c, `do_pwchange`).
 */
function isPasswordExpired(
  evidence: ForwardEvidence,
): evidence is ForwardEvidence & { readonly shell: { readonly kind: 'alike'; readonly said: string } } {
  const { shell } = evidence;
  return shell.kind === 'alike' && /\bPassword change required but no TTY available\b/.test(shell.said);
}

/** Where the socket is what is wrong, another one may be right. */
function isSocketAtFault(
  evidence: ForwardEvidence,
): evidence is ForwardEvidence & { readonly socket: NonNullable<ForwardEvidence['socket']> } {
  const { socket, engine } = evidence;
  return socket !== null && (socket.kind !== 'open' || engine?.kind === 'nobody');
}

function reasonOf(refusal: AppError | undefined): number | null {
  const reason: unknown = refusal?.details.reason;
  return typeof reason === 'number' ? reason : null;
}
