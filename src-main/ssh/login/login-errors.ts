import { AppError } from '../../kernel/errors.ts';
import { limits } from '../../kernel/limits.ts';
import { visibleText } from '../../kernel/text.ts';
import { place } from '../errors.ts';
import type { Hop } from '../hop.ts';
import type { DoneElsewhere } from './login-elsewhere.ts';

/**
 * AUTH_UNANSWERED: what a person was asked was not answered while the host waited.
 * @param heard what the host has said in the login, safe to show
 */
export function unanswered(hop: Hop, cause: AppError, heard: readonly string[]): AppError {
  return new AppError('AUTH_UNANSWERED', `Nobody answered while ${place(hop)} waited.`, {
    cause,
    details: { seen: [cause.message, ...heard] },
    hint: 'Connect again when somebody is there to answer: a host waits for a minute or two.',
  });
}

interface NotDone {
  readonly cause: AppError;
  /** Its time was up; else the connection ended, whoever ended it. */
  readonly isLate: boolean;
  /** As above. */
  readonly heard: readonly string[];
}

/**
 * AUTH_UNANSWERED: what a person may have had to do elsewhere was not done while the host waited. Not tried again by
 * itself: each try would have the agent's window, or the phone, ask again.
 */
export function notDoneElsewhere(hop: Hop, what: DoneElsewhere, { cause, isLate, heard }: NotDone): AppError {
  const details = { seen: [cause.message, ...heard] };
  const ended = `The connection to ${place(hop)} ended before`;
  if (what.kind === 'confirmation') {
    const message = isLate
      ? `The login to ${place(hop)} was not confirmed in time.`
      : `${ended} the login was confirmed.`;
    return new AppError('AUTH_UNANSWERED', message, {
      cause,
      details,
      hint: 'Connect again when somebody is there to confirm it, as on a phone: a host waits for a minute or two.',
    });
  }
  const key = keyOf(what.label);
  const message = isLate
    ? `ssh-agent did not sign in time for ${place(hop)} (${key}).`
    : `${ended} ssh-agent had signed (${key}).`;
  return new AppError('AUTH_UNANSWERED', message, {
    cause,
    details,
    hint: 'Connect again, and confirm it where the agent asks, touch the security key, or unlock the agent: a host waits for a minute or two.',
  });
}

const keyOf = (label: string) => visibleText(label.replace(/^ssh-agent: /, ''), limits.text.labelChars);

/** Of /run/nologin, as systemd writes it while the machine starts and shuts down; pam_nologin passes it on. */
const COMES_BACK = /\bsystem is (?:booting up|going (?:down|to be))\b/i;

/**
 * HANDSHAKE_FAILED, which is tried again by itself: the host knows who it is, and lets nobody in while it starts or shuts
 * down. Of every other word of PAM's nobody can tell when it will be otherwise.
 * @param heard what the host said once it had been given a proof, safe to show
 * @returns null where it said nothing of the kind
 */
export function notYet(hop: Hop, cause: AppError, heard: readonly string[]): AppError | null {
  if (!heard.some((line) => COMES_BACK.test(line))) return null;
  return new AppError('HANDSHAKE_FAILED', `${place(hop)} lets nobody log in while it starts or shuts down.`, {
    cause,
    details: { seen: heard },
    hint: 'Wait until it is up. If it stays, remove /run/nologin on the host.',
  });
}

/**
 * AUTH_FAILED: the host lets nobody in before the password is changed.
 * @param seen its words, safe to show
 */
export function passwordExpired(hop: Hop, seen: readonly string[]): AppError {
  const user = visibleText(hop.user, limits.text.labelChars);
  return new AppError(
    'AUTH_FAILED',
    `The password of ${user} at ${place(hop)} has expired, and must be changed first.`,
    {
      details: { seen },
      hint: 'Log in with ssh in a terminal and change it there, then connect again with the new one.',
    },
  );
}
