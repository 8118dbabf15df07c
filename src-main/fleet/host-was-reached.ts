import type { ErrorCode } from '#contract/errors.ts';

/**
 * What keeps us from the engine of a host that has let us in: the engine itself, its socket, a policy in front of it, or
 * what sshd does not do for this login. Whether it begins before the host was read or afterwards, it is the same.
 */
const CODES: ReadonlySet<ErrorCode> = new Set([
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
  'ENGINE_UNREACHABLE',
  'ENGINE_TIMEOUT',
  'ENGINE_ANSWER_INVALID',
  'ENGINE_ANSWER_TOO_LARGE',
  'ENGINE_DENIED',
  'ENGINE_NOT_FOUND',
  'ENGINE_ERROR',
  'API_TOO_OLD',
  'API_TOO_NEW',
]);

/** Whether a try that failed so has reached its host: then it is degraded, and not offline. */
export function hostWasReached(code: ErrorCode): boolean {
  return CODES.has(code);
}
