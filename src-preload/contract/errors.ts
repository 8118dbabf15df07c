import { z } from 'zod';

/**
 * Every error code an operator, a script or a window may meet. A code is never renamed or reused:
 * scripts match on it. What each means, and the next step, is in docs/errors.md.
 */
export const ErrorCode = z.enum([
  // asking
  'USAGE',
  'TARGET_INVALID',
  'CANCELLED',
  'TIMEOUT',
  'INTERNAL',
  'REQUEST_INVALID',
  'CONTRACT_MISMATCH',
  'SUBSCRIPTION_UNKNOWN',
  'TOO_MANY',
  'QUESTION_GONE',
  'PORT_IN_USE',
  // home and settings
  'HOME_UNUSABLE',
  'HOME_LOCKED',
  'SETTINGS_BROKEN',
  'SETTINGS_NEWER',
  'SETTINGS_INVALID',
  'HOST_EXISTS',
  'HOST_NOT_FOUND',
  'NO_HOSTS',
  'HOST_NOT_LIVE',
  // changing something
  'OBSERVE_ONLY',
  'PROTECTED',
  'NOT_PROTECTED',
  'NOTHING_TO_DO',
  'PLAN_UNKNOWN',
  'PLAN_EXPIRED',
  'PLAN_USED',
  'PLAN_STALE',
  'PLAN_TOO_LARGE',
  'CHANGE_UNDER_WAY',
  'RATE_LIMITED',
  'RUN_UNKNOWN',
  // the journal
  'JOURNAL_BROKEN',
  'JOURNAL_UNUSABLE',
  // finding the way to the machine
  'SSH_CONFIG_BROKEN',
  'SSH_CONFIG_UNSUPPORTED',
  'JUMP_REFUSED',
  // reaching the machine
  'ADDRESS_NOT_FOUND',
  'CONNECT_REFUSED',
  'CONNECT_TIMEOUT',
  'UNREACHABLE',
  'NOT_SSH',
  'HANDSHAKE_FAILED',
  'CONNECTION_LOST',
  // knowing the machine
  'HOST_KEY_UNKNOWN',
  'HOST_KEY_REJECTED',
  'HOST_KEY_CHANGED',
  'HOST_KEY_REVOKED',
  'HOST_KEY_UNREADABLE',
  // being let in
  'AUTH_FAILED',
  'AUTH_NO_CREDENTIALS',
  'AUTH_UNANSWERED',
  'AGENT_UNREACHABLE',
  'KEY_UNREADABLE',
  'KEY_PERMISSIONS',
  'KEY_INVALID',
  'PASSPHRASE_NEEDED',
  'PASSPHRASE_WRONG',
  // using the machine
  'EXEC_NOT_ALLOWED',
  'EXEC_FAILED',
  'SOCKET_MISSING',
  'SOCKET_DENIED',
  'SOCKET_REFUSED',
  'FORWARD_REFUSED',
  'KEY_RESTRICTED',
  'COMMAND_FORCED',
  'SESSIONS_EXHAUSTED',
  'CHANNELS_EXHAUSTED',
  'DIAL_STDIO_FAILED',
  'UNDETERMINED',
  // talking to the engine
  'ENGINE_UNREACHABLE',
  'ENGINE_TIMEOUT',
  'ENGINE_ANSWER_INVALID',
  'ENGINE_ANSWER_TOO_LARGE',
  'ENGINE_DENIED',
  'ENGINE_NOT_FOUND',
  'ENGINE_ERROR',
  'API_TOO_OLD',
  'API_TOO_NEW',
  'GATE_REFUSED',
]);
export type ErrorCode = z.infer<typeof ErrorCode>;

/** Something the operator should know of, beside the verdicts: what failed, where, and what to do next. */
export const Problem = z.object({
  /** What it is about: a target, a file, a container; text for people, never parsed. */
  where: z.string(),
  code: ErrorCode,
  message: z.string(),
  /** The next step, as a sentence; null where there is none. */
  hint: z.string().nullable(),
});
export type Problem = z.infer<typeof Problem>;
