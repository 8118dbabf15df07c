import type { Socket } from 'node:net';
import ssh2, { type Algorithms } from 'ssh2';
import type { HostMode } from '#contract/hosts.ts';
import type { Clock } from '../kernel/clock.ts';
import { AppError, abortError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import { connectAlgorithms, type UsableAlgorithms } from './algorithms.ts';
import { emptyRecord, type LoginRecord, type Offer, offerInOrder } from './authentication.ts';
import { bounded } from './bounded.ts';
import type { HostKeyQuestion } from './connection-types.ts';
import { type HandshakeProgress, handshakeCause, handshakeError, place } from './errors.ts';
import { requireAllowed } from './exec-gate.ts';
import { fingerprint, keyType } from './host-key.ts';
import type { HostKeyPolicy } from './host-key-policy.ts';
import { LiveConnection } from './live-connection.ts';
import type { SshTarget } from './target.ts';
import { dial } from './tcp.ts';

export type LoginPhase = 'connecting' | 'checking-host-key' | 'authenticating';

interface LoginOptions {
  readonly target: SshTarget;
  readonly policy: Pick<HostKeyPolicy, 'algorithms' | 'check'>;
  /** The key a person accepted a moment ago: no other will do. */
  readonly pinned: Buffer | null;
  readonly offers: readonly Offer[];
  /** What the host is set to, for the exec gate of the connection. */
  readonly mode: () => HostMode;
  readonly algorithms: UsableAlgorithms;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly onPhase: (phase: LoginPhase) => void;
}

export type LoginResult =
  | { readonly kind: 'open'; readonly connection: LiveConnection }
  /** The host's key is not known. The connection was given up before anything was sent for authentication. */
  | { readonly kind: 'ask'; readonly key: Buffer; readonly question: HostKeyQuestion; readonly error: AppError }
  /** The key is known, and none of the offers was taken. */
  | { readonly kind: 'rejected'; readonly record: LoginRecord };

/**
 * One connection, from TCP to a login that was taken or refused. Asks nobody: sshd's LoginGraceTime would run on meanwhile.
 * @throws AppError ADDRESS_NOT_FOUND, CONNECT_REFUSED, CONNECT_TIMEOUT, UNREACHABLE, HANDSHAKE_FAILED, HOST_KEY_CHANGED,
 *   HOST_KEY_REVOKED, HOST_KEY_UNREADABLE, or the signal's own
 */
export async function login(options: LoginOptions): Promise<LoginResult> {
  const { target, policy, pinned, clock, signal, onPhase } = options;
  const known = pinned === null ? await policy.algorithms(target) : [keyType(pinned)];
  onPhase('connecting');
  const socket = await dial(target, { clock, signal });
  onPhase('checking-host-key');
  const handshake = new Handshake(options, socket);
  const discard = (result: LoginResult) => {
    if (result.kind === 'open') void result.connection[Symbol.asyncDispose]();
  };
  const bounds = { clock, ms: limits.ssh.handshakeMs, signals: [signal], late: () => handshake.late(), discard };
  return bounded(bounds, (over) => handshake.run(connectAlgorithms(options.algorithms, known), over));
}

class Handshake {
  readonly #options: LoginOptions;
  readonly #socket: Socket;
  readonly #record = emptyRecord();
  readonly #result = Promise.withResolvers<LoginResult>();
  #verified: Buffer | null = null;
  #phase: HandshakeProgress['phase'] = 'greeting';
  #firstBytes = '';
  #settled = false;

  constructor(options: LoginOptions, socket: Socket) {
    this.#options = options;
    this.#socket = socket;
  }

  async run(algorithms: Algorithms, over: AbortSignal): Promise<LoginResult> {
    const client = new ssh2.Client();
    const { target, offers } = this.#options;
    const stop = () => this.#settle(() => this.#result.reject(abortError(over)));
    over.addEventListener('abort', stop, { once: true });
    client.on('error', (error) => this.#onError(error));
    client.on('close', () => this.#fail(this.#broken('closed the connection')));
    client.on('handshake', () => this.#enter('authenticating'));
    client.once('ready', () => this.#onReady(client));
    client.connect({
      sock: this.#socket,
      username: target.user,
      ident: 'Binnacle',
      algorithms,
      // Without it ssh2 refuses stream-local channels to every server not named OpenSSH; the server itself should say so.
      strictVendor: false,
      readyTimeout: 0, // ours bounds it
      keepaliveInterval: limits.ssh.keepaliveMs,
      keepaliveCountMax: limits.ssh.keepaliveCount,
      hostVerifier: (key: Buffer, verify: (permitted: boolean) => void) => this.#verify(Buffer.from(key), verify),
      authHandler: offerInOrder(target.user, offers, this.#record, over),
    });
    // After connect(), which pauses the socket: ssh2 sees every byte that is seen here.
    this.#socket.on('data', this.#watch);
    try {
      return await this.#result.promise;
    } finally {
      over.removeEventListener('abort', stop);
    }
  }

  /** Time is up: says what was seen until then. */
  late(): AppError {
    const pending = [...this.#record.signed].at(-1)?.[0];
    const seconds = limits.ssh.handshakeMs / 1_000;
    if (this.#phase === 'authenticating' && pending?.startsWith('ssh-agent')) {
      return new AppError('HANDSHAKE_FAILED', `The login with ${pending} was not done within ${seconds} s.`, {
        details: { phase: this.#phase, offered: this.#record.tried },
        hint: 'If the agent asks for a confirmation, give it sooner, or name another key with --identity.',
      });
    }
    return this.#broken(`did not finish within ${seconds} s`);
  }

  readonly #watch = (chunk: Buffer): void => {
    if (this.#phase !== 'greeting' || this.#firstBytes.length > 1_024) return;
    this.#firstBytes += chunk.toString('latin1', 0, 1_024);
    if (/^SSH-(2\.0|1\.99)-[^\n]*\n/m.test(this.#firstBytes)) this.#phase = 'key-exchange';
  };

  /**
   * Must return undefined: ssh2 takes a promise for a yes (FACTS, tunnel 5). Called again at each re-keying, when only
   * the same key will do.
   */
  #verify(key: Buffer, verify: (permitted: boolean) => void): void {
    if (this.#verified !== null) {
      verify(key.equals(this.#verified));
      return;
    }
    this.#decide(key).then(
      () => {
        if (this.#settled) return;
        this.#verified = key;
        verify(true);
      },
      (error: unknown) => {
        if (error instanceof AppError) this.#fail(error);
        else this.#settle(() => this.#result.reject(error));
      },
    );
  }

  /** Returns where the key is accepted; else settles the login or throws. */
  async #decide(key: Buffer): Promise<void> {
    const { target, policy, pinned } = this.#options;
    if (pinned !== null && !key.equals(pinned)) {
      throw new AppError('HOST_KEY_CHANGED', `${place(target)} now shows another host key than the one accepted.`, {
        details: { accepted: fingerprint(pinned), shown: fingerprint(key) },
        hint: 'Several machines may answer at this address, or somebody is in between. Ask whoever runs it.',
      });
    }
    const decision = await policy.check(target, key);
    if (decision.kind === 'refused') throw decision.error;
    if (decision.kind === 'ask' && pinned === null) {
      const { question, error } = decision;
      this.#settle(() => this.#result.resolve({ kind: 'ask', key, question, error }));
    }
  }

  #enter(phase: 'authenticating'): void {
    if (this.#settled || this.#phase === phase) return;
    this.#phase = phase;
    this.#options.onPhase(phase);
  }

  #onReady(client: ssh2.Client): void {
    if (this.#settled || this.#verified === null) return;
    this.#settled = true;
    const { target, clock, mode } = this.#options;
    client.removeAllListeners();
    this.#socket.off('data', this.#watch);
    const { lastKey } = this.#record;
    const connection = new LiveConnection({
      target,
      hostKeyFingerprint: fingerprint(this.#verified),
      loginKeyFingerprint: lastKey === null ? null : fingerprint(lastKey.getPublicSSH()),
      checkCommand: (command) => requireAllowed(command, mode()),
      client,
      socket: this.#socket,
      clock,
    });
    this.#result.resolve({ kind: 'open', connection });
  }

  #onError(error: Error & { level?: string; code?: unknown }): void {
    // A signature that could not be made; ssh2 goes on with the next offer.
    if (error.level === 'agent' || error.message.startsWith('Error signing')) return;
    const refused = error.level === 'client-authentication' || /too many authentication/i.test(error.message);
    if (refused && this.#phase === 'authenticating') {
      this.#settle(() => this.#result.resolve({ kind: 'rejected', record: this.#record }));
    } else if (error.level === 'client-socket') {
      this.#fail(this.#broken('cut the connection', error));
    } else if (/before handshake/.test(error.message)) {
      this.#fail(this.#broken('closed the connection', error));
    } else {
      this.#fail(handshakeCause(this.#options.target, this.#progress(), error));
    }
  }

  #progress(): HandshakeProgress {
    const firstLine = Buffer.from(this.#firstBytes.split('\n', 1)[0] ?? '', 'latin1')
      .toString()
      .trim();
    return { phase: this.#phase, firstLine: this.#firstBytes === '' ? null : firstLine };
  }

  #broken(how: string, cause?: unknown): AppError {
    return handshakeError(this.#options.target, this.#progress(), how, cause);
  }

  #fail(error: AppError): void {
    this.#settle(() => this.#result.reject(error));
  }

  #settle(how: () => void): void {
    if (this.#settled) return;
    this.#settled = true;
    how();
    this.#socket.destroy();
  }
}
