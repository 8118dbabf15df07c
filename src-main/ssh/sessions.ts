import type { Duplex } from 'node:stream';
import type { ClientChannel } from 'ssh2';
import type { Clock } from '../kernel/clock.ts';
import { AppError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import { visibleText } from '../kernel/text.ts';
import { bounded, orAborted } from './bounded.ts';
import { ChannelStream, type CommandEnd } from './channel-stream.ts';
import type { ExecResult, RegisteredCommand } from './connection-types.ts';
import { shown } from './errors.ts';
import { collect, collectOutput } from './exec-output.ts';

interface SessionsParts {
  /** Of the host, for messages. */
  readonly place: string;
  /** The exec gate: throws where a command may not be run now. */
  readonly checkCommand: (command: RegisteredCommand) => void;
  /** Opens a session and runs `line` in it. @throws AppError of `refused` where the host does not; CONNECTION_LOST */
  readonly open: (line: string, refused: (error: Error) => AppError) => Promise<ClientChannel>;
  /** Aborted when the connection has ended. */
  readonly over: AbortSignal;
  readonly clock: Clock;
}

/** What is run on a host: each command is a session of sshd, of which it allows `MaxSessions` at once. */
export class Sessions {
  readonly #parts: SessionsParts;
  /** Those that are open. */
  readonly #channels = new Set<ClientChannel>();
  #hadSession = false;
  /** Commands run one after the other: sshd's MaxSessions may be 1. */
  #lastExec: Promise<unknown> = Promise.resolve();
  #execs = 0;

  constructor(parts: SessionsParts) {
    this.#parts = parts;
  }

  /** As `SshConnection.exec`. */
  async exec(command: RegisteredCommand, signal: AbortSignal): Promise<ExecResult> {
    this.#parts.checkCommand(command);
    this.#execs += 1;
    const turn = this.#lastExec.then(() => this.#exec(command, signal));
    const done = () => {
      this.#execs -= 1;
    };
    this.#lastExec = turn.then(done, done);
    return orAborted(signal, turn);
  }

  /** As `SshConnection.openCommand`. */
  async openCommand(command: RegisteredCommand, signal: AbortSignal): Promise<Duplex> {
    this.#parts.checkCommand(command);
    if (!STREAMS.test(command.name)) {
      throw new AppError('EXEC_NOT_ALLOWED', `"${shown(command.name)}" is no command that may be left open.`);
    }
    let refusal: AppError | null = null;
    const late = () => (refusal === null ? this.#tooLate(command) : this.#exhausted(command, refusal));
    const discard = (stream: Duplex) => void stream.destroy();
    return bounded({ ...this.#bounds(signal), late, discard }, async (over) => {
      for (;;) {
        try {
          const channel = await this.#openSession(command, over);
          const said = collect(channel.stderr);
          return new ChannelStream(channel, (end) => this.#ended(command, end, said()));
        } catch (error) {
          if (!(error instanceof AppError && isOpenFailure(error.cause))) throw error;
          refusal = error;
          // What runs beside it will be over soon, and may have the only session.
          if (this.#execs === 0) throw this.#exhausted(command, error);
          await this.#lastExec;
        }
      }
    });
  }

  async #exec(command: RegisteredCommand, signal: AbortSignal): Promise<ExecResult> {
    return bounded({ ...this.#bounds(signal), late: () => this.#tooLate(command) }, async (over) => {
      // Its turn may have come long after it was asked for.
      this.#parts.checkCommand(command);
      return collectOutput(await this.#openSession(command, over), over);
    });
  }

  /**
   * sshd frees a session only some time after it has closed it: under MaxSessions 1 the next one is refused until then.
   */
  async #openSession(command: RegisteredCommand, over: AbortSignal): Promise<ClientChannel> {
    const refused = (error: Error) => this.#failed(command, shown(error.message), error);
    for (let retries = this.#hadSession ? limits.ssh.execRetries : 0; ; retries -= 1) {
      try {
        const channel = await this.#parts.open(command.line, refused);
        this.#hadSession = true;
        this.#channels.add(channel);
        channel.once('close', () => this.#channels.delete(channel));
        return channel;
      } catch (error) {
        if (retries === 0 || !(error instanceof AppError && isOpenFailure(error.cause))) throw error;
        await this.#parts.clock.sleep(limits.ssh.execRetryMs, over);
      }
    }
  }

  #bounds(signal: AbortSignal) {
    const { clock, over } = this.#parts;
    return { clock, ms: limits.ssh.execMs, signals: [signal, over] };
  }

  #ended(command: RegisteredCommand, { exitCode, signal }: CommandEnd, stderr: string): AppError | null {
    if (exitCode === 0) return null;
    const lines = stderr.split(/\r?\n/).filter((line) => line.trim() !== '');
    const how = exitCode === null ? `signal ${signal === null ? 'unknown' : shown(signal)}` : `exit code ${exitCode}`;
    const said = lines.length === 0 ? '' : `: ${shown(lines.at(-1) ?? '')}`;
    return new AppError('DIAL_STDIO_FAILED', `"${command.name}" ended on ${this.#parts.place} with ${how}${said}.`, {
      details: {
        command: command.name,
        exitCode,
        seen: visibleLines(lines),
      },
    });
  }

  #failed(command: RegisteredCommand, why: string, cause?: Error): AppError {
    return new AppError('EXEC_FAILED', `"${command.name}" could not be run on ${this.#parts.place}: ${why}.`, {
      details: {
        command: command.name,
        seen: why,
        reason: openReason(cause),
        open: this.#channels.size,
        ...(cause === undefined ? { isLate: true } : {}),
      },
      ...(cause === undefined ? {} : { cause }),
    });
  }

  #tooLate(command: RegisteredCommand): AppError {
    return this.#failed(command, `it took longer than ${limits.ssh.execMs / 1_000} s`);
  }

  /** Where nothing of ours is open, it is not for their number that sshd refuses a session: unless none is allowed. */
  #exhausted(command: RegisteredCommand, refusal: AppError): AppError {
    const open = this.#channels.size;
    if (open === 0) {
      return new AppError(
        'EXEC_FAILED',
        `sshd on ${this.#parts.place} opens no session, so no command can be run there.`,
        {
          cause: refusal,
          details: refusal.details,
          hint: 'See MaxSessions in sshd_config on the host: 0 allows none. A socket that sshd forwards needs none.',
        },
      );
    }
    const those = open === 1 ? 'the one that is open' : `the ${open} that are open`;
    return new AppError('SESSIONS_EXHAUSTED', `sshd on ${this.#parts.place} opens no session beside ${those}.`, {
      cause: refusal,
      details: { ...refusal.details, command: command.name, open },
      hint: 'Allow more sessions at once: MaxSessions in sshd_config on the host.',
    });
  }
}

/** Commands that are byte streams to an engine. */
const STREAMS = /^(?:sudo-)?dial-stdio(?:-at)?$/;

/** What a command said last is what it ended by. */
function visibleLines(lines: readonly string[]): string {
  return lines
    .slice(-limits.ssh.execErrorLines)
    .map((line) => visibleText(line, limits.text.reasonChars))
    .join('\n');
}

/** ssh2 gives the reason code of RFC 4254 to what the server answers to an open, and to nothing else. */
export function openReason(error: unknown): number | null {
  const reason: unknown = error instanceof Error && 'reason' in error ? error.reason : null;
  return typeof reason === 'number' ? reason : null;
}

function isOpenFailure(error: unknown): boolean {
  return openReason(error) !== null;
}
