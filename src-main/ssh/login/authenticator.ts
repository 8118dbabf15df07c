import type { AnyAuthMethod, AuthHandlerMiddleware, Prompt } from 'ssh2';
import type { Clock } from '../../kernel/clock.ts';
import { AppError } from '../../kernel/errors.ts';
import { limits } from '../../kernel/limits.ts';
import type { ChallengeQuestion, PasswordQuestion, SshPrompts } from '../connection-types.ts';
import { place } from '../errors.ts';
import type { Hop } from '../hop.ts';
import type { Round as HostRound } from '../ssh2-protocol.ts';
import { AgentIdentity } from './agent.ts';
import { type LoginPlan, nextProof } from './auth-order.ts';
import type { Offer } from './authentication.ts';
import { HostSaid, keepSaid, saidLines } from './host-said.ts';
import { withoutSha1 } from './lent-key.ts';
import { Elsewhere, whileSigning } from './login-elsewhere.ts';
import { passwordExpired } from './login-errors.ts';
import type { AskedFor, LoginRecord, Proof, Said } from './login-record.ts';
import type { LoginTime } from './login-time.ts';
import { OpenQuestion } from './open-question.ts';
import { asksForPassword, asksToChangePassword } from './password-question.ts';

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
  /** What is waited for that a person may have to do elsewhere. */
  readonly elsewhere: Elsewhere;
  readonly #parts: Omit<AuthenticatorParts, 'plan'>;
  #plan: LoginPlan;
  #offers: Offer[];
  #next: Next = () => {};
  /** What the host has been sent last, and not judged yet. */
  #sent: Proof | null = null;
  #rounds = 0;
  readonly #asking: OpenQuestion;
  readonly #said: HostSaid;
  readonly #ended = new AbortController();
  /** Takes what ssh2 was given last from it again: it keeps that for as long as the connection stands. */
  #takeBack = () => {};

  constructor({ plan, ...parts }: AuthenticatorParts) {
    this.elsewhere = new Elsewhere(parts.clock);
    this.#asking = new OpenQuestion(parts);
    this.#said = new HostSaid(parts.record.heard);
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

  /** Milliseconds for which a person was asked, or had to do something elsewhere. */
  get personMs(): number {
    return this.#asking.ms + this.elsewhere.ms;
  }

  /** The host has refused what it was sent, or wants more. */
  readonly refused = (methods: readonly string[], partial: boolean): void => {
    const { record, time } = this.#parts;
    const sent = this.#sent;
    // Nothing was asked of it: what it says then means nothing.
    if (sent === null || this.#ended.signal.aborted) return;
    this.#sent = null;
    this.#asking.withdraw();
    this.elsewhere.end();
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

  /** The key that the host has asked to be proved, and has been; it has not said yet what it thinks of that. null: none. */
  get provedKey(): string | null {
    const sent = this.#sent;
    if (sent?.kind !== 'key' || this.elsewhere.now !== null) return null;
    return this.#parts.record.signed.get(sent.offer.label) === null ? sent.offer.label : null;
  }

  /** The host says something (RFC 4252, 5.4). PAM's words come so too, once sshd has been given what it judges by. */
  readonly banner = (words: string): void => {
    const { said, banner } = this.#parts.record;
    if (this.provedKey !== null || said?.how === 'answered') this.#said.hear(words);
    else keepSaid(banner, words);
  };

  /** A round of keyboard-interactive has come, with questions or without. */
  readonly mayGoOn = ({ title, instructions, questions }: HostRound): boolean => {
    const { hop, time, fail } = this.#parts;
    this.#rounds += 1;
    this.elsewhere.end();
    if (this.#asking.isOpen || this.#rounds > limits.ssh.challengeRounds) {
      const how = !this.#asking.isOpen ? 'does not come to an end with' : 'did not wait for an answer to';
      fail(new AppError('AUTH_FAILED', `${place(hop)} ${how} its questions.`));
      return false;
    }
    // Even without a question a person may have to do something, such as to confirm the login on a phone.
    time.turnTo('person');
    if (questions > 0) return true;
    this.#said.hear(title, instructions);
    this.elsewhere.begin({ kind: 'confirmation' });
    return true;
  };

  /** The host lets nobody in before the password is changed, and says so in these words. */
  readonly expired = (...words: readonly string[]): void => {
    const { hop, prompts, fail } = this.#parts;
    // Right or not, it will not do once it has been changed.
    prompts.wrongPassword(this.#passwordQuestion());
    fail(passwordExpired(hop, saidLines(...words)));
  };

  /** The host has let us in. */
  succeeded(): void {
    if (this.#sent !== null) this.#parts.record.taken.push(this.#sent);
    this.end();
  }

  /** Nobody waits any more; an open question is withdrawn. No secret stays here: ssh2 holds on to the one that it asks. */
  end(): void {
    this.#ended.abort(new AppError('CANCELLED', 'The login is over.'));
    this.#asking.withdraw();
    this.elsewhere.end();
    this.#takeBack();
    this.#plan = { offers: [], password: null, interactive: false };
    this.#offers = [];
    this.#sent = null;
  }

  #goOn(): void {
    if (this.#ended.signal.aborted) return;
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
    const { hop, record, over, time } = this.#parts;
    const { label, key, agentSocket } = offer;
    record.tried.push(label);
    const onSign = (problem: string | null) => void record.signed.set(label, problem);
    if (agentSocket !== null) {
      const signal = AbortSignal.any([over, this.#ended.signal]);
      const listener = whileSigning(label, { time, elsewhere: this.elsewhere, onSign });
      const agent = new AgentIdentity(agentSocket, key, signal, listener);
      this.#send({ kind: 'key', offer }, { type: 'agent', username: hop.user, agent });
      return;
    }
    const lent = withoutSha1(key, onSign);
    this.#takeBack = lent.takeBack;
    this.#send({ kind: 'key', offer }, { type: 'publickey', username: hop.user, key: lent.key });
  }

  #givePassword(password: string): void {
    this.#say('answered', { what: 'password', asked: ['password'] });
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
    this.#say('asked', { what: 'password', asked: ['password'] });
    this.#parts.time.turnTo('person');
    this.#asking.ask(
      (signal) => this.#parts.prompts.password(this.#passwordQuestion(), signal),
      (password) => {
        if (password === null) this.#giveUp();
        else this.#givePassword(password);
      },
    );
  }

  #beChallenged(): void {
    this.#parts.record.challenged = true;
    const asked: AskedFor[] = [];
    const prompt = (...round: Round) => this.#answer(round, asked);
    this.#send({ kind: 'challenge', asked }, { type: 'keyboard-interactive', username: this.#parts.hop.user, prompt });
  }

  /** @param asked what was asked in this login so far; added to */
  #answer(round: Round, asked: AskedFor[]): void {
    const { hop, prompts: person, fail } = this.#parts;
    const [title, instructions, , prompts, finish] = round;
    if (prompts.length > limits.ssh.challengePrompts) {
      fail(new AppError('AUTH_FAILED', `${place(hop)} asks ${prompts.length} questions at once.`));
      return;
    }
    if (asksToChangePassword([title, instructions], prompts)) {
      this.expired(title, instructions, ...prompts.map(({ prompt }) => prompt));
      return;
    }
    // A second time it is another question, or the same after a wrong answer: only a person can know.
    const forPassword = asksForPassword(prompts) && !asked.includes('password');
    asked.push(forPassword ? 'password' : 'code');
    this.#say('asked', { what: 'challenge', asked });
    // A password is asked for in words of ours: what the host says beside it is told with its next question.
    if (forPassword) this.#said.hear(title, instructions);
    const question = forPassword ? null : this.#challengeOf(round);
    this.#asking.ask<readonly string[] | null>(
      async (signal) => {
        if (question !== null) return person.challenge(question, signal);
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

  /** The host's question, after what it has said since the last one. */
  #challengeOf([title, instructions, , prompts]: Round): ChallengeQuestion {
    const { hop, isJump, time } = this.#parts;
    const said = [...this.#said.takeUntold(), instructions].join('\n');
    return { hop, isJump, title, instructions: said, prompts: prompts.map(described), withinMs: time.left };
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

  #say(how: Said['how'], about: Omit<Said, 'how'> | null = this.#parts.record.said): void {
    if (about !== null) this.#parts.record.said = { ...about, how };
  }
}

/** ssh2 passes on more members, and leaves out `echo` where the host did not say. */
function described({ prompt, echo }: Prompt): { text: string; echo: boolean } {
  return { text: prompt, echo: echo === true };
}
