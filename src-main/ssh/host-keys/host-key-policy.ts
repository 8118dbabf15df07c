import { AppError } from '../../kernel/errors.ts';
import type { HostKeyQuestion } from '../connection-types.ts';
import type { Hop } from '../hop.ts';
import { fingerprint, keyType, parseFingerprint } from './host-key.ts';
import { hostKeyError, knownName, unknownKeyError } from './host-key-errors.ts';
import { appendAccepted, readKnownHosts } from './host-key-files.ts';
import { judgeHostKey, type KnownHostsFile, knownKeyTypes } from './known-hosts.ts';

export interface HostKeyPolicyOptions {
  /** `~/.ssh/known_hosts` and `known_hosts2`, or what `--known-hosts` names: for machines whose ssh_config names none. Only ever read. */
  readonly userFiles: readonly string[];
  /** They were named for this run, and replace what ssh_config names (UserKnownHostsFile), as with `ssh -o`. */
  readonly userFilesNamed?: boolean;
  /** `/etc/ssh/ssh_known_hosts` and `ssh_known_hosts2`: for every machine. Only ever read. */
  readonly systemFiles: readonly string[];
  /** Binnacle's own file, in its home: accepted keys are appended to it. */
  readonly ownFile: string;
  readonly ownFolder: OwnFolder;
  /**
   * A fingerprint (`SHA256:…`) that answers the question for a host whose key is not known, and nothing else. It was given
   * for the host itself: never does it answer for a machine on the way.
   */
  readonly pinned?: string | undefined;
}

/** The folder of Binnacle's own file, which whoever can write to it could answer host keys by. */
export interface OwnFolder {
  /** Before each reading; one that is not there is fit. @throws AppError HOME_UNUSABLE */
  check(): Promise<unknown>;
  /** Before each writing: makes it where it is missing. @throws AppError HOME_UNUSABLE */
  open(): Promise<unknown>;
}

/** What to do with the key a host offers. Only `accepted` lets authentication begin. */
export type HostKeyDecision =
  | { readonly kind: 'accepted'; readonly fingerprint: string }
  /** Nobody knows the key: ask, then `accept` it and connect again. `error` (HOST_KEY_UNKNOWN) is for where nobody can be asked. */
  | { readonly kind: 'ask'; readonly question: HostKeyQuestion; readonly error: AppError }
  | { readonly kind: 'refused'; readonly error: AppError };

export interface HostKeyPolicy {
  /**
   * Key types known for the host, to be asked for first; empty where it is not known. They are types as in
   * known_hosts: for `ssh-rsa` ask for `rsa-sha2-512` and `rsa-sha2-256`; some are not known to ssh2.
   * @throws AppError HOST_KEY_UNREADABLE, HOME_UNUSABLE
   */
  algorithms(hop: Hop): Promise<readonly string[]>;
  /**
   * Reads all files anew. Never rejects with an AppError: what cannot be decided is `refused`.
   * @param isJump it is a machine on the way
   */
  check(hop: Hop, key: Buffer, isJump: boolean): Promise<HostKeyDecision>;
  /**
   * Writes a key a person accepted to Binnacle's own file; does nothing where it is known by now.
   * @throws AppError as `check` refuses (the files may have changed while the person was asked), or HOME_UNUSABLE
   */
  accept(hop: Hop, key: Buffer): Promise<void>;
}

/** @throws AppError USAGE where `pinned` is not a fingerprint */
export function createHostKeyPolicy(options: HostKeyPolicyOptions): HostKeyPolicy {
  const { userFiles, userFilesNamed = false, systemFiles, ownFile, ownFolder, pinned } = options;
  const pin = pinned === undefined ? null : parseFingerprint(pinned);

  const read = async ({ knownHostsFiles }: Hop): Promise<KnownHostsFile[]> => {
    await ownFolder.check();
    const own = userFilesNamed ? userFiles : (knownHostsFiles ?? userFiles);
    const files = new Set([...own, ...systemFiles, ownFile]);
    return await Promise.all([...files].map(readKnownHosts));
  };

  const accept = async (hop: Hop, key: Buffer): Promise<void> => {
    const verdict = judgeHostKey(await read(hop), hop.knownAs, key);
    if (verdict.kind === 'known') return;
    if (verdict.kind !== 'unknown') throw hostKeyError(verdict, hop, key);
    await ownFolder.open();
    await appendAccepted(ownFile, hop.knownAs, key);
  };

  const decide = async (hop: Hop, key: Buffer, isJump: boolean): Promise<HostKeyDecision> => {
    const question = { hop, isJump, keyType: keyType(key), fingerprint: fingerprint(key) };
    const verdict = judgeHostKey(await read(hop), hop.knownAs, key);
    if (verdict.kind === 'known') return { kind: 'accepted', fingerprint: question.fingerprint };
    if (verdict.kind !== 'unknown') return { kind: 'refused', error: hostKeyError(verdict, hop, key) };
    if (pin === null || isJump) return { kind: 'ask', question, error: unknownKeyError(hop, key, isJump) };
    if (pin !== question.fingerprint) return { kind: 'refused', error: notThePinned(question, pin) };
    await accept(hop, key);
    return { kind: 'accepted', fingerprint: question.fingerprint };
  };

  return {
    algorithms: async (hop) => knownKeyTypes(await read(hop), hop.knownAs),
    accept,
    check: async (hop, key, isJump) => {
      try {
        return await decide(hop, key, isJump);
      } catch (error) {
        if (error instanceof AppError) return { kind: 'refused', error };
        throw error;
      }
    },
  };
}

function notThePinned({ hop, keyType, fingerprint }: HostKeyQuestion, pinned: string): AppError {
  return new AppError(
    'HOST_KEY_REJECTED',
    `${knownName(hop)} offers the host key ${fingerprint}, not ${pinned}, the one that was to be accepted.`,
    {
      details: { keyType, fingerprint, pinned },
      hint: 'Compare both with what "ssh-keygen -lf" prints for the key on the host itself. A host has one key of each type.',
    },
  );
}
