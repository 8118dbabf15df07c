import type { ErrorCode } from '#contract/errors.ts';
import { AppError } from '../kernel/errors.ts';
import type { HostReach } from './host-reach.ts';

/** By code, for errors whose own next step is an option of the command line. */
const NEXT_STEPS: Partial<Readonly<Record<ErrorCode, string>>> = {
  AGENT_UNREACHABLE: 'Check that "ssh-add -l" works, or choose a key file when you add the host.',
  AUTH_FAILED: 'The host gives up after a few keys: choose the right one when you add it.',
  AUTH_NO_CREDENTIALS: 'Load a key with "ssh-add", or choose a key file when you add the host.',
  HOST_KEY_UNKNOWN: 'Try again, and compare the fingerprint that is shown.',
  HOST_KEY_UNREADABLE: 'Put that right, then try again. Until then the key of this host cannot be checked.',
  KEY_INVALID: 'Choose another key file when you add the host, or load a key with "ssh-add".',
  PASSPHRASE_NEEDED: 'Try again and enter it, or load the key with "ssh-add" first.',
};

/** `reach`, whose errors say what can be done in a window: there are no options to give there. */
export function inWindowWords(reach: HostReach): HostReach {
  return async (request) => {
    try {
      return await reach(request);
    } catch (error) {
      throw error instanceof AppError ? reworded(error) : error;
    }
  };
}

function reworded(error: AppError): AppError {
  const { code, message, details, cause } = error;
  const hint = NEXT_STEPS[code];
  if (hint === undefined || !OPTION.test(error.hint ?? '')) return error;
  return new AppError(code, message, { hint, details, ...(cause === undefined ? {} : { cause }) });
}

const OPTION = /(^|\s)--[a-z]/;
