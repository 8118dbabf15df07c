import type { Duplex } from 'node:stream';
import ssh2, { type Algorithms } from 'ssh2';
import type { HostMode } from '#contract/hosts.ts';
import type { Clock } from '../../kernel/clock.ts';
import { AppError, abortError } from '../../kernel/errors.ts';
import { limits } from '../../kernel/limits.ts';
import { connectAlgorithms, type UsableAlgorithms } from '../algorithms.ts';
import { orAborted } from '../bounded.ts';
import type { ConnectEvent, HostKeyQuestion, SshConnection, SshPrompts } from '../connection-types.ts';
import { type HandshakeProgress, handshakeCause, handshakeError, place } from '../errors.ts';
import { requireAllowed } from '../exec-gate.ts';
import type { Hop } from '../hop.ts';
import { fingerprint, keyType } from '../host-keys/host-key.ts';
import type { HostKeyPolicy } from '../host-keys/host-key-policy.ts';
import { LiveConnection } from '../live-connection.ts';
import { nothingInCommon } from '../nothing-in-common.ts';
import { guardRounds, hearDebug, hearRefusals, isStrict } from '../ssh2-protocol.ts';
import { dialHop } from '../tcp.ts';
import type { LoginPlan } from './auth-order.ts';
import { Authenticator } from './authenticator.ts';
import { notDoneElsewhere, notYet, unanswered } from './login-errors.ts';
import { LiveFacts } from './login-facts.ts';
import { emptyRecord, type LoginRecord } from './login-record.ts';
import { LoginSteps } from './login-steps.ts';
import { LoginTime, type Turn } from './login-time.ts';

interface LoginOptions {
  readonly hop: Hop;
  readonly isJump: boolean;
  /** The machine before it; null: none. */
  readonly through: SshConnection | null;
  readonly policy: Pick<HostKeyPolicy, 'algorithms' | 'check'>;
  /** The key a person accepted a moment ago, or typed a password for: no other will do. */
  readonly pinned: Buffer | null;
  readonly plan: LoginPlan;
  readonly prompts: SshPrompts;
  /** What the host is set to, for the exec gate of the connection. */
  readonly mode: () => HostMode;
  readonly algorithms: UsableAlgorithms;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly onEvent: (event: ConnectEvent) => void;
}

export type LoginResult =
  | { readonly kind: 'open'; readonly connection: LiveConnection }
  /** The host's key is not known. The connection was given up before anything was sent for authentication. */
  | { readonly kind: 'ask'; readonly key: Buffer; readonly question: HostKeyQuestion; readonly error: AppError }
  /**
   * The key is known, and what was given was not enough. `cut`: the connection ended after a person's answer, without a
   * word on it, or the host hung up after it had refused a key or instead of judging one (`record.left`); it counts as
   * refused, so that nothing is sent again and again.
   */
  | { readonly kind: 'rejected'; readonly key: Buffer; readonly record: LoginRecord; readonly cut: AppError | null };

/**
 * One connection, from dialling to a login that was taken or refused. A person is asked only what the host waits for:
 * sshd's LoginGraceTime runs on meanwhile.
 * @throws AppError as `dialHop`; NOT_SSH, HANDSHAKE_FAILED, HOST_KEY_CHANGED, HOST_KEY_REVOKED, HOST_KEY_UNREADABLE,
 *   AUTH_UNANSWERED, AUTH_FAILED where the host asks without end; what a prompt throws, or the signal's own
 */
export async function login(options: LoginOptions): Promise<LoginResult> {
  const { hop, isJump, through, policy, pinned, clock, signal, onEvent } = options;
  const known = pinned === null ? await orAborted(signal, policy.algorithms(hop)) : [keyType(pinned)];
  const { stream, address } = await dialHop(hop, through, { clock, signal, onEvent, isJump });
  return new Handshake(options, stream, address).run(connectAlgorithms(options.algorithms, known));
}

class Handshake {
  /** Without what is given to the host: it lives as long as the connection does. */
  readonly #options: Omit<LoginOptions, 'plan'>;
  readonly #stream: Duplex;
  readonly #address: string | null;
  readonly #record = emptyRecord();
  readonly #facts: LiveFacts;
  readonly #steps: LoginSteps;
  readonly #time: LoginTime;
  readonly #authenticator: Authenticator;
  readonly #result = Promise.withResolvers<LoginResult>();
  #verified: Buffer | null = null;
  #phase: HandshakeProgress['phase'] = 'greeting';
  #firstBytes = '';
  #settled = false;

