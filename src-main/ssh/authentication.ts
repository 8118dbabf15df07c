import type { AnyAuthMethod, AuthenticationType, AuthHandlerMiddleware, ParsedKey } from 'ssh2';
import type { Clock } from '../kernel/clock.ts';
import { AppError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import { visibleText } from '../kernel/text.ts';
import { AgentIdentity, listIdentities, type UnusableIdentity } from './agent.ts';
import { orAborted } from './bounded.ts';
import type { SshPrompts } from './connection-types.ts';
import { defaultKeyFiles, type KeyFile, type LockedKeyFile, readKeyFile, unlockKey, unreadable } from './key-files.ts';

/** One key that can be offered to a host. */
export interface Offer {
  /** For people: `~/.ssh/id_ed25519`, or `ssh-agent: comment`. */
  readonly label: string;
  readonly key: ParsedKey;
  /** The agent that signs with it; null where `key` is the private key itself. */
  readonly agentSocket: string | null;
}

interface Credentials {
  /** What can be offered at once, in order. */
  readonly offers: readonly Offer[];
  /** Encrypted files, in order: opened only once all offers were refused. */
  readonly locked: readonly LockedKeyFile[];
  readonly notes: CredentialNotes;
}

/** What could not be offered, for the operator who wonders why a login failed. */
export interface CredentialNotes {
  readonly unusable: readonly UnusableIdentity[];
  /** Default key files that are of no use. One that was named by the operator is an error at once. */
  readonly broken: readonly AppError[];
  readonly agentProblem: AppError | null;
}

interface CredentialOptions {
  /** Named by the operator: offered first, and each must be usable. null: the default files that exist, after the agent. */
  readonly identityFiles: readonly string[] | null;
  /** SSH_AUTH_SOCK; null for no agent. */
  readonly agentSocket: string | null;
  /** Whose `.ssh` the default files are in. */
  readonly homeDir: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/**
 * Gathers what can be offered, without asking anybody.
 * @throws AppError KEY_UNREADABLE, KEY_PERMISSIONS, KEY_INVALID for a file that was named;
 *   AUTH_NO_CREDENTIALS or AGENT_UNREACHABLE where nothing is left to offer; or the signal's own
 */
export async function gatherCredentials(options: CredentialOptions): Promise<Credentials> {
  const { identityFiles, agentSocket, homeDir } = options;
  const [files, agent] = await Promise.all([
    Promise.all((identityFiles ?? defaultKeyFiles(homeDir)).map(readKeyFile)),
    agentSocket === null ? { keys: [], unusable: [], problem: null } : askAgent(agentSocket, options),
  ]);
  const broken = files.flatMap((file) => problemOf(file, identityFiles !== null) ?? []);
  if (identityFiles !== null && broken[0] !== undefined) throw broken[0];

  const fromAgent = agent.keys.map((key) => agentOffer(key, agentSocket ?? ''));
  const held = (blob: Buffer | null) => fromAgent.find(({ key }) => blob !== null && sameKey(key, blob));
  // A file whose key the agent holds, perhaps decrypted, takes its place through the agent: no passphrase is asked.
  const fromFiles = files.flatMap((file) => {
    if (file.kind === 'ready') return { label: shownFile(file.file), key: file.key, agentSocket: null };
    return file.kind === 'locked' ? (held(file.publicKey) ?? []) : [];
  });
  const inOrder = identityFiles === null ? [...fromAgent, ...fromFiles] : [...fromFiles, ...fromAgent];
  const credentials = {
    offers: withoutRepeats(inOrder),
    locked: files.filter((file) => file.kind === 'locked').filter((file) => held(file.publicKey) === undefined),
    notes: { unusable: agent.unusable, broken, agentProblem: agent.problem },
  };
  if (credentials.offers.length === 0 && credentials.locked.length === 0) throw noCredentials(credentials.notes);
  return credentials;
}

/**
 * Opens one encrypted file, asking for its passphrase up to `limits.ssh.passphraseAttempts` times.
 * @returns why it was not opened where another key may still do: PASSPHRASE_NEEDED (nobody answered),
 *   PASSPHRASE_WRONG, KEY_INVALID
 * @throws what the prompt throws, or the signal's own
 */
export async function unlock(file: LockedKeyFile, prompts: SshPrompts, signal: AbortSignal): Promise<Offer | AppError> {
  let attempt = 1;
  for (; attempt <= limits.ssh.passphraseAttempts; attempt += 1) {
    const passphrase = await orAborted(signal, prompts.passphrase({ file: file.file, attempt }, signal));
    if (passphrase === null) break;
    try {
      const key = unlockKey(file, passphrase);
      if (key !== null) return { label: shownFile(file.file), key, agentSocket: null };
    } catch (error) {
      if (error instanceof AppError) return error;
      throw error;
    }
  }
  const details = { file: file.file };
  if (attempt === 1) {
    return new AppError('PASSPHRASE_NEEDED', `The key ${shownFile(file.file)} needs its passphrase.`, {
      details,
      hint: 'Run it on a terminal to be asked, give --passphrase-fd, or load the key with "ssh-add" first.',
    });
  }
  return new AppError('PASSPHRASE_WRONG', `That is not the passphrase of the key ${shownFile(file.file)}.`, {
    details,
    hint: 'Try again, or load the key with "ssh-add" first.',
  });
}

/** What came of the offers made in one connection. */
export interface LoginRecord {
  /** Labels of what was offered, in order. */
  readonly tried: string[];
  /** Labels of what the host knew and asked to be signed, with what went wrong with that; null for nothing. */
  readonly signed: Map<string, string | null>;
  /** Methods the host named after the last refusal; null where it named none. */
  methodsLeft: readonly string[] | null;
  /** True where the host took a key and then wanted more. */
  partial: boolean;
  /** What was offered last: when the login is taken, the key it was taken with. null where nothing was offered. */
  lastKey: ParsedKey | null;
}

export function emptyRecord(): LoginRecord {
  return { tried: [], signed: new Map(), methodsLeft: null, partial: false, lastKey: null };
}

/**
 * Offers the keys one by one, in order and each once, at most `limits.ssh.authOffers`, and writes down what came of it.
 * Nothing else is sent, not even `none`.
 */
export function offerInOrder(
  user: string,
  offers: readonly Offer[],
  record: LoginRecord,
  signal: AbortSignal,
): AuthHandlerMiddleware {
  const left = offers.slice(0, limits.ssh.authOffers);
  return (methodsLeft: AuthenticationType[] | null, partial: boolean | null): AnyAuthMethod | false => {
    record.methodsLeft = methodsLeft;
    record.partial ||= partial === true;
    const offer = left.shift();
    if (offer === undefined || (methodsLeft !== null && !methodsLeft.includes('publickey'))) return false;
    record.tried.push(offer.label);
    record.lastKey = offer.key;
    const onSign = (problem: string | null) => void record.signed.set(offer.label, problem);
    return offer.agentSocket === null
      ? { type: 'publickey', username: user, key: withoutSha1(offer.key, onSign) }
      : { type: 'agent', username: user, agent: new AgentIdentity(offer.agentSocket, offer.key, signal, onSign) };
  };
}

/** ssh2 signs with SHA-1 where a server names nothing better for RSA: refused, as `sign` in agent.ts does. */
function withoutSha1(key: ParsedKey, onSign: (problem: string | null) => void): ParsedKey {
  return Object.create(key, {
    sign: {
      value(data: Buffer, hash?: string) {
        const problem = hash === 'sha1' ? 'the server accepts only SHA-1 signatures of RSA keys' : null;
        onSign(problem);
        return problem === null ? key.sign(data, hash) : new Error(problem);
      },
    },
  });
}

async function askAgent(socketPath: string, { clock, signal }: CredentialOptions) {
  try {
    return { ...(await listIdentities(socketPath, { clock, signal })), problem: null };
  } catch (error) {
    if (error instanceof AppError && error.code === 'AGENT_UNREACHABLE') {
      return { keys: [], unusable: [], problem: error };
    }
    throw error;
  }
}

function problemOf(file: KeyFile, named: boolean): AppError | null {
  if (file.kind === 'broken') return file.error;
  return file.kind === 'absent' && named ? unreadable(file.file, 'ENOENT') : null;
}

function noCredentials(notes: CredentialNotes): AppError {
  if (notes.agentProblem !== null && notes.broken.length === 0) return notes.agentProblem;
  return new AppError('AUTH_NO_CREDENTIALS', `There is no key to log in with.${notesText(notes)}`, {
    details: notesDetails(notes),
    hint: notes.broken[0]?.hint ?? 'Name a key with --identity FILE, or load one with "ssh-add".',
  });
}

/** A sentence or more on what could not be offered; empty where there was nothing. Begins with a space. */
export function notesText({ unusable, broken, agentProblem }: CredentialNotes): string {
  const types = [...new Set(unusable.map(({ type }) => type))].join(', ');
  return [
    unusable.length === 0 ? '' : ` ssh-agent holds ${unusable.length} that Binnacle cannot use yet (${types}).`,
    ...broken.map(({ message }) => ` ${message}`),
    agentProblem === null ? '' : ` ${agentProblem.message}`,
  ].join('');
}

export function notesDetails({ unusable, broken, agentProblem }: CredentialNotes): Record<string, unknown> {
  return {
    unusable,
    broken: broken.map(({ code, message }) => ({ code, message })),
    agent: agentProblem?.message ?? null,
  };
}

function agentOffer(key: ParsedKey, agentSocket: string): Offer {
  return { label: `ssh-agent: ${key.comment === '' ? key.type : key.comment}`, key, agentSocket };
}

const shownFile = (file: string) => visibleText(file);

const sameKey = (key: ParsedKey, blob: Buffer) => key.getPublicSSH().equals(blob);

/** The first of each key; a key in the agent and in a file would else be refused twice, at the cost of two tries. */
function withoutRepeats(offers: readonly Offer[]): Offer[] {
  return offers.filter(
    ({ key }, index) => offers.findIndex((other) => sameKey(other.key, key.getPublicSSH())) === index,
  );
}
