import type { AnyAuthMethod, AuthHandlerMiddleware, ParsedKey, Prompt } from 'ssh2';
import type { Clock } from '../kernel/clock.ts';
import { AppError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import { AgentIdentity } from './agent.ts';
import { type LoginPlan, nextProof } from './auth-order.ts';
import type { Offer } from './authentication.ts';
import { orAborted } from './bounded.ts';
import type { PasswordQuestion, SshPrompts } from './connection-types.ts';
import { place } from './errors.ts';
import type { Hop } from './hop.ts';
import type { LoginRecord, Proof, Said } from './login-record.ts';
import type { LoginTime } from './login-time.ts';
import { asksForPassword } from './password-question.ts';

interface AuthenticatorParts {
  readonly hop: Hop;
  readonly isJump: boolean;
  readonly plan: LoginPlan;
  readonly prompts: SshPrompts;
  readonly record: LoginRecord;
  readonly time: LoginTime;
  readonly clock: Clock;
  /** `SHA256:…` of the key the host has proved to have. */
  readonly hostKey: () => string;
  readonly over: AbortSignal;
  /** Ends the login. */
  readonly fail: (error: unknown) => void;
}

type Next = (method: AnyAuthMethod | false) => void;
type Round = Parameters<Extract<AnyAuthMethod, { type: 'keyboard-interactive' }>['prompt']>;

/**
 * Proves to one host who we are, within one connection: keys one by one, then what a person has to say. Each proof is
 * given once; after one that was taken where the host wants more (RFC 4252, 5.1: partial success) it goes on with what
 * the host then names. `none` is sent only where there is no key, to learn what the host takes.
 */
export class Authenticator {
  readonly #parts: Omit<AuthenticatorParts, 'plan'>;
  #plan: LoginPlan;
  #offers: Offer[];
  #next: Next = () => {};
  /** What the host has been sent last, and has not judged yet. */
  #sent: Proof | null = null;
  #rounds = 0;
  /** Withdraws the question that is open; null: none is. */
  #question: AbortController | null = null;
  #ended = false;
  #personMs = 0;
  /** Takes what ssh2 was given last from it again: it keeps that for as long as the connection stands. */
  #takeBack = () => {};

  constructor({ plan, ...parts }: AuthenticatorParts) {
    this.#parts = parts;
    this.#plan = plan;
    this.#offers = plan.offers.slice(0, limits.ssh.authOffers);
  }

  /** Called by ssh2 to begin, and where it could not sign. */
  readonly handler: AuthHandlerMiddleware = (_left, _partial, next) => {
    this.#next = next as Next;
    this.#sent = null;
    this.#goOn();
  };

  /** Milliseconds for which a person was asked. */
  get personMs(): number {
    return this.#personMs;
  }

  /** The host has refused what it was sent, or wants more. */
  readonly refused = (methods: readonly string[], partial: boolean): void => {
    const { record, time } = this.#parts;
    const sent = this.#sent;
    // Nothing was asked of it: what it says then means nothing.
    if (sent === null || this.#ended) return;
    this.#sent = null;
    this.#withdraw();
    record.methodsLeft = methods;
    if (partial) {
      record.taken.push(sent);
      record.said = null;
    } else if (sent.kind === 'key') {
      record.keysRefused += 1;
    } else if (record.said !== null) {
      this.#say(record.said.how === 'answered' ? 'refused' : 'unanswered');
    }
    time.turnTo('machine');
    this.#goOn();
  };

  /** A round of keyboard-interactive has come, with questions or without. */
  readonly mayGoOn = (): boolean => {
    const { hop, time, fail } = this.#parts;
    this.#rounds += 1;
    if (this.#question !== null || this.#rounds > limits.ssh.challengeRounds) {
      const how = this.#question === null ? 'does not come to an end with' : 'did not wait for an answer to';
      fail(new AppError('AUTH_FAILED', `${place(hop)} ${how} its questions.`));
      return false;
    }
    // Even without a question a person may have to do something, such as to confirm the login on a phone.
    time.turnTo('person');
    return true;
  };

  /** The host has let us in. */
  succeeded(): void {
    if (this.#sent !== null) this.#parts.record.taken.push(this.#sent);
    this.end();
  }

  /** Nobody waits any more; an open question is withdrawn. No secret stays here: ssh2 holds on to the one that it asks. */
  end(): void {
    this.#ended = true;
    this.#withdraw();
    this.#takeBack();
    this.#plan = NOTHING;
    this.#offers = [];
    this.#sent = null;
  }

  #goOn(): void {
    if (this.#ended) return;
    const { hop, record } = this.#parts;
    const next = nextProof({ plan: this.#plan, methods: hop.methods }, record, this.#offers);
    switch (next.kind) {
      case 'key':
        this.#offers.shift();
        this.#giveKey(next.offer);
        break;
      case 'password':
        this.#givePassword(next.password);
        break;
      case 'challenge':
        this.#beChallenged();
        break;
      case 'ask-password':
        this.#askPassword();
        break;
      case 'none':
        this.#send({ kind: 'none' }, { type: 'none', username: hop.user });
        break;
      case 'stop':
        this.#next(false);
        break;
    }
  }

  #giveKey(offer: Offer): void {
    const { hop, record, over } = this.#parts;
    const { label, key, agentSocket } = offer;
    record.tried.push(label);
    const onSign = (problem: string | null) => void record.signed.set(label, problem);
    if (agentSocket !== null) {
      const agent = new AgentIdentity(agentSocket, key, over, onSign);
      this.#send({ kind: 'key', offer }, { type: 'agent', username: hop.user, agent });
      return;
    }
    const lent = withoutSha1(key, onSign);
    this.#takeBack = lent.takeBack;
    this.#send({ kind: 'key', offer }, { type: 'publickey', username: hop.user, key: lent.key });
  }

  #givePassword(password: string): void {
    this.#say('answered', 'password', true);
    // A host may ask for a confirmation on a phone before it judges the password.
    this.#parts.time.turnTo('person');
    const lent = Buffer.from(password);
    this.#takeBack = () => void lent.fill(0);
    // ssh2 takes a buffer too; its types do not say so.
    const method = { type: 'password' as const, username: this.#parts.hop.user, password: lent as unknown as string };
    this.#send({ kind: 'password' }, method);
  }

  /** While the host waits: it has taken another proof already, which would have to be given again. */
  #askPassword(): void {
    this.#say('asked', 'password', true);
    this.#parts.time.turnTo('person');
    this.#ask(
      (signal) => this.#parts.prompts.password(this.#passwordQuestion(), signal),
      (password) => {
        if (password === null) this.#giveUp();
        else this.#givePassword(password);
      },
    );
  }

  #beChallenged(): void {
    this.#parts.record.challenged = true;
    const asked: ('password' | 'code')[] = [];
    const prompt = (...round: Round) => this.#answer(round, asked);
    this.#send({ kind: 'challenge', asked }, { type: 'keyboard-interactive', username: this.#parts.hop.user, prompt });
  }

  /** @param asked what was asked in this login so far; added to */
  #answer([title, instructions, , prompts, finish]: Round, asked: ('password' | 'code')[]): void {
    const { hop, isJump, prompts: person, time, fail } = this.#parts;
    if (prompts.length > limits.ssh.challengePrompts) {
      fail(new AppError('AUTH_FAILED', `${place(hop)} asks ${prompts.length} questions at once.`));
      return;
    }
    // A second time it is another question, or the same after a wrong answer: only a person can know.
    const forPassword = asksForPassword(prompts) && !asked.includes('password');
    asked.push(forPassword ? 'password' : 'code');
    this.#say('asked', 'challenge', asked.includes('password'));
    const question = { hop, isJump, title, instructions, prompts: prompts.map(described), withinMs: time.left };
    this.#ask<readonly string[] | null>(
      async (signal) => {
        if (!forPassword) return person.challenge(question, signal);
        const password = await person.password(this.#passwordQuestion(), signal);
        return password === null ? null : [password];
      },
      (answers) => {
        if (answers === null) {
          this.#giveUp();
          return;
        }
        if (answers.length !== prompts.length) throw new RangeError('There is an answer too many or too few.');
        this.#say('answered');
        finish([...answers]);
      },
    );
  }

  #passwordQuestion(): PasswordQuestion {
    const { hop, isJump, hostKey } = this.#parts;
    return { hop, isJump, hostKey: hostKey() };
  }

  #giveUp(): void {
    this.#say('unanswered');
    this.#next(false);
  }

  #send(proof: Proof, method: AnyAuthMethod): void {
    this.#sent = proof;
    this.#next(method);
  }

  #say(how: Said['how'], what = this.#parts.record.said?.what, password = this.#parts.record.said?.password): void {
    if (what === undefined || password === undefined) return;
    this.#parts.record.said = { what, how, password };
  }

  /** Asks a person; `use` gets the answer unless the question was withdrawn meanwhile. */
  #ask<Answer>(ask: (signal: AbortSignal) => Promise<Answer>, use: (answer: Answer) => void): void {
    const { clock, over, fail } = this.#parts;
    const question = new AbortController();
    this.#question = question;
    const began = clock.monotonic();
    const signal = AbortSignal.any([over, question.signal]);
    const closed = () => {
      this.#personMs += clock.monotonic() - began;
      if (this.#question === question) this.#question = null;
    };
    orAborted(signal, ask(signal))
      .finally(closed)
      .then((answer) => {
        if (!this.#ended && !signal.aborted) use(answer);
      })
      .catch((error: unknown) => {
        if (!question.signal.aborted) fail(error);
      });
  }

  #withdraw(): void {
    this.#question?.abort(new AppError('CANCELLED', 'The host does not wait for the answer any more.'));
    this.#question = null;
  }
}

