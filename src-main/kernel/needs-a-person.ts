import type { ErrorCode } from '#contract/errors.ts';

/**
 * A login that was refused or not answered, a key to be judged, and what has to be mended on this machine. What may be put
 * right on the host, or on the way to it, is not in here (JUMP_REFUSED, NOT_SSH, KEY_RESTRICTED, COMMAND_FORCED, what is
 * exhausted, UNDETERMINED …): another try sees that it has been.
 */
const CODES: ReadonlySet<ErrorCode> = new Set([
  'SSH_CONFIG_BROKEN',
  'SSH_CONFIG_UNSUPPORTED',
  'HOST_KEY_UNKNOWN',
  'HOST_KEY_REJECTED',
  'HOST_KEY_CHANGED',
  'HOST_KEY_REVOKED',
  'HOST_KEY_UNREADABLE',
  'AUTH_FAILED',
  'AUTH_NO_CREDENTIALS',
  'AUTH_UNANSWERED',
  'KEY_UNREADABLE',
  'KEY_PERMISSIONS',
  'KEY_INVALID',
  'PASSPHRASE_NEEDED',
  'PASSPHRASE_WRONG',
  'CANCELLED',
  'HOME_UNUSABLE',
  'USAGE',
]);

/**
 * Whether another try after this failure would not help, and might do harm (OpenSSH penalises repeated failed logins):
 * then a host, and every host that goes the same way, waits for a person.
 */
export function needsAPerson(code: ErrorCode): boolean {
  return CODES.has(code);
}
