import { hostWords } from '../../hosts/host-words.ts';
import { passphraseOf, passwordOf } from '../../hosts/secret-name.ts';
import { type Clock, systemClock } from '../../kernel/clock.ts';
import { limits } from '../../kernel/limits.ts';
import { visibleText } from '../../kernel/text.ts';
import type { ChallengeQuestion, HostKeyQuestion, PassphraseQuestion, SshPrompts } from '../../ssh/connection-types.ts';
import { machineOf } from '../../ssh/errors.ts';
import type { PassphraseLines } from './passphrase-lines.ts';
import type { Terminal } from './terminal.ts';
import { TypedSecrets } from './typed-secrets.ts';

export interface PromptFlags {
  /** `--passphrase-fd`: where passphrases come from instead of the person. */
  readonly passphrases: PassphraseLines | null;
  /**
   * How long what a person types is known, in milliseconds. Default: until the process ends, which is right for a command
   * that ends by itself; one that stays must say.
   */
  readonly keptMs?: number;
  readonly clock?: Clock;
}

/**
 * Answers what the ssh room asks: passphrases from another program where one gives them, all else by asking the
 * person. (What `--accept-host-key` answers never comes here: host-key-policy.ts decides it.) Hosts that ask at the
 * same time are asked about one after the other. Passphrases and passwords are kept in memory for `keptMs`, so that a key
 * used for several hosts, or for a reconnect, is unlocked once; nothing is stored, and one-time codes are not kept. What a
 * program gave is kept for the run: its pipe cannot be read again.
 */
export function createPrompts(
  terminal: Terminal,
  { passphrases, keptMs = Number.POSITIVE_INFINITY, clock = systemClock }: PromptFlags,
): SshPrompts {
  const typed = new TypedSecrets({ clock, keptMs });
  const given = passphrases === null ? null : fromProgram(passphrases);
  // Two queues: a pipe nobody writes to must not keep a person from being asked.
  const inTurn = turns();
  const inProgramsTurn = turns();

  return {
    async acceptHostKey(question, signal) {
      if (!terminal.isInteractive) return 'unanswerable';
      return inTurn(() => askHostKey(terminal, question, signal));
    },
    async passphrase(question, signal) {
      if (given !== null) return inProgramsTurn(() => given(question, signal));
      if (!terminal.isInteractive) return null;
      return inTurn(async () => {
        const name = passphraseOf(question.file);
        // Whoever asks again has found it to be wrong.
        if (question.attempt > 1) typed.forget(name);
        const before = typed.recall(name);
        if (before !== null) return before;
        const answer = await askPassphrase(terminal, question, signal);
        if (answer !== null) typed.remember(name, answer);
        return answer;
      });
    },
    async password(question, signal) {
      if (!terminal.isInteractive) return null;
      return inTurn(async () => {
        const name = passwordOf(question.hop, question.hostKey);
        const before = typed.recall(name);
        if (before !== null) return before;
        const answer = await terminal.askSecret(`Password of ${machineOf(question.hop)}: `, signal);
        if (answer === '') return null;
        typed.remember(name, answer);
        return answer;
      });
    },
    async challenge(question, signal) {
      if (!terminal.isInteractive) return null;
      return inTurn(() => askChallenge(terminal, question, signal));
    },
    wrongPassword: (question) => typed.forget(passwordOf(question.hop, question.hostKey)),
  };
}

/**
 * One line is read for each key file, in the order in which keys are needed. Before it is read, the lines that did not
 * open another key are tried, because they may be for this one; after it, all the others, because keys may share a
 * passphrase. A key file gets the same answers in the same order from every host.
 */
function fromProgram(lines: PassphraseLines) {
  const read = new Set<string>();
  const failed = new Set<string>();
  const answers = new Map<string, string[]>();
  const hasRead = new Set<string>();
  return async ({ file, attempt }: PassphraseQuestion, signal: AbortSignal): Promise<string | null> => {
    const given = answers.get(file) ?? [];
    answers.set(file, given);
    // Whoever asks again has found the answer before to be wrong.
    const before = given[attempt - 2];
    if (before !== undefined) failed.add(before);
    const same = given[attempt - 1];
    if (same !== undefined) return same;
    const untried = (from: ReadonlySet<string>) => [...from].find((line) => !given.includes(line));
    let answer = untried(failed);
    if (answer === undefined && !hasRead.has(file)) {
      const line = await lines.next(signal);
      hasRead.add(file);
      if (line !== null) read.add(line);
      if (line !== null && !given.includes(line)) answer = line;
    }
    answer ??= untried(read);
    if (answer === undefined) return null;
    given.push(answer);
    return answer;
  };
}

/** As ssh asks it: `yes`, `no`, or the fingerprint itself, which is compared and so the safest answer. */
async function askHostKey(
  terminal: Terminal,
  { hop, isJump, keyType, fingerprint }: HostKeyQuestion,
  signal: AbortSignal,
): Promise<'accept' | 'reject'> {
  let question = [
    `This is the first contact with ${machineOf(hop)}${isJump ? ', a machine on the way' : ''}.`,
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

/**
 * Each line a host says begins with the machine's name, so that it does not pass for a question of ours: what is typed
 * goes to that machine. Ctrl-D and Ctrl-C answer nothing.
 */
async function askChallenge(
  terminal: Terminal,
  { hop, title, instructions, prompts }: ChallengeQuestion,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const from = `(${machineOf(hop)}) `;
  const said = [...hostWords(title), ...hostWords(instructions)].map((line) => `${from}${line}\n`).join('');
  const answers: string[] = [];
  for (const { text, echo } of prompts) {
    const words = hostWords(text);
    const lines = (words.length === 0 ? [''] : words).map((line) => `${from}${line}`).join('\n');
    const question = `${answers.length === 0 ? said : ''}${lines} `;
    answers.push(await (echo ? terminal.ask(question, signal) : terminal.askSecret(question, signal)));
  }
  return answers;
}

/** Lets one ask after the other. */
function turns() {
  let queue: Promise<unknown> = Promise.resolve();
  return <T>(ask: () => Promise<T>): Promise<T> => {
    const turn = queue.then(ask);
    queue = turn.catch(() => undefined);
    return turn;
  };
}
