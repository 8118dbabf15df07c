import type { Duplex } from 'node:stream';
import type { Client, ClientChannel } from 'ssh2';
import type { HopReport } from '#contract/hosts.ts';
import { type Clock, elapsedSince, type Moment, moment } from '../kernel/clock.ts';
import { AppError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import { bounded } from './bounded.ts';
import { adoptChannel, failChannel } from './channel-stream.ts';
import type { ExecResult, KeyOptions, RegisteredCommand, SshConnection } from './connection-types.ts';
import { lostError, machineOf, place, shown } from './errors.ts';
import { registeredCommand } from './exec-gate.ts';
import type { Hop } from './hop.ts';
import { hopReport, type LoginFacts } from './hop-report.ts';
import { openReason, Sessions } from './sessions.ts';

export interface LiveConnectionParts {
  readonly hop: Hop;
  readonly facts: LoginFacts;
  /** The machine through which it goes; null: none. It ends with that connection, because its stream does. */
  readonly through: SshConnection | null;
  /** The address that was dialled; null where the machine before did that. */
  readonly address: string | null;
  /** The exec gate: throws where a command may not be run now. */
  readonly checkCommand: (command: RegisteredCommand) => void;
  /** Logged in, and without listeners. */
  readonly client: Client;
  /** What the client was given to speak over. */
  readonly stream: Duplex;
  readonly clock: Clock;
}

type OpenCallback = (error: Error | undefined, channel: ClientChannel) => void;

/** A connection that has logged in. Made in the very event that says so, so that nothing that follows is missed. */
export class LiveConnection implements SshConnection {
  readonly hop: Hop;
  readonly hostKeyFingerprint: string;
  readonly loginKeyFingerprint: string | null;
  readonly closed: Promise<AppError | null>;
  readonly #parts: LiveConnectionParts;
  readonly #sessions: Sessions;
  readonly #channels = new Set<ClientChannel>();
  readonly #over = new AbortController();
  readonly #since: number;
  /** When something came from the other side. */
  #heard: Moment;
  #sharedBy = () => 1;
  #isToWake = false;
  #cause: unknown = null;
  #disposed = false;

  constructor(parts: LiveConnectionParts) {
    const { hop, facts, client, stream, clock, checkCommand } = parts;
    this.#parts = parts;
    this.hop = hop;
    this.#since = clock.now();
    this.#heard = moment(clock);
    const { hostKey, login } = this.#ownReport(facts);
    this.hostKeyFingerprint = hostKey.fingerprint;
    this.loginKeyFingerprint = login.fingerprint;
    const open = (line: string, refused: (error: Error) => AppError) => {
      // It does what `true` would be run for.
      this.#isToWake = false;
      return this.#open((done) => client.exec(line, done), refused);
    };
    this.#sessions = new Sessions({ place: place(hop), checkCommand, open, over: this.#over.signal, clock });
    const { promise, resolve } = Promise.withResolvers<AppError | null>();
    this.closed = promise;
    stream.on('data', () => {
      this.#heard = moment(clock);
    });
    client.on('error', (error) => {
      this.#cause ??= error;
      // After an error of its own ssh2 stops reading and waits for the other side, which may never come.
      stream.destroy();
    });
    client.on('close', () => {
      const lost = this.#disposed ? disposedError(hop) : this.#lost(null);
      this.#over.abort(lost);
      for (const channel of this.#channels) failChannel(channel, lost);
      this.#channels.clear();
      resolve(this.#disposed ? null : lost);
    });
  }

  get keyOptions(): KeyOptions | null {
    return this.#parts.facts.keyOptions;
  }

  /** Milliseconds since anything came from the other side, keepalives included; goes on while this machine sleeps. */
  silentMs(): number {
    return elapsedSince(this.#heard, this.#parts.clock);
  }

  /** Has the report say for how many hosts it is there; without it, for one. */
  countHosts(hosts: () => number): void {
    this.#sharedBy = hosts;
  }

  report(): readonly HopReport[] {
    const { facts, through } = this.#parts;
    return [...(through?.report() ?? []), this.#ownReport(facts)];
  }

  /**
   * Makes sshd switch Nagle's delay off on its side, which it does with the first session (FACTS, tunnel 2: 48 ms → 5 ms
   * a list): runs `true` once the first channel has been opened, for by then sshd has told the options of the key. Under a
   * key with `command=` nothing is run, because that command would be, at every connection. A ForceCommand of sshd_config
   * is told by nothing, and is run this once. Never waited for; without it requests are slower and all else is the same.
   */
  wake(): void {
    this.#isToWake = true;
  }

  async openUnixSocket(path: string, signal: AbortSignal): Promise<Duplex> {
    const what = `its socket ${shown(path)}`;
    return this.#forward(
      (done) => this.#parts.client.openssh_forwardOutStreamLocal(path, done),
      (error) =>
        this.#forwardRefused(what, { path }, error, {
          hint: 'The socket may be missing, closed to this user or without an engine, or sshd may not allow forwarding.',
        }),
      () => this.#lateChannel(),
      signal,
    );
  }

  async openTcp(address: { readonly host: string; readonly port: number }, signal: AbortSignal): Promise<Duplex> {
    const refused = (error: Error | null) =>
      this.#forwardRefused(`a way to ${place(address)}`, { ...address }, error, {
        hint: 'Nobody may listen there, or sshd may not allow forwarding to it (AllowTcpForwarding, PermitOpen).',
      });
    return this.#forward(
      // Where it comes from is told to the log of sshd alone (RFC 4254, 7.2); no port of ours is behind it.
      (done) => this.#parts.client.forwardOut('127.0.0.1', 0, address.host, address.port, done),
      refused,
      // sshd answers only once the other end has: where the host is heard, it is that end which is silent.
      () => (this.silentMs() < limits.ssh.openChannelMs ? refused(null) : this.#lateChannel()),
      signal,
    );
  }

  openCommand(command: RegisteredCommand, signal: AbortSignal): Promise<Duplex> {
    return this.#sessions.openCommand(command, signal);
  }

  exec(command: RegisteredCommand, signal: AbortSignal): Promise<ExecResult> {
    return this.#sessions.exec(command, signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#disposed && !this.#over.signal.aborted) {
      this.#disposed = true;
      const { client, stream, clock } = this.#parts;
      client.end();
      clock.sleep(limits.ssh.goodbyeMs, this.#over.signal).then(
        () => stream.destroy(),
        () => {},
      );
    }
    await this.closed;
  }

  #forward(
    start: (done: OpenCallback) => void,
    refused: (error: Error) => AppError,
    late: () => AppError,
    signal: AbortSignal,
  ): Promise<ClientChannel> {
    const { clock } = this.#parts;
    const signals = [signal, this.#over.signal];
    const discard = (channel: Duplex) => void channel.destroy();
    return bounded({ clock, ms: limits.ssh.openChannelMs, signals, late, discard }, () => this.#open(start, refused));
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
        this.#opened();
        this.#channels.add(channel);
        channel.once('close', () => this.#channels.delete(channel));
        adoptChannel(channel);
        resolve(channel);
      });
    } catch (error) {
      // ssh2 throws where its stream is no longer writable, a moment before it says that it is closed.
      reject(this.#lost(error));
    }
    return promise;
  }

  #opened(): void {
    if (!this.#isToWake) return;
    this.#isToWake = false;
    if (this.keyOptions?.command === true) return;
    this.exec(registeredCommand('true', {}), new AbortController().signal).catch(() => {});
  }

  #endedOr(otherwise: () => AppError): AppError {
    const { signal } = this.#over;
    return signal.aborted && signal.reason instanceof AppError ? signal.reason : otherwise();
  }

  #lost(otherwise: unknown): AppError {
    return lostError(this.hop, this.#cause ?? otherwise, this.#parts.through?.hop ?? null);
  }

  #lateChannel(): AppError {
    const seconds = limits.ssh.openChannelMs / 1_000;
    return new AppError('CONNECTION_LOST', `${place(this.hop)} has not opened a channel within ${seconds} s.`, {
      hint: 'The link may be dead. It is dropped, and can be made again, as soon as that is certain.',
    });
  }

  /** @param error null: sshd said nothing */
  #forwardRefused(
    what: string,
    where: Readonly<Record<string, unknown>>,
    error: Error | null,
    { hint }: { readonly hint: string },
  ): AppError {
    const seen = error === null ? 'no answer' : shown(error.message.replace(/^\(SSH\) Channel open failure: /, ''));
    return new AppError('FORWARD_REFUSED', `${place(this.hop)} did not open ${what}.`, {
      ...(error === null ? {} : { cause: error }),
      details: { ...where, reason: openReason(error), seen },
      hint,
    });
  }

  #ownReport(facts: LoginFacts): HopReport {
    const { hop, address, stream } = this.#parts;
    return hopReport({ hop, facts, address, since: this.#since, sharedBy: this.#sharedBy(), stream });
  }
}

function disposedError(hop: Hop): AppError {
  return new AppError('CONNECTION_LOST', `The connection to ${place(hop)} has been closed.`, {
    details: { seen: 'closed by Binnacle', machine: machineOf(hop) },
  });
}
