import type { ParsedKey } from 'ssh2';
import type { Clock } from '../../kernel/clock.ts';
import { AppError } from '../../kernel/errors.ts';
import { limits } from '../../kernel/limits.ts';
import { visibleText } from '../../kernel/text.ts';
import { orAborted } from '../bounded.ts';
import type { SshPrompts } from '../connection-types.ts';
import type { Hop } from '../hop.ts';
import { listIdentities, type UnusableIdentity } from './agent.ts';
import {
  certificateBeside,
  defaultKeyFiles,
  type KeyFile,
  type LockedKeyFile,
  readKeyFile,
  unlockKey,
  unreadable,
} from './key-files.ts';

/** One key that can be offered to a host. */
export interface Offer {
  /** For people: the path of its file, or `ssh-agent: comment`. */
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
  readonly agent: AgentNote;
  /** In the agent, and of no use. */
  readonly unusable: readonly UnusableIdentity[];
  /** Key files that are of no use, but for those named for the host in Binnacle: one of these is an error at once. */
  readonly broken: readonly AppError[];
  /** Certificates that stand beside key files that can be offered: ssh would offer them, too. */
  readonly certificates: readonly string[];
}

type AgentNote =
  | { readonly kind: 'none' }
  | { readonly kind: 'unreachable'; readonly problem: AppError }
  /** `held`: keys that could be offered; `heldBack`: how many of them were not, because of IdentitiesOnly. */
  | { readonly kind: 'asked'; readonly held: number; readonly heldBack: number };

interface CredentialOptions {
  readonly hop: Pick<Hop, 'homeDir' | 'identityFiles' | 'namedFiles' | 'identitiesOnly' | 'agentSocket' | 'methods'>;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

const NOTHING: Credentials = {
  offers: [],
  locked: [],
  notes: { agent: { kind: 'none' }, unusable: [], broken: [], certificates: [] },
};

/**
 * Gathers the keys that can be offered, without asking anybody: named files first and then the agent, or the agent first
 * and then the default files. Of a key file that the agent holds, perhaps decrypted, the agent's is taken, and so may a
 * public file be named (ssh_config(5), IdentityFile).
 * @throws AppError KEY_UNREADABLE, KEY_PERMISSIONS, KEY_INVALID for a file that was named in Binnacle; or the signal's own
 */
export async function gatherCredentials(options: CredentialOptions): Promise<Credentials> {
  const { homeDir, identityFiles, namedFiles, identitiesOnly, agentSocket, methods } = options.hop;
  if (!methods.publicKey) return NOTHING;
  const [files, agent] = await Promise.all([
    // A file system that hangs (NFS) keeps the reading, and nobody who has given up.
    orAborted(options.signal, Promise.all((identityFiles ?? defaultKeyFiles(homeDir)).map(readKeyFile))),
    agentSocket === null ? { keys: [], unusable: [], note: { kind: 'none' } as const } : askAgent(agentSocket, options),
  ]);
  const inAgent = agent.keys.map((key) => agentOffer(key, agentSocket ?? ''));
  const held = (file: KeyFile) => inAgent.find(({ key }) => isKeyOf(file, key));
  // Of the usual files any may be missing.
  const problems = files.map((file) => (held(file) ? null : problemOf(file, identityFiles !== null)));
  const named = problems.slice(0, namedFiles).find((problem) => problem !== null);
  if (named !== undefined) throw named;

  const ofUse = files.filter((file) => file.kind === 'ready' || file.kind === 'locked' || held(file) !== undefined);
  const certificates = await orAborted(options.signal, Promise.all(ofUse.map(({ file }) => certificateBeside(file))));

  const fromFiles = files.flatMap((file) => {
    if (file.kind === 'ready') return { label: shownFile(file.file), key: file.key, agentSocket: null };
    return held(file) ?? [];
  });
  const fromAgent = identitiesOnly ? inAgent.filter(({ key }) => files.some((file) => isKeyOf(file, key))) : inAgent;
  const heldBack = inAgent.length - fromAgent.length;
  return {
    offers: withoutRepeats(identityFiles === null ? [...fromAgent, ...fromFiles] : [...fromFiles, ...fromAgent]),
    locked: files.filter((file) => file.kind === 'locked').filter((file) => held(file) === undefined),
    notes: {
      agent: agent.note.kind === 'asked' ? { ...agent.note, heldBack } : agent.note,
      unusable: agent.unusable,
      broken: problems.filter((problem) => problem !== null),
      certificates: certificates.filter((file) => file !== null),
    },
  };
}

/**
 * Opens one encrypted file, asking for its passphrase up to `limits.ssh.passphraseAttempts` times.
 * @returns why it was not opened where another key may still do: PASSPHRASE_NEEDED (nobody answered),
 *   PASSPHRASE_WRONG, KEY_INVALID
 * @throws what the prompt throws, or the signal's own
 */
export async function unlock(
  file: LockedKeyFile,
  { hop, isJump, prompts, signal }: { hop: Hop; isJump: boolean; prompts: SshPrompts; signal: AbortSignal },
): Promise<Offer | AppError> {
  let attempt = 1;
  for (; attempt <= limits.ssh.passphraseAttempts; attempt += 1) {
    const question = { hop, isJump, file: file.file, attempt };
    const passphrase = await orAborted(signal, prompts.passphrase(question, signal));
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

async function askAgent(socketPath: string, { clock, signal }: CredentialOptions) {
  try {
    const { keys, unusable } = await listIdentities(socketPath, { clock, signal });
    return { keys, unusable, note: { kind: 'asked', held: keys.length, heldBack: 0 } as const };
  } catch (error) {
    if (error instanceof AppError && error.code === 'AGENT_UNREACHABLE') {
      return { keys: [], unusable: [], note: { kind: 'unreachable', problem: error } as const };
    }
    throw error;
  }
}

function problemOf(file: KeyFile, named: boolean): AppError | null {
  if (file.kind === 'broken' || file.kind === 'public') return file.error;
  return file.kind === 'absent' && named ? unreadable(file.file, 'ENOENT') : null;
}

function agentOffer(key: ParsedKey, agentSocket: string): Offer {
  return { label: `ssh-agent: ${key.comment === '' ? key.type : key.comment}`, key, agentSocket };
}

const shownFile = (file: string) => visibleText(file);

function isKeyOf(file: KeyFile, key: ParsedKey): boolean {
  const blob = file.kind === 'ready' ? file.key.getPublicSSH() : file.publicKey;
  return blob !== null && key.getPublicSSH().equals(blob);
}

/** The first of each key; a key in the agent and in a file would else be refused twice, at the cost of two tries. */
function withoutRepeats(offers: readonly Offer[]): Offer[] {
  return offers.filter(
    ({ key }, index) => offers.findIndex((other) => other.key.getPublicSSH().equals(key.getPublicSSH())) === index,
  );
}
