import type { ErrorCode } from '#contract/errors.ts';
import { AppError } from '../kernel/errors.ts';
import type { HostReach } from './host-reach.ts';

/** Options of the command line, and what they come to in a window. */
const WORDINGS: readonly ((hint: string) => string)[] = [
  (hint) =>
    hint.replace(
      /\b([Nn])ame (another key|the right one|the key|a key file|a key|one) with --identity(?: FILE)?/g,
      (_, first: string, key: string) => `${first === 'N' ? 'Choose' : 'choose'} ${key} when you add the host`,
    ),
  (hint) => hint.replace(/connect with --accept-host-key \S+?(?=[.,]?(\s|$))/g, 'try again and accept it'),
  (hint) => hint.replace(/, or name another(?: file)? with --known-hosts/g, ', then try again'),
  (hint) => hint.replace('Run it on a terminal to be asked, give --passphrase-fd,', 'Try again and enter it,'),
];

/** By code, for hints whose options have no such wording. */
const NEXT_STEPS: Partial<Readonly<Record<ErrorCode, string>>> = {
  AGENT_UNREACHABLE: 'Check that "ssh-add -l" works, or choose a key file when you add the host.',
  AUTH_FAILED: 'The host gives up after a few keys: choose the right one when you add it.',
  AUTH_NO_CREDENTIALS: 'Load a key with "ssh-add", or choose a key file when you add the host.',
  AUTH_UNANSWERED: 'Try again, and answer what is asked.',
  HOST_KEY_UNKNOWN: 'Try again, and compare the fingerprint that is shown.',
  HOST_KEY_UNREADABLE: 'Put that right, then try again. Until then the key of this host cannot be checked.',
  KEY_INVALID: 'Choose another key file when you add the host, or load a key with "ssh-add".',
  PASSPHRASE_NEEDED: 'Try again and enter it, or load the key with "ssh-add" first.',
  SSH_CONFIG_BROKEN: 'Put the line right, then try again.',
  SSH_CONFIG_UNSUPPORTED: 'Change the line, or write the way into the target.',
  TIMEOUT: 'Look at what keeps the host from answering.',
};

/**
 * `reach`, whose errors say what can be done in a window: there are no options to give there. A trial over it stops with
 * the same words.
 */
export function inWindowWords(reach: HostReach): HostReach {
  return async (request) => {
    const { again = null } = request;
    try {
      return await reach({
        ...request,
        again: again === null ? null : (why, over) => again(reworded(why), over),
      });
    } catch (error) {
      throw error instanceof AppError ? reworded(error) : error;
    }
  };
}

function reworded(error: AppError): AppError {
  const { code, message, details, cause } = error;
  const hint = error.hint === null ? null : windowHint(code, error.hint);
  if (hint === error.hint || hint === null) return error;
  return new AppError(code, message, { hint, details, ...(cause === undefined ? {} : { cause }) });
}

function windowHint(code: ErrorCode, hint: string): string {
  const worded = WORDINGS.reduce((text, reword) => reword(text), hint);
  return OURS.test(worded) ? (NEXT_STEPS[code] ?? worded) : worded;
}

/** Not those of other programs, such as `docker --host`. */
const OURS = /(^|[\s"(])--(identity|known-hosts|ssh-config|accept-host-key|passphrase-fd|timeout|name)\b/;