  constructor(options: LoginOptions, stream: Duplex, address: string | null) {
    const { plan, ...others } = options;
    const { hop, isJump, prompts, clock, signal } = others;
    this.#options = others;
    this.#stream = stream;
    this.#address = address;
    this.#facts = new LiveFacts(hop);
    this.#steps = new LoginSteps(options);
    this.#time = new LoginTime(clock, (turn) => this.#late(turn));
    this.#authenticator = new Authenticator({
      ...{ hop, isJump, plan, prompts, clock, record: this.#record, time: this.#time },
      hostKey: () => fingerprint(this.#verified ?? Buffer.alloc(0)),
      over: AbortSignal.any([signal, this.#time.signal]),
      fail: (error) => this.#fail(error),
    });
  }

  async run(algorithms: Algorithms): Promise<LoginResult> {
    const { hop, signal } = this.#options;
    const cancelled = () => this.#settle(() => this.#result.reject(abortError(signal)));
    const late = () => this.#end(abortError(this.#time.signal), true);
    signal.addEventListener('abort', cancelled, { once: true });
    this.#time.signal.addEventListener('abort', late, { once: true });
    if (signal.aborted) cancelled();
    else this.#start(hop, algorithms);
    try {
      return await this.#result.promise;
    } finally {
      signal.removeEventListener('abort', cancelled);
      this.#time[Symbol.dispose]();
    }
  }

  #start(hop: Hop, algorithms: Algorithms): void {
    const client = new ssh2.Client();
    client.on('error', (error) => this.#onError(error));
    client.on('close', () => this.#hungUp(this.#broken('closed the connection'), false));
    client.on('handshake', (negotiated) => this.#onHandshake(negotiated, isStrict(client)));
    client.on('banner', (words) => this.#authenticator.banner(words));
    client.on('change password', (words) => this.#authenticator.expired(words));
    client.once('ready', () => this.#onReady(client));
    this.#steps.begin('host-key');
    client.connect({
      // Any stream will do; the types of ssh2 say less than its client takes.
      sock: this.#stream,
      username: hop.user,
      ident: 'Binnacle',
      algorithms,
      // Without it ssh2 refuses stream-local channels to every server not named OpenSSH; the server itself should say so.
      strictVendor: false,
      readyTimeout: 0, // ours bounds it
      keepaliveInterval: hop.keepalive.intervalMs,
      keepaliveCountMax: hop.keepalive.count,
      hostVerifier: (key: Buffer, verify: (permitted: boolean) => void) => this.#verify(Buffer.from(key), verify),
      authHandler: this.#authenticator.handler,
    });
    hearRefusals(client, this.#authenticator.refused);
    guardRounds(client, this.#authenticator.mayGoOn);
    hearDebug(client, (message) => this.#facts.hear(message));
    // After connect(), which reads nothing before the next turn: ssh2 sees every byte that is seen here.
    this.#stream.on('data', this.#watch);
  }

  readonly #watch = (chunk: Buffer): void => {
    const most = this.#phase === 'greeting' ? 1_024 : limits.ssh.firstBytes;
    if (this.#phase === 'authenticating' || this.#firstBytes.length > most) return;
    this.#firstBytes += chunk.toString('latin1', 0, limits.ssh.firstBytes);
    if (this.#phase === 'greeting' && /^SSH-(2\.0|1\.99)-[^\n]*\n/m.test(this.#firstBytes))
      this.#phase = 'key-exchange';
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
        this.#steps.pass('host-key', `${keyType(key)} ${fingerprint(key)} known`);
        // Not before: ssh2 begins to authenticate within this call.
        verify(true);
      },
      (error: unknown) => this.#fail(error),
    );
  }

  /** Returns where the key is accepted; else settles the login or throws. */
  async #decide(key: Buffer): Promise<void> {
    const { hop, isJump, policy, pinned } = this.#options;
    if (pinned !== null && !key.equals(pinned)) {
      throw new AppError('HOST_KEY_CHANGED', `${place(hop)} now shows another host key than the one accepted.`, {
        details: { accepted: fingerprint(pinned), shown: fingerprint(key) },
        hint: 'Several machines may answer at this address, or somebody is in between. Ask whoever runs it.',
      });
    }
    const decision = await policy.check(hop, key, isJump);
    if (decision.kind === 'refused') throw decision.error;
    if (decision.kind === 'ask' && pinned === null) {
      const { question, error } = decision;
      this.#settle(() => this.#result.resolve({ kind: 'ask', key, question, error }));
    }
  }

  /** Told again at each re-keying; what was agreed on then is not looked at. */
  #onHandshake(negotiated: ssh2.NegotiatedAlgorithms, strict: boolean): void {
    if (this.#settled || this.#phase === 'authenticating') return;
    this.#phase = 'authenticating';
    this.#facts.agreed(negotiated, strict);
    this.#steps.begin('authenticate');
  }

  #onReady(client: ssh2.Client): void {
    if (this.#settled || this.#verified === null) return;
    this.#settled = true;
    this.#authenticator.succeeded();
    const { hop, through, clock, mode } = this.#options;
    client.removeAllListeners();
    this.#stream.off('data', this.#watch);
    const facts = this.#facts.of(this.#verified, this.#firstBytes, this.#record);
    const connection = new LiveConnection({
      ...{ hop, facts, through, address: this.#address },
      checkCommand: (command) => requireAllowed(command, mode()),
      ...{ client, stream: this.#stream, clock },
    });
    this.#steps.pass('authenticate', this.#facts.seen(this.#record), this.#authenticator.personMs);
    this.#record.taken.length = 0;
    this.#result.resolve({ kind: 'open', connection });
  }

  #onError(error: Error & { level?: string; code?: unknown }): void {
    // A signature that could not be made; ssh2 goes on with the next offer.
    if (error.level === 'agent' || error.message.startsWith('Error signing')) return;
    const { hop, algorithms: usable } = this.#options;
    const refused = error.level === 'client-authentication' || /too many authentication/i.test(error.message);
    if (refused && this.#phase === 'authenticating') this.#reject(null);
    // The host's own goodbye; ssh2 gives it the reason of RFC 4253, 11.1.
    else if (typeof error.code === 'number') this.#hungUp(handshakeCause(hop, this.#progress(), error), true);
    else if (error.level === 'client-socket') this.#end(this.#broken('cut the connection', error));
    else if (/before handshake/.test(error.message)) this.#end(this.#broken('closed the connection', error));
    else {
      const nothing = nothingInCommon(hop, { error, firstBytes: this.#firstBytes, usable });
      this.#end(nothing ?? handshakeCause(hop, this.#progress(), error));
    }
  }

  #progress(): HandshakeProgress {
    const firstLine = Buffer.from(this.#firstBytes.split('\n', 1)[0] ?? '', 'latin1')
      .toString()
      .trim();
    return { phase: this.#phase, firstLine: this.#firstBytes === '' ? null : firstLine };
  }

  #broken(how: string, cause?: unknown): AppError {
    return handshakeError(this.#options.hop, this.#progress(), how, cause);
  }

  /** The error once time is up: says what was seen until then. */
  #late(turn: Turn): AppError {
    const seconds = (turn === 'person' ? limits.ssh.challengeMs : limits.ssh.handshakeMs) / 1_000;
    return this.#broken(`did not finish within ${seconds} s`);
  }

  /** In good order, not by a reset: some servers say so that a login has had its tries (Dropbear). */
  #hungUp(error: AppError, withReason: boolean): void {
    const { provedKey: key, elsewhere, personMs } = this.#authenticator;
    const { said, keysRefused, heard } = this.#record;
    const later = key === null && said?.how !== 'answered' ? null : notYet(this.#options.hop, error, heard);
    // Tried again by itself, it would be refused again and again.
    const isRefusal = key !== null || (said === null && keysRefused > 0 && !elsewhere.isLong);
    if (key !== null) this.#record.left = { key, isSure: withReason || heard.length > 0 || personMs > 0 };
    if (later !== null) this.#fail(later);
    else if (isRefusal) this.#reject(error);
    else this.#end(error);
  }

  /** The connection is over, or is given up: nobody has been let in. */
  #end(error: AppError, isLate = false): void {
    const { hop } = this.#options;
    const { said, heard } = this.#record;
    const { now: elsewhere, isLong } = this.#authenticator.elsewhere;
    if (elsewhere !== null && (isLate || isLong)) {
      this.#fail(notDoneElsewhere(hop, elsewhere, { cause: error, isLate, heard }));
    } else if (said?.how === 'asked') this.#fail(unanswered(hop, error, heard));
    else if (said?.how === 'answered') this.#reject(error);
    else this.#fail(error);
  }

  #reject(cut: AppError | null): void {
    const { said } = this.#record;
    if (said?.how === 'answered') this.#record.said = { ...said, how: 'refused' };
    const key = this.#verified;
    if (key === null) this.#fail(cut ?? this.#broken('broke off'));
    else this.#settle(() => this.#result.resolve({ kind: 'rejected', key, record: this.#record, cut }));
  }

  #fail(error: unknown): void {
    this.#settle(() => this.#result.reject(error));
  }

  #settle(how: () => void): void {
    if (this.#settled) return;
    this.#settled = true;
    how();
    this.#authenticator.end();
    this.#stream.destroy();
  }
}