/** ssh2 passes on more members, and leaves out `echo` where the host did not say. */
function described({ prompt, echo }: Prompt): { text: string; echo: boolean } {
  return { text: prompt, echo: echo === true };
}

const NOTHING: LoginPlan = { offers: [], password: null, interactive: false };

/**
 * The key as it is lent to ssh2, which signs with SHA-1 where a server names nothing better for RSA: refused, as `sign` in
 * agent.ts does. Once it is taken back it signs no more, and nothing leads from it to the key.
 */
export function withoutSha1(
  key: ParsedKey,
  onSign: (problem: string | null) => void,
): { readonly key: ParsedKey; readonly takeBack: () => void } {
  let owned: ParsedKey | null = key;
  const sign = (data: string | Buffer, hash?: string): Buffer | Error => {
    const problem = hash === 'sha1' ? 'the server accepts only SHA-1 signatures of RSA keys' : null;
    onSign(problem);
    return problem === null && owned !== null ? owned.sign(data, hash) : new Error(problem ?? 'It is taken back.');
  };
  const lent = new Proxy({} as ParsedKey, {
    get: (_, name) => (name === 'sign' ? sign : owned === null ? undefined : Reflect.get(owned, name)),
  });
  const takeBack = () => {
    owned = null;
  };
  return { key: lent, takeBack };
}
