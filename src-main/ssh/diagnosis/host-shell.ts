import { isDeepStrictEqual } from 'node:util';
import { AppError } from '../../kernel/errors.ts';
import { limits } from '../../kernel/limits.ts';
import { visibleText } from '../../kernel/text.ts';
import type { ExecResult, SshConnection } from '../connection-types.ts';
import { shown } from '../errors.ts';
import { type CommandName, registeredCommand } from '../exec-gate.ts';
import type { ShellEvidence } from './forward-evidence.ts';

type PathCommand = Extract<
  CommandName,
  | 'path-exists'
  | 'path-is-socket'
  | 'path-writable'
  | 'path-searchable'
  | 'path-is-folder'
  | 'path-is-link'
  | 'link-target'
  | 'path-listing'
  | 'engine-version'
  | 'dial-stdio-at'
>;
type PathTest = Exclude<PathCommand, 'link-target' | 'path-listing' | 'engine-version' | 'dial-stdio-at'>;

/** The shell of who logged in, asked one thing after the other: sshd may allow one session at a time. */
export class HostShell {
  readonly #connection: SshConnection;
  readonly #signal: AbortSignal;
  #hasAnswered = false;

  /** @param signal ends whatever is asked */
  constructor(connection: SshConnection, signal: AbortSignal) {
    this.#connection = connection;
    this.#signal = signal;
  }

  /** Whether it is a shell that runs what it is asked to. @throws AppError as {@link run} */
  async kind(): Promise<ShellEvidence> {
    const yes = await this.run('path-exists', '/');
    const no = await this.run('path-is-socket', '/');
    if (yes.exitCode === 0 && no.exitCode === 1) return { kind: 'posix' };
    const id = await this.#ran(registeredCommand('user-id', {}));
    // The words too: what is no shell may well give everything the same code, and name what it does not know.
    // 126 and 127 are the shell's own, of what it cannot run.
    const wasRun = yes.exitCode !== null && yes.exitCode < 126;
    const isAlike = wasRun && [no, id].every((answer) => isDeepStrictEqual(answer, yes));
    return { kind: isAlike ? 'alike' : 'strange', said: wordsOf(yes) };
  }

  /** What it means that a command was not run to its end; null where it was something else that failed. */
  unheard(error: unknown): Extract<ShellEvidence, { readonly why: string }> | null {
    const why = couldNotAsk(error);
    if (why === null) return null;
    const isLate = error instanceof AppError && error.details.isLate === true;
    if (!isLate) return { kind: 'unasked', why };
    return { kind: this.#hasAnswered ? 'slow' : 'silent', why };
  }

  /** @throws AppError EXEC_FAILED where the answer is neither yes nor no */
  async test(name: PathTest, path: string): Promise<boolean> {
    const answer = await this.run(name, path);
    if (answer.exitCode === 0 || answer.exitCode === 1) return answer.exitCode === 0;
    throw new AppError('EXEC_FAILED', `"test" was not answered by yes or no, but with ${wordsOf(answer)}`);
  }

  /** `id -u`; null where it is no number. */
  async userId(): Promise<string | null> {
    const { stdout } = await this.#ran(registeredCommand('user-id', {}));
    const said = lastLine(stdout);
    return /^\d{1,10}$/.test(said) ? said : null;
  }

  /** Whether a docker client is to be found there: shells say 126 and 127 of what they cannot run. */
  async hasDocker(path: string): Promise<boolean> {
    const { exitCode } = await this.run('engine-version', path);
    return exitCode !== null && exitCode < 126;
  }

  /** @throws AppError EXEC_FAILED (`details.isLate`: it was begun), SESSIONS_EXHAUSTED, CONNECTION_LOST, the signal's own */
  run(name: PathCommand, path: string): Promise<ExecResult> {
    return this.#ran(registeredCommand(name, { path }));
  }

  async #ran(command: Parameters<SshConnection['exec']>[0]): Promise<ExecResult> {
    const answer = await this.#connection.exec(command, this.#signal);
    this.#hasAnswered = true;
    return answer;
  }
}

/** What the host's shell is like, on its own. @throws AppError CONNECTION_LOST, or the signal's own */
export async function shellOf(connection: SshConnection, signal: AbortSignal): Promise<ShellEvidence> {
  const shell = new HostShell(connection, signal);
  try {
    return await shell.kind();
  } catch (error) {
    const unheard = shell.unheard(error);
    if (unheard === null) throw error;
    return unheard;
  }
}

/**
 * Looks for no longer than `limits.ssh.lookMs`: a shell whose start takes seconds takes them for each command. What is
 * asked then fails as a command that is late, so that what was seen until then counts.
 */
export async function lookAround<T>(signal: AbortSignal, look: (during: AbortSignal) => Promise<T>): Promise<T> {
  const ms = limits.ssh.lookMs;
  const late = new AbortController();
  const timer = setTimeout(() => {
    const message = `what was asked of the host took longer than ${ms / 1_000} s`;
    late.abort(new AppError('EXEC_FAILED', message, { details: { isLate: true } }));
  }, ms);
  try {
    return await look(AbortSignal.any([signal, late.signal]));
  } finally {
    clearTimeout(timer);
  }
}

/** Why a command could not be run to its end, or null where it was something else that failed. */
export function couldNotAsk(error: unknown): string | null {
  if (!(error instanceof AppError)) return null;
  return error.code === 'EXEC_FAILED' || error.code === 'SESSIONS_EXHAUSTED' ? visibleText(error.message) : null;
}

/** The last line that is not empty: before it stands what a start-up file has to say, and sshd itself. */
export function lastLine(text: string): string {
  return text.trimEnd().split(/\r?\n/).at(-1) ?? '';
}

/** What a command said last, and how it ended. */
export function wordsOf({ exitCode, stdout, stderr }: ExecResult): string {
  const words = shown(lastLine(stdout.trim() === '' ? stderr : stdout));
  const code = exitCode === null ? 'no exit code' : `exit code ${exitCode}`;
  return words === '' ? code : `“${words}” and ${code}`;
}
