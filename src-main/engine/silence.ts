import { AppError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';

/**
 * Whose silence it is that a question has failed with: an sshd that is well answers keepalives, however its engine hangs.
 * Where nothing at all has come over the connection for `limits.fleet.linkSilentMs`, the engine is not to be blamed:
 * CONNECTION_LOST, which keepalive makes certain, or disproves, within seconds. Any other failure is what it was.
 * @param silentMs as `HostLink.silentMs`
 */
export function blamed(failure: AppError, silentMs: number): AppError {
  if (failure.code !== 'ENGINE_TIMEOUT' || silentMs < limits.fleet.linkSilentMs) return failure;
  return new AppError(
    'CONNECTION_LOST',
    'Nothing comes over the connection any more, answers to keepalives included.',
    {
      details: failure.details,
      hint: 'Whether it is dead is certain within a few seconds; then the host is connected anew.',
      cause: failure,
    },
  );
}
