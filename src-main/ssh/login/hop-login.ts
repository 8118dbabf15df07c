import type { HostMode } from '#contract/hosts.ts';
import type { Clock } from '../../kernel/clock.ts';
import { AppError } from '../../kernel/errors.ts';
import { limits } from '../../kernel/limits.ts';
import { type UsableAlgorithms, usableAlgorithms } from '../algorithms.ts';
import { orAborted } from '../bounded.ts';
import type { ConnectEvent, PasswordQuestion, SshConnection, SshPrompts } from '../connection-types.ts';
import { place } from '../errors.ts';
import type { Hop } from '../hop.ts';
import { fingerprint } from '../host-keys/host-key.ts';
import type { HostKeyPolicy } from '../host-keys/host-key-policy.ts';
import type { LiveConnection } from '../live-connection.ts';
import type { LoginPlan } from './auth-order.ts';
import { gatherCredentials, type Offer, unlock } from './authentication.ts';
import { type LoginResult, login } from './login.ts';
import { refusal } from './login-refusal.ts';

export interface HopLoginOptions {
  readonly hop: Hop;
  /** It is a machine on the way. */
  readonly isJump: boolean;
  /** The machine before it; null: none. */
  readonly through: SshConnection | null;
  readonly policy: HostKeyPolicy;
  readonly prompts: SshPrompts;
  /** What the host is set to, read at each command. */
  readonly mode: () => HostMode;
  readonly clock: Clock;
  /** Ends the logging in. */
  readonly signal: AbortSignal;
  readonly onEvent: (event: ConnectEvent) => void;
}

type Attempted = Exclude<LoginResult, { kind: 'ask' }>;
type Rejected = Extract<LoginResult, { kind: 'rejected' }>;

/** Tried once in a process: what its cryptography can do does not change. */
let algorithms: UsableAlgorithms | null = null;

/**
 * Connects and logs in to one machine. Whoever has to be asked is asked while no connection is open, but for what the host
 * asks itself (sshd's LoginGraceTime and our own deadline would run on): an unknown host key ends the first connection,
 * and a second one accepts exactly that key; passphrases are asked only once the agent's and the unencrypted keys were
 * refused, one key at a time: each that was opened costs one more connection. Then comes keyboard-interactive, in the
 * connection in which the last key was refused, and last the password, with a connection for it alone.
 *
 * What was refused is never tried again by itself: hosts punish that (FACTS, tunnel 8). Where a host closed the connection
 * on a signed key without a word, it is tried once more, for that may have been the network. Nothing is asked for a machine
 * that is not there, or whose host key is not accepted, and no password is sent to one that did not name it.
 * @throws AppError as `login`; HOST_KEY_UNKNOWN, HOST_KEY_REJECTED, HOST_KEY_CHANGED; AUTH_FAILED, AUTH_NO_CREDENTIALS,
 *   AUTH_UNANSWERED, AGENT_UNREACHABLE, KEY_UNREADABLE, KEY_PERMISSIONS, KEY_INVALID, PASSPHRASE_NEEDED,
 *   PASSPHRASE_WRONG; what a prompt throws; the signal's own
 */
