import type { CallProblem } from '../../client/call-problem.ts';

/** The next step where the core's own names an option of the command line, by code. */
const IN_THE_WINDOW: Readonly<Record<string, string>> = {
  AUTH_NO_CREDENTIALS: 'Choose a key file, or load one into ssh-agent with “ssh-add”.',
  AUTH_FAILED: 'Choose another key file, and check the user name.',
  AGENT_UNREACHABLE: 'Check that “ssh-add -l” works, or choose a key file.',
  PASSPHRASE_NEEDED: 'Test again and enter it, or load the key with “ssh-add” first.',
  KEY_INVALID: 'Choose another key file, or load one into ssh-agent.',
  HOST_KEY_UNKNOWN: 'Test again, and compare the fingerprint that is shown.',
  HOST_KEY_UNREADABLE: 'Put the line right or remove it. Until then the key of this host cannot be checked.',
};

/** What to do next, in the words of this dialog; null where nothing is known. */
export function nextStep({ code, hint }: CallProblem): string | null {
  const namesOption = hint !== null && /(?:^|\s)--[a-z]/.test(hint);
  return namesOption ? (IN_THE_WINDOW[code ?? ''] ?? null) : hint;
}
