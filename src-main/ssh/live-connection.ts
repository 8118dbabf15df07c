import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Client, ClientChannel } from 'ssh2';
import type { Clock } from '../kernel/clock.ts';
import { AppError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import { bounded, orAborted } from './bounded.ts';
import { adoptChannel, failChannel } from './channel-stream.ts';
import type { ExecResult, RegisteredCommand, SshConnection } from './connection-types.ts';
import { lostError, place, shown } from './errors.ts';
import { registeredCommand } from './exec-gate.ts';
import { collectOutput } from './exec-output.ts';
import type { SshTarget } from './target.ts';

interface LiveConnectionParts {
  readonly target: SshTarget;
  readonly hostKeyFingerprint: string;
  readonly loginKeyFingerprint: string | null;
  /** The exec gate: throws where a command may not be run now. */
  readonly checkCommand: (command: RegisteredCommand) => void;
  /** Logged in, and without listeners. */
  readonly client: Client;
  readonly socket: Socket;
  readonly clock: Clock;
}

type OpenCallback = (error: Error | undefined, channel: ClientChannel) => void;

/** A connection that has logged in. Made in the very event that says so, so that nothing that follows is missed. */
export class LiveConnection implements SshConnection {
  readonly target: SshTarget;
  readonly hostKeyFingerprint: string;
  readonly loginKeyFingerprint: string | null;
  readonly closed: Promise<AppError | null>;
  readonly #checkCommand: LiveConnectionParts['checkCommand'];
  readonly #client: Client;
  readonly #socket: Socket;
  readonly #clock: Clock;
  readonly #channels = new Set<ClientChannel>();
  readonly #over = new AbortController();
  #cause: unknown = null;
  #disposed = false;
  #hadSession = false;
  /** Commands run one after the other: sshd's MaxSessions may be 1. */
  #lastExec: Promise<unknown> = Promise.resolve();

  constructor(parts: LiveConnectionParts) {
    const { target, client, socket, clock } = parts;
    this.target = target;
    this.hostKeyFingerprint = parts.hostKeyFingerprint;
    this.loginKeyFingerprint = parts.loginKeyFingerprint;
    this.#checkCommand = parts.checkCommand;
    this.#client = client;
    this.#socket = socket;
    this.#clock = clock;
    const { promise, resolve } = Promise.withResolvers<AppError | null>();
    this.closed = promise;
    client.on('error', (error) => {
      this.#cause ??= error;
      // After an error of its own ssh2 stops reading and waits for the other side, which may never come.
      socket.destroy();
    });
    client.on('close', () => {
      const lost = this.#disposed ? disposedError(target) : lostError(target, this.#cause);
      this.#over.abort(lost);
      for (const channel of this.#channels) failChannel(channel, lost);
      this.#channels.clear();
      resolve(this.#disposed ? null : lost);
    });
  }

  /**
   * Makes sshd switch Nagle's delay off on its side, which it does with the first session (FACTS, tunnel 2: 48 ms → 5 ms
   * a list). Never waited for; where commands are refused or forced, requests are slower and all else is the same.
   */
  wake(): void {
    this.exec(registeredCommand('true', {}), new AbortController().signal).catch(() => {});
  }

  async openUnixSocket(path: string, signal: AbortSignal): Promise<Duplex> {
    const ms = limits.ssh.openChannelMs;
    const late = () =>
      new AppError('CONNECTION_LOST', `${place(this.target)} has not opened a channel within ${ms / 1_000} s.`, {
        hint: 'The link may be dead. It is dropped, and can be made again, as soon as that is certain.',
      });
    return bounded({ ...this.#bounds(signal), ms, late, discard: closeChannel }, () =>
      this.#open(
        (done) => this.#client.openssh_forwardOutStreamLocal(path, done),
        (error) => this.#forwardRefused(path, error),
      ),
    );
  }

  async exec(command: RegisteredCommand, signal: AbortSignal): Promise<ExecResult> {
    this.#checkCommand(command);
    const turn = this.#lastExec.then(() => this.#exec(command, signal));
    this.#lastExec = turn.catch(() => {});
    return orAborted(signal, turn);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#disposed && !this.#over.signal.aborted) {
      this.#disposed = true;
      this.#client.end();
      this.#clock.sleep(limits.ssh.goodbyeMs, this.#over.signal).then(
        () => this.#socket.destroy(),
        () => {},
      );
    }
    await this.closed;
  }

  async #exec(command: RegisteredCommand, signal: AbortSignal): Promise<ExecResult> {
    const failed = (why: string, cause?: unknown) =>
      new AppError('EXEC_FAILED', `"${command.name}" could not be run on ${place(this.target)}: ${why}.`, {
        details: { command: command.name, seen: why },
        ...(cause === undefined ? {} : { cause }),
      });
    const ms = limits.ssh.execMs;
    const late = () => failed(`it took longer than ${ms / 1_000} s`);
    return bounded({ ...this.#bounds(signal), ms, late }, async (over) => {
      // Its turn may have come long after it was asked for.
      this.#checkCommand(command);
      const channel = await this.#openSession(command.line, over, (error) => failed(shown(error.message), error));
      this.#hadSession = true;
      return collectOutput(channel, over);
    });
  }

  /**
   * sshd frees a session only some time after it has closed it: under MaxSessions 1 the next one is refused until then.
   */
  async #openSession(line: string, over: AbortSignal, refused: (error: Error) => AppError): Promise<ClientChannel> {
    const open = () => this.#open((done) => this.#client.exec(line, done), refused);
    for (let retries = this.#hadSession ? limits.ssh.execRetries : 0; retries > 0; retries -= 1) {
      try {
        return await open();
      } catch (error) {
        if (!(error instanceof AppError && isOpenFailure(error.cause))) throw error;
        await this.#clock.sleep(limits.ssh.execRetryMs, over);
      }
    }
    return open();
  }

  #bounds(signal: AbortSignal) {
    return { clock: this.#clock, signals: [signal, this.#over.signal] };
  }

  /** ssh2 calls back even where the connection ends meanwhile; only a link that is dead unnoticed leaves it waiting. */
  #open(start: (done: OpenCallback) => void, refused: (error: Error) => AppError): Promise<ClientChannel> {
    const { promise, resolve, reject } = Promise.withResolvers<ClientChannel>();
    try {
      start((error, channel) => {
        if (error) {
          reject(this.#endedOr(() => refused(error)));
          return;
        }
        this.#channels.add(channel);
        channel.once('close', () => this.#channels.delete(channel));
        adoptChannel(channel);
        resolve(channel);
      });
    } catch (error) {
      // ssh2 throws where its socket is no longer writable, a moment before it says that it is closed.
      reject(lostError(this.target, this.#cause ?? error));
    }
    return promise;
  }

  #endedOr(otherwise: () => AppError): AppError {
    const { signal } = this.#over;
    return signal.aborted && signal.reason instanceof AppError ? signal.reason : otherwise();
  }

  #forwardRefused(path: string, error: Error): AppError {
    const reason: unknown = 'reason' in error ? error.reason : null;
    return new AppError('FORWARD_REFUSED', `${place(this.target)} did not open its socket ${shown(path)}.`, {
      cause: error,
      details: { path, reason: typeof reason === 'number' ? reason : null, seen: shown(error.message) },
      hint: 'The socket may be missing, closed to this user or without an engine, or sshd may not allow forwarding.',
    });
  }
}

/** ssh2 gives the reason code of RFC 4254 to what the server answers to an open, and to nothing else. */
function isOpenFailure(error: unknown): boolean {
  return error instanceof Error && 'reason' in error && typeof error.reason === 'number';
}

function disposedError(target: SshTarget): AppError {
  return new AppError('CONNECTION_LOST', `The connection to ${place(target)} has been closed.`);
}

function closeChannel(channel: Duplex): void {
  channel.destroy();
}
