import type { Clock } from '../kernel/clock.ts';
import { AppError, abortError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import { orAborted } from './bounded.ts';
import type { ConnectEvent, SshConnection, SshPrompts } from './connection-types.ts';

/** A connection to a machine on the way, as it is shared. */
export interface JumpConnection extends SshConnection {
  /** Milliseconds since anything came from the other side. */
  silentMs(): number;
  /** Has its report say for how many hosts it is there. */
  countHosts(hosts: () => number): void;
}

/** Who needs a machine on the way. */
export interface JumpAsker {
  readonly prompts: SshPrompts;
  /** Ends its waiting; a lease is given back by itself. */
  readonly signal: AbortSignal;
  readonly onEvent: (event: ConnectEvent) => void;
  /** For how many hosts it asks: more than one where it is itself a machine on the way. */
  readonly hosts: () => number;
  /** A person asks for it: a login that has needed a person is tried again. */
  readonly isWished: boolean;
}

export interface JumpLease {
  readonly connection: SshConnection;
  /** May be called twice. */
  release(): void;
}

/** Logs in for whoever needs the machine: its prompts, its signal and its events are those of all of them. */
export type JumpLogin = (shared: JumpAsker) => Promise<JumpConnection>;

interface User {
  readonly asker: JumpAsker;
  readonly left: AbortController;
}

type State =
  | { readonly kind: 'logging-in' }
  | { readonly kind: 'standing'; readonly connection: JumpConnection; readonly retired: boolean }
  | { readonly kind: 'over' };

/**
 * One login to a machine on the way, and the connection it became, for all hosts that go through it. It lives as long as
 * somebody uses it or waits for it, and `limits.ssh.jumpLingerMs` longer.
 */
export class SharedJump {
  /** Resolves when nothing is left of it: no login under way, no connection. */
  readonly over: Promise<void>;
  readonly #clock: Clock;
  readonly #onUnfit: () => void;
  readonly #login: Promise<JumpConnection>;
  /** From the first; who waits for the login, and who has a lease. */
  readonly #users = new Set<User>();
  readonly #stop = new AbortController();
  readonly #told: ConnectEvent[] = [];
  #state: State = { kind: 'logging-in' };
  #rest: AbortController | null = null;

  /**
   * Begins to log in once this turn of the event loop is done, in which the first lease must have been asked for.
   * @param onUnfit called when nobody new may use it any more
   */
  constructor(clock: Clock, login: JumpLogin, onUnfit: () => void) {
    this.#clock = clock;
    this.#onUnfit = onUnfit;
    this.#login = this.#logIn(login);
    this.over = this.#login.then(
      async ({ closed }) => void (await closed),
      () => {},
    );
  }

  /** Whether somebody new may use it: not one that is over, is doubted, or has been silent for longer than a live one is. */
  get isFit(): boolean {
    const state = this.#state;
    if (state.kind !== 'standing') return state.kind === 'logging-in';
    return !state.retired && state.connection.silentMs() < limits.ssh.openChannelMs;
  }

  /** @throws what the login throws, for all who wait for it; of the asker's signal, which must not be aborted yet */
  async lease(asker: JumpAsker): Promise<JumpLease> {
    const user = { asker, left: new AbortController() };
    this.#users.add(user);
    this.#rest?.abort();
    for (const event of this.#soFar()) asker.onEvent(event);
    try {
      const connection = await orAborted(AbortSignal.any([asker.signal, this.#stop.signal]), this.#login);
      return { connection, release: () => this.#leave(user) };
    } catch (error) {
      this.#leave(user);
      throw error;
    }
  }

  /** It is not trusted any more: nobody new uses it, and it is closed with its last lease. A login under way goes on. */
  retire(): void {
    if (this.#state.kind !== 'standing') return;
    this.#state = { ...this.#state, retired: true };
    this.#onUnfit();
    this.#closeIfUnused();
  }

  /** Ends it whoever uses it, and resolves when it is closed. */
  async close(): Promise<void> {
    this.#end();
    await this.over;
  }

  async #logIn(login: JumpLogin): Promise<JumpConnection> {
    try {
      await null;
      if (this.#stop.signal.aborted) throw abortError(this.#stop.signal);
      const connection = await login({
        prompts: this.#prompts(),
        signal: this.#stop.signal,
        onEvent: (event) => this.#tell(event),
        hosts: () => this.#hosts(),
        isWished: [...this.#users].some(({ asker }) => asker.isWished),
      });
      if (this.#stop.signal.aborted) {
        await connection[Symbol.asyncDispose]();
        throw abortError(this.#stop.signal);
      }
      connection.countHosts(() => this.#hosts());
      this.#state = { kind: 'standing', connection, retired: false };
      void connection.closed.then(() => this.#end());
      return connection;
    } catch (error) {
      this.#finish();
      throw error;
    }
  }

  #leave(user: User): void {
    if (!this.#users.delete(user)) return;
    user.left.abort();
    this.#closeIfUnused();
  }

  #closeIfUnused(): void {
    if (this.#users.size > 0 || this.#state.kind === 'over') return;
    if (this.#state.kind === 'logging-in' || this.#state.retired) {
      this.#end();
      return;
    }
    this.#rest = new AbortController();
    this.#clock.sleep(limits.ssh.jumpLingerMs, this.#rest.signal).then(
      () => this.#end(),
      () => {},
    );
  }

  /** Gives up the login, or closes the connection. */
  #end(): void {
    const state = this.#state;
    this.#finish();
    this.#stop.abort(new AppError('CANCELLED', 'Nobody needs this connection any more.'));
    if (state.kind === 'standing') void state.connection[Symbol.asyncDispose]();
  }

  #finish(): void {
    if (this.#state.kind === 'over') return;
    this.#state = { kind: 'over' };
    this.#rest?.abort();
    this.#onUnfit();
  }

  #hosts(): number {
    return [...this.#users].reduce((sum, { asker }) => sum + asker.hosts(), 0);
  }

  #tell(event: ConnectEvent): void {
    if (event.kind === 'asked') {
      // Who comes later has not missed a question that is closed.
      const { hop, what } = event;
      const asking = this.#told.findLastIndex(
        (told) => told.kind === 'asking' && told.hop === hop && told.what === what,
      );
      if (asking !== -1) this.#told.splice(asking, 1);
    } else {
      this.#told.push(event);
    }
    for (const { asker } of this.#users) asker.onEvent(event);
  }

  /** What somebody new has missed. Of a connection that stands each step is passed: it costs nothing any more. */
  #soFar(): readonly ConnectEvent[] {
    if (this.#state.kind !== 'standing') return this.#told;
    // Told again from its beginning where a question came between: the last time counts.
    const passed = this.#told.filter((event) => event.kind === 'passed');
    const last = new Map(passed.map((event) => [`${event.step} ${JSON.stringify(event.hop)}`, event]));
    return [...last.values()].flatMap((event) => [
      { ...event, kind: 'begun' as const },
      { ...event, ms: 0, seen: `${event.seen} (connected before)` },
    ]);
  }

  /** Asks the first of those who are there; when it leaves, the next one is asked the same. */
  #prompts(): SshPrompts {
    const ask = async <T>(
      signal: AbortSignal,
      how: (prompts: SshPrompts, over: AbortSignal) => Promise<T>,
    ): Promise<T> => {
      for (;;) {
        if (signal.aborted) throw abortError(signal);
        const [user] = this.#users;
        if (user === undefined) throw abortError(this.#stop.signal);
        const over = AbortSignal.any([signal, user.left.signal]);
        try {
          return await orAborted(over, how(user.asker.prompts, over));
        } catch (error) {
          if (signal.aborted || !user.left.signal.aborted) throw error;
        }
      }
    };
    return {
      acceptHostKey: (question, signal) => ask(signal, (prompts, over) => prompts.acceptHostKey(question, over)),
      passphrase: (question, signal) => ask(signal, (prompts, over) => prompts.passphrase(question, over)),
      password: (question, signal) => ask(signal, (prompts, over) => prompts.password(question, over)),
      challenge: (question, signal) => ask(signal, (prompts, over) => prompts.challenge(question, over)),
      wrongPassword: (question) => {
        for (const { asker } of this.#users) asker.prompts.wrongPassword(question);
      },
    };
  }
}
