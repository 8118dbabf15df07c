import type { ErrorCode } from '#contract/errors.ts';
import type { Verdict } from '#contract/fleet.ts';

/**
 * What the command line ends with. 0 to 3 answer `status`, 0 and 1 `audit verify`; the others are those of sysexits.h, and 130 is the
 * shell's word for "interrupted". Scripts rely on them: documented in docs/status.md, never renumbered.
 */
export const exitCodes = {
  green: 0,
  ok: 0,
  attention: 1,
  down: 2,
  unknown: 3,
  /** `audit verify`: the journal is not what was written. */
  notSound: 1,
  usage: 64,
  /** A host could not be reached or asked (commands other than `status`, which says `unknown`). */
  unavailable: 69,
  internal: 70,
  cannotCreate: 73,
  /** Try again: somebody else holds the home, or it took too long. */
  temporary: 75,
  /** Not let in: a key, a passphrase, a host key. */
  denied: 77,
  settings: 78,
  interrupted: 130,
} as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** `status`: the fleet's verdict as an exit code. */
export function exitCodeOfVerdict(verdict: Verdict): ExitCode {
  return exitCodes[verdict];
}

/** Exit code of a command that failed as a whole with `code`. */
export function exitCodeOfError(code: ErrorCode): ExitCode {
  return BY_CODE[code] ?? exitCodes.unavailable;
}

const BY_CODE: Partial<Record<ErrorCode, ExitCode>> = {
  USAGE: exitCodes.usage,
  TARGET_INVALID: exitCodes.usage,
  HOST_EXISTS: exitCodes.usage,
  HOST_NOT_FOUND: exitCodes.usage,
  NO_HOSTS: exitCodes.usage,
  INTERNAL: exitCodes.internal,
  CANCELLED: exitCodes.interrupted,
  TIMEOUT: exitCodes.temporary,
  HOME_LOCKED: exitCodes.temporary,
  HOME_UNUSABLE: exitCodes.cannotCreate,
  JOURNAL_UNUSABLE: exitCodes.cannotCreate,
  JOURNAL_BROKEN: exitCodes.cannotCreate,
  SETTINGS_BROKEN: exitCodes.settings,
  SETTINGS_NEWER: exitCodes.settings,
  SETTINGS_INVALID: exitCodes.settings,
  HOST_KEY_UNKNOWN: exitCodes.denied,
  HOST_KEY_REJECTED: exitCodes.denied,
  HOST_KEY_CHANGED: exitCodes.denied,
  HOST_KEY_REVOKED: exitCodes.denied,
  HOST_KEY_UNREADABLE: exitCodes.denied,
  AUTH_FAILED: exitCodes.denied,
  AUTH_NO_CREDENTIALS: exitCodes.denied,
  AGENT_UNREACHABLE: exitCodes.denied,
  KEY_UNREADABLE: exitCodes.denied,
  KEY_PERMISSIONS: exitCodes.denied,
  KEY_INVALID: exitCodes.denied,
  PASSPHRASE_NEEDED: exitCodes.denied,
  PASSPHRASE_WRONG: exitCodes.denied,
  AUTH_UNANSWERED: exitCodes.denied,
  SSH_CONFIG_BROKEN: exitCodes.settings,
  SSH_CONFIG_UNSUPPORTED: exitCodes.settings,
};
