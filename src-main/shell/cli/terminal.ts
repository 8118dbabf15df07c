import type { ReadStream, WriteStream } from 'node:tty';
import { AppError } from '../../kernel/errors.ts';
import { limits } from '../../kernel/limits.ts';
import { createLineInput } from './line-input.ts';

/** The command line's way to the person: what it prints, and what it asks. */
export interface Terminal {
  /** Somebody can be asked: stdin and stderr (where questions go) are a terminal. */
  readonly isInteractive: boolean;
  /** stdout is a terminal: `--watch` may repaint it. */
  readonly isOutputTerminal: boolean;
  /** Whether text for each stream may carry colour; see {@link takesColour}. */
  readonly colour: { readonly stdout: boolean; readonly stderr: boolean };
  /** Columns of stdout, as they are now; 80 where it is no terminal. */
  width(): number;
  /** Rows of stdout, as they are now; 24 where it is no terminal. */
  height(): number;
  /** Resolves when stdout has taken `text`, so that a slow reader slows the writer, or is gone. */
  write(text: string): Promise<void>;
  writeError(text: string): void;
  /**
   * Shows `question` on stderr and reads a line, without its line break.
   * @throws AppError CANCELLED (end of input), USAGE (too long), or the signal's own
   */
  ask(question: string, signal: AbortSignal): Promise<string>;
  /** As {@link ask}, and nothing typed is shown. Ctrl-C is CANCELLED too. The terminal is restored, whatever happens. */
  askSecret(question: string, signal: AbortSignal): Promise<string>;
}

export interface TerminalStreams {
  readonly stdin: NodeJS.ReadableStream & Partial<Pick<ReadStream, 'isTTY' | 'isRaw' | 'setRawMode'>>;
  readonly stdout: NodeJS.WritableStream & Partial<Pick<WriteStream, 'isTTY' | 'columns' | 'rows'>>;
  readonly stderr: NodeJS.WritableStream & Partial<Pick<WriteStream, 'isTTY'>>;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Ctrl-C where the terminal itself raises no signal: what SIGINT would do. */
  readonly interrupt: () => void;
}

/** The streams of this process. */
export function processStreams(): TerminalStreams {
  const { stdin, stdout, stderr, env } = process;
  return { stdin, stdout, stderr, env, interrupt: () => void process.kill(process.pid, 'SIGINT') };
}

/** The terminal over a process's streams: `createTerminal(processStreams())`. Reads nothing from stdin until something is asked. */
export function createTerminal({ stdin, stdout, stderr, env, interrupt }: TerminalStreams): Terminal {
  const isInteractive = stdin.isTTY === true && stderr.isTTY === true;
  const input = createLineInput(stdin, interrupt);

  const checkInteractive = () => {
    if (!isInteractive) throw new AppError('CANCELLED', 'There is no terminal to ask on.');
  };

  return {
    isInteractive,
    isOutputTerminal: stdout.isTTY === true,
    colour: { stdout: takesColour(stdout.isTTY === true, env), stderr: takesColour(stderr.isTTY === true, env) },
    width: () => (stdout.isTTY === true && stdout.columns ? stdout.columns : 80),
    height: () => (stdout.isTTY === true && stdout.rows ? stdout.rows : 24),
    write: (text) => new Promise((resolve) => void stdout.write(text, () => resolve())),
    writeError: (text) => void stderr.write(text),
    async ask(question, signal) {
      checkInteractive();
      return await input.line(() => void stderr.write(question), limits.terminal.answerChars, signal);
    },
    async askSecret(question, signal) {
      checkInteractive();
      try {
        return await input.secret(() => void stderr.write(question), limits.terminal.answerChars, signal);
      } finally {
        stderr.write('\n');
      }
    },
  };
}

/**
 * NO_COLOR (https://no-color.org: set and not empty) wins; then FORCE_COLOR as Node reads it (`0` and `false`: no,
 * anything else, even empty: yes); else a terminal that is not `dumb`.
 */
export function takesColour(isTerminal: boolean, env: Readonly<Record<string, string | undefined>>): boolean {
  if (env.NO_COLOR) return false;
  if (env.FORCE_COLOR !== undefined) return env.FORCE_COLOR !== '0' && env.FORCE_COLOR !== 'false';
  return isTerminal && env.TERM !== 'dumb';
}

/** The same terminal, which says while a person is being asked: `begin` is called before each question is shown. */
export function askingTerminal(terminal: Terminal, begin: () => Disposable): Terminal {
  return {
    ...terminal,
    async ask(question, signal) {
      using _asking = begin();
      return await terminal.ask(question, signal);
    },
    async askSecret(question, signal) {
      using _asking = begin();
      return await terminal.askSecret(question, signal);
    },
  };
}
