import { limits } from '../../kernel/limits.ts';
import { visibleText } from '../../kernel/text.ts';
import type { HostKeyQuestion, PassphraseQuestion, SshPrompts } from '../../ssh/connection-types.ts';
import { formatTarget } from '../../ssh/target.ts';
import type { PassphraseLines } from './passphrase-lines.ts';
import type { Terminal } from './terminal.ts';

export interface PromptFlags {
  /** `--accept-host-key`: the one fingerprint to accept; any other is refused without a question. */
  readonly acceptHostKey: string | null;
  /** `--passphrase-fd`: where passphrases come from instead of the person. */
  readonly passphrases: PassphraseLines | null;
}

/**
 * Answers what the ssh room asks: from the flags where they do, else by asking the person. Hosts that ask at the
 * same time are asked about one after the other. A passphrase is kept in memory for the run, so that a key used
 * for several hosts, or for a reconnect, is unlocked once.
 */
export function createPrompts(terminal: Terminal, { acceptHostKey, passphrases }: PromptFlags): SshPrompts {
  const known = new Map<string, string>();
  let queue: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(ask: () => Promise<T>): Promise<T> => {
    const turn = queue.then(ask);
    queue = turn.catch(() => undefined);
    return turn;
  };

  return {
    async acceptHostKey(question, signal) {
      if (acceptHostKey !== null) return acceptHostKey === question.fingerprint ? 'accept' : 'reject';
      if (!terminal.isInteractive) return 'unanswerable';
      return inTurn(() => askHostKey(terminal, question, signal));
    },
    async passphrase(question, signal) {
      if (passphrases === null && !terminal.isInteractive) return null;
      return inTurn(async () => {
        const before = known.get(question.file);
        if (question.attempt === 1 && before !== undefined) return before;
        // A program that gave a wrong passphrase has no better one.
        if (passphrases !== null && question.attempt > 1) return null;
        const answer = await (passphrases?.next(signal) ?? askPassphrase(terminal, question, signal));
        if (answer !== null) known.set(question.file, answer);
        return answer;
      });
    },
  };
}

/** As ssh asks it: `yes`, `no`, or the fingerprint itself, which is compared and so the safest answer. */
async function askHostKey(
  terminal: Terminal,
  { target, keyType, fingerprint }: HostKeyQuestion,
  signal: AbortSignal,
): Promise<'accept' | 'reject'> {
  let question = [
    `This is the first contact with ${visibleText(formatTarget(target))}.`,
    `Its ${visibleText(keyType)} key has the fingerprint`,
    `  ${visibleText(fingerprint)}`,
    'Compare it with what the host itself shows (ssh-keygen -lf on its public key).',
    'Is it the right key (yes/no/fingerprint)? ',
  ].join('\n');
  for (let attempt = 1; attempt <= limits.terminal.tries; attempt++) {
    const answer = (await terminal.ask(question, signal)).trim();
    if (/^yes$/i.test(answer) || answer === fingerprint) return 'accept';
    if (/^no$/i.test(answer) || answer.startsWith('SHA256:')) return 'reject';
    question = 'Please type yes, no, or the fingerprint: ';
  }
  return 'reject';
}

async function askPassphrase(
  terminal: Terminal,
  { file, attempt }: PassphraseQuestion,
  signal: AbortSignal,
): Promise<string | null> {
  if (attempt > limits.terminal.tries) return null;
  const again = attempt === 1 ? '' : 'That was not it. ';
  const answer = await terminal.askSecret(`${again}Passphrase for ${visibleText(file)}: `, signal);
  // As in ssh: an empty answer leaves this key out.
  return answer === '' ? null : answer;
}
