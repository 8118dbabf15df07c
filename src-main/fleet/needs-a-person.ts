import type { ErrorCode } from '#contract/errors.ts';

const CODES: ReadonlySet<ErrorCode> = new Set([
  'HOST_KEY_UNKNOWN',
  'HOST_KEY_REJECTED',
  'HOST_KEY_CHANGED',
  'HOST_KEY_REVOKED',
  'HOST_KEY_UNREADABLE',
  'AUTH_FAILED',
  'AUTH_NO_CREDENTIALS',
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
 * then a session waits for a person.
 */
export function needsAPerson(code: ErrorCode): boolean {
  return CODES.has(code);
}
