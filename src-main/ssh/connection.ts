import { homedir } from 'node:os';
import type { HostMode } from '#contract/hosts.ts';
import type { Clock } from '../kernel/clock.ts';
import { AppError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import { visibleText } from '../kernel/text.ts';
import { type UsableAlgorithms, usableAlgorithms } from './algorithms.ts';
import {
  type CredentialNotes,
  gatherCredentials,
  type LoginRecord,
  notesDetails,
  notesText,
  type Offer,
  unlock,
} from './authentication.ts';
import { orAborted } from './bounded.ts';
import type { SshConnection, SshPrompts } from './connection-types.ts';
import { place, shown } from './errors.ts';
import type { HostKeyPolicy } from './host-key-policy.ts';
import { type LoginPhase, type LoginResult, login } from './login.ts';
import type { SshTarget } from './target.ts';

export interface ConnectOptions {
  readonly target: SshTarget;
  readonly policy: HostKeyPolicy;
  readonly prompts: SshPrompts;
  /** Named by the operator: offered first, then the agent. null: the agent first, then `~/.ssh/id_ed25519`, `id_ecdsa`, `id_rsa`. */
  readonly identityFiles: readonly string[] | null;
  /** SSH_AUTH_SOCK; null for no agent. */
  readonly agentSocket: string | null;
  /** Whose `.ssh` holds the default identity files; default: the one of whoever runs this. */
  readonly homeDir?: string;
  /** What the host is set to, read at each command; default: `observe`, always. */
  readonly mode?: () => HostMode;
  readonly clock: Clock;
  /** Ends the connecting. A connection that stands is ended by disposing it. */
  readonly signal: AbortSignal;
  readonly onPhase?: (phase: LoginPhase) => void;
}

/** Tried once in a process: what its cryptography can do does not change. */
let algorithms: UsableAlgorithms | null = null;

/**
 * Connects and logs in. Whoever has to be asked is asked while no connection is open (sshd's LoginGraceTime and our own
 * deadline would run on): an unknown host key ends the first connection, and a second one accepts exactly that key;
 * passphrases are asked only once the agent's and the unencrypted keys were refused, one key at a time: each that was
 * opened costs one more connection, and the next is asked for only where it was refused too. A refused login is never tried again by itself: hosts punish that (FACTS, tunnel 8).
 * @throws AppError ADDRESS_NOT_FOUND, CONNECT_REFUSED, CONNECT_TIMEOUT, UNREACHABLE, HANDSHAKE_FAILED; HOST_KEY_UNKNOWN,
 *   HOST_KEY_REJECTED, HOST_KEY_CHANGED, HOST_KEY_REVOKED, HOST_KEY_UNREADABLE; AUTH_FAILED, AUTH_NO_CREDENTIALS,
 *   AGENT_UNREACHABLE, KEY_UNREADABLE, KEY_PERMISSIONS, KEY_INVALID, PASSPHRASE_NEEDED, PASSPHRASE_WRONG; the signal's own
 */
export async function connectSsh(options: ConnectOptions): Promise<SshConnection> {
  const { target, prompts, clock, signal, homeDir = homedir() } = options;
  algorithms ??= usableAlgorithms();
  const { offers, locked, notes } = await gatherCredentials({ ...options, clock, signal, homeDir });
  const attempt = loginWithQuestions(options, algorithms);

  // With nothing but encrypted keys the first connection still checks the address and the host key: nobody should type
  // a passphrase for a machine that is not there.
  const first = await attempt(offers);
  if (first.kind === 'open') return first.connection;

  const records = [first.record];
  const unlocked: Offer[] = [];
  const unopened: AppError[] = [];
  for (const file of locked) {
    const opened = await unlock(file, prompts, signal);
    if (opened instanceof AppError) {
      unopened.push(opened);
      continue;
    }
    unlocked.push(opened);
    const next = await attempt([opened]);
    if (next.kind === 'open') return next.connection;
    records.push(next.record);
  }
  if (unopened[0] !== undefined && unlocked.length === 0) {
    // What went wrong tells more than what nobody answered.
    throw unopened.find(({ code }) => code !== 'PASSPHRASE_NEEDED') ?? unopened[0];
  }
  throw rejected(target, records, [...offers, ...unlocked], { ...notes, broken: [...notes.broken, ...unopened] });
}

/** Logs in once, or twice where a person accepts the host's key in between; the key stays pinned for later attempts. */
function loginWithQuestions(options: ConnectOptions, usable: UsableAlgorithms) {
  const { target, policy, prompts, clock, signal, mode = () => 'observe' } = options;
  let pinned: Buffer | null = null;
  return async (offers: readonly Offer[]): Promise<Exclude<LoginResult, { kind: 'ask' }>> => {
    for (;;) {
      const onPhase = options.onPhase ?? (() => {});
      const result = await login({ target, policy, pinned, offers, mode, algorithms: usable, clock, signal, onPhase });
      if (result.kind === 'open') result.connection.wake();
      if (result.kind !== 'ask') return result;
      const answer = await orAborted(signal, prompts.acceptHostKey(result.question, signal));
      if (answer === 'unanswerable') throw result.error;
      if (answer === 'reject') {
        throw new AppError('HOST_KEY_REJECTED', `The host key of ${place(target)} was not accepted.`, {
          details: { fingerprint: result.question.fingerprint, keyType: result.question.keyType },
          hint: 'Compare the fingerprint with what "ssh-keygen -lf" prints on the host for its key, then try again.',
        });
      }
      await policy.accept(target, result.key);
      pinned = result.key;
    }
  };
}

function rejected(
  target: SshTarget,
  records: readonly LoginRecord[],
  offers: readonly Offer[],
  notes: CredentialNotes,
): AppError {
  const tried = records.flatMap((record) => record.tried);
  const problems = records.flatMap((record) => [...record.signed]).filter(([, problem]) => problem !== null);
  const methods = records.at(-1)?.methodsLeft ?? null;
  const known = records.flatMap((record) => [...record.signed.keys()]);
  const skipped = offers.length - tried.length;
  const said = [
    `${place(target)} did not let ${target.user} in with ${tried.length === 1 ? 'the key' : `any of the ${tried.length} keys`} offered.`,
    ...problems.map(([label, problem]) => ` ${label}: ${problem}.`),
    problems.length > 0 ? '' : secondProof(records, known),
    skipped > 0 ? ` ${skipped} more were not tried.` : '',
  ];
  return new AppError('AUTH_FAILED', `${said.join('')}${notesText(notes)}`, {
    details: { tried, methods: methods?.map(shown) ?? null, ...notesDetails(notes) },
    hint: nextStep(target, methods, tried.length >= limits.ssh.authOffers),
  });
}

/**
 * A host that asks for a signature knows the key. What it wants beyond it is told only for keys from files: ssh2 does
 * not pass it on for those of an agent.
 */
function secondProof(records: readonly LoginRecord[], known: readonly string[]): string {
  if (records.some((record) => record.partial)) {
    return ' It accepted a key and wants a second proof, which Binnacle cannot give yet.';
  }
  return known.length === 0 ? '' : ` It knows ${known.join(', ')} and still refused; it may want a second proof.`;
}

function nextStep({ user }: SshTarget, methods: readonly string[] | null, many: boolean): string {
  if (methods !== null && !methods.includes('publickey')) {
    return `The host lets ${visibleText(user)} in only by ${shown(methods.join(' or '))}. Allow public keys (PubkeyAuthentication) for this user.`;
  }
  if (many) return 'The host gives up after a few keys: name the right one with --identity.';
  return `Check the user name, and that the key stands in ~/.ssh/authorized_keys of ${user} on the host.`;
}
