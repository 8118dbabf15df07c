import type { Asked, HostState } from '#contract/fleet.ts';
import type { Question } from '#contract/questions.ts';
import { machineName } from '../../ui/question-words.ts';
import { HOST_WORDS, type HostWords, review } from './host-words.ts';

/** What a host waits for a person to say, while it is being connected. */
const ASKED_WORDS: Readonly<Record<Asked, HostWords>> = {
  hostKey: HOST_WORDS.HOST_KEY_UNKNOWN,
  passphrase: HOST_WORDS.PASSPHRASE_NEEDED,
  password: review('Password needed', 'The host asks for your password there: answer it to go on.'),
  code: review('Code needed', 'The host asks for a code, or something else only you know. It waits only so long.'),
};

/** The same of a machine on the way: what is to be done about it, by its name. */
const ASKED_ON_THE_WAY: Readonly<Record<Asked, (machine: string) => string>> = {
  hostKey: (machine) => `Compare the fingerprint with the one on ${machine}, on the way there, before you trust it.`,
  passphrase: (machine) => `Enter the passphrase of the key for ${machine}, on the way there, to go on.`,
  password: (machine) => `${machine}, on the way there, asks for your password: answer it to go on.`,
  code: (machine) =>
    `${machine}, on the way there, asks for a code, or something else only you know. It waits only so long.`,
};

export function askedWords({ what, jump }: Pick<Extract<HostState, { state: 'asking' }>, 'what' | 'jump'>): HostWords {
  const words = ASKED_WORDS[what];
  if (jump === null) return words;
  return { ...words, next: `${ASKED_ON_THE_WAY[what](machineName(jump))} One answer does for all hosts behind it.` };
}

/** The same, as a question calls it. */
export const ASKED_BY: Readonly<Record<Question['kind'], Asked>> = {
  hostKey: 'hostKey',
  passphrase: 'passphrase',
  password: 'password',
  challenge: 'code',
};
