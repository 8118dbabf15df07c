import type { Asked } from '#contract/fleet.ts';
import { orAborted } from '../bounded.ts';
import type { ConnectEvent, ConnectStep, SshPrompts } from '../connection-types.ts';
import type { Hop } from '../hop.ts';

interface Asker {
  readonly hop: Hop;
  readonly isJump: boolean;
  readonly onEvent: (event: ConnectEvent) => void;
}

/**
 * `prompts`, with `onEvent` told when a person is asked, and when no longer. The one place where that is found out: whoever
 * shows it, or leaves it out of what a step took, follows the events.
 */
export function toldQuestions(prompts: SshPrompts, { hop, isJump, onEvent }: Asker): SshPrompts {
  const during = async <Answer>(
    what: Asked,
    signal: AbortSignal,
    ask: (signal: AbortSignal) => Promise<Answer>,
  ): Promise<Answer> => {
    const about = { step: STEP_OF[what], hop, isJump, what };
    let isOpen = false;
    // What is known, or can be asked of nobody, is answered at once: no person is waited for.
    const soon = setImmediate(() => {
      isOpen = true;
      onEvent({ kind: 'asking', ...about });
    });
    try {
      return await orAborted(signal, ask(signal));
    } finally {
      clearImmediate(soon);
      if (isOpen) onEvent({ kind: 'asked', ...about });
    }
  };
  return {
    acceptHostKey: (question, signal) => during('hostKey', signal, (over) => prompts.acceptHostKey(question, over)),
    passphrase: (question, signal) => during('passphrase', signal, (over) => prompts.passphrase(question, over)),
    password: (question, signal) => during('password', signal, (over) => prompts.password(question, over)),
    challenge: (question, signal) => during('code', signal, (over) => prompts.challenge(question, over)),
    wrongPassword: (question) => prompts.wrongPassword(question),
  };
}

const STEP_OF: Readonly<Record<Asked, ConnectStep>> = {
  hostKey: 'host-key',
  passphrase: 'authenticate',
  password: 'authenticate',
  code: 'authenticate',
};