export async function loginToHop(options: HopLoginOptions): Promise<LiveConnection> {
  const { hop, isJump, prompts, signal, onEvent } = options;
  algorithms ??= usableAlgorithms();
  onEvent({ kind: 'preparing', step: 'authenticate', hop, isJump });
  const { offers, locked, notes } = await gatherCredentials(options);
  const attempt = attempts(options, algorithms);

  const rejections: Rejected[] = [];
  const unlocked: Offer[] = [];
  const unopened: AppError[] = [];
  const tryWith = async (plan: Partial<LoginPlan>): Promise<LiveConnection | null> => {
    const result = await attempt({ offers: [], password: null, interactive: false, ...plan });
    if (result.kind === 'open') return result.connection;
    rejections.push(result);
    return null;
  };
  /** Whether the host named `method`, and a person has not had a say yet: one answer is all it gets. */
  const stillTakes = (method: string): boolean => {
    const methods = rejections.at(-1)?.record.methodsLeft ?? null;
    // A host that hung up at once has named none; a key tells it nothing it could misuse.
    const takes = methods === null ? method === 'publickey' : methods.includes(method);
    return takes && rejections.every(({ record }) => record.said === null && record.left === null);
  };
  /** Keys that were taken, after which the host wanted more: each later connection begins with them. */
  const taken = (): Offer[] => {
    const proofs = rejections.flatMap(({ record }) => record.taken);
    return [...new Set(proofs.flatMap((proof) => (proof.kind === 'key' ? proof.offer : [])))];
  };

  // With nothing that can be offered at once the first connection still checks the address, the host key, and what the
  // host takes: nobody should type a secret for a machine that is not there.
  const first = await tryWith({ offers, interactive: locked.length === 0 });
  if (first !== null) return first;
  for (const file of locked) {
    if (!stillTakes('publickey')) break;
    const opened = await unlock(file, { hop, isJump, prompts, signal });
    if (opened instanceof AppError) {
      unopened.push(opened);
      continue;
    }
    unlocked.push(opened);
    const connection = await tryWith({ offers: [...taken(), opened], interactive: file === locked.at(-1) });
    if (connection !== null) return connection;
  }
  const challenged = rejections.at(-1)?.record.challenged ?? false;
  if (!challenged && hop.methods.keyboardInteractive && stillTakes('keyboard-interactive')) {
    const connection = await tryWith({ offers: taken(), interactive: true });
    if (connection !== null) return connection;
  }
  if (hop.methods.password && stillTakes('password')) {
    const key = rejections.at(-1)?.key;
    const question: PasswordQuestion = { hop, isJump, hostKey: fingerprint(key ?? Buffer.alloc(0)) };
    const password = await orAborted(signal, prompts.password(question, signal));
    if (password !== null) {
      const connection = await tryWith({ password, offers: [...offers, ...unlocked] });
      if (connection !== null) return connection;
    }
  }
  const last = rejections.at(-1);
  if (last?.record.said?.how === 'refused' && last.record.said.asked.includes('password')) {
    const question: PasswordQuestion = { hop, isJump, hostKey: fingerprint(last.key) };
    prompts.wrongPassword(question);
  }
  throw refusal({ hop, rejections, offers: [...offers, ...unlocked], unopened, unlocked: unlocked.length > 0, notes });
}

/**
 * Logs in once, or twice where a person accepts the host's key in between; that key stays pinned for later attempts. So
 * does, for a password, the one that was shown when it was asked for.
 */
function attempts(options: HopLoginOptions, usable: UsableAlgorithms): (plan: LoginPlan) => Promise<Attempted> {
  const { hop, policy, prompts, clock, signal } = options;
  let pinned: Buffer | null = null;
  let shown: Buffer | null = null;
  return async (plan) => {
    let mayBeCut = true;
    for (;;) {
      const key: Buffer | null = plan.password === null ? pinned : (pinned ?? shown);
      const result = await login({ ...options, pinned: key, plan, algorithms: usable });
      if (result.kind === 'open') result.connection.wake();
      // Somebody on the way may have ended it, or the machine is about to restart: then the second time tells another story.
      if (result.kind === 'rejected' && result.record.left?.isSure === false && mayBeCut) {
        mayBeCut = false;
        await clock.sleep(limits.ssh.leftAgainMs, signal);
        continue;
      }
      if (result.kind !== 'ask') {
        if (result.kind === 'rejected') shown = result.key;
        return result;
      }
      const answer = await orAborted(signal, prompts.acceptHostKey(result.question, signal));
      if (answer === 'unanswerable') throw result.error;
      if (answer === 'reject') {
        throw new AppError('HOST_KEY_REJECTED', `The host key of ${place(hop)} was not accepted.`, {
          details: { fingerprint: result.question.fingerprint, keyType: result.question.keyType },
          hint: 'Compare the fingerprint with what "ssh-keygen -lf" prints on the host for its key, then try again.',
        });
      }
      await orAborted(signal, policy.accept(hop, result.key));
      pinned = result.key;
    }
  };
}
