import { AppError } from '../kernel/errors.ts';
import type { HostKeyQuestion } from './connection-types.ts';
import { fingerprint, keyType, parseFingerprint } from './host-key.ts';
import { hostKeyError } from './host-key-errors.ts';
import { appendAccepted, readKnownHosts } from './host-key-files.ts';
import { judgeHostKey, type KnownHostsFile, knownKeyTypes } from './known-hosts.ts';
import type { SshTarget } from './target.ts';

export interface HostKeyPolicyOptions {
  /** `~/.ssh/known_hosts`, or what `--known-hosts` names. Only ever read. */
  readonly userFile: string;
  /** Binnacle's own file, in its home: accepted keys are appended to it. */
  readonly ownFile: string;
  readonly ownFolder: OwnFolder;
  /** A fingerprint (`SHA256:…`) that answers the question for a host whose key is not known, and nothing else. */
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
  algorithms(target: SshTarget): Promise<readonly string[]>;
  /** Reads both files anew. Never rejects with an AppError: what cannot be decided is `refused`. */
  check(target: SshTarget, key: Buffer): Promise<HostKeyDecision>;
  /**
   * Writes a key a person accepted to Binnacle's own file; does nothing where it is known by now.
   * @throws AppError as `check` refuses (the files may have changed while the person was asked), or HOME_UNUSABLE
   */
  accept(target: SshTarget, key: Buffer): Promise<void>;
}

/** @throws AppError USAGE where `pinned` is not a fingerprint */
export function createHostKeyPolicy({ userFile, ownFile, ownFolder, pinned }: HostKeyPolicyOptions): HostKeyPolicy {
  const pin = pinned === undefined ? null : parseFingerprint(pinned);

  const read = async (): Promise<KnownHostsFile[]> => {
    await ownFolder.check();
    return await Promise.all([readKnownHosts(userFile), readKnownHosts(ownFile)]);
  };

  const accept = async (target: SshTarget, key: Buffer): Promise<void> => {
    const verdict = judgeHostKey(await read(), target, key);
    if (verdict.kind === 'known') return;
    if (verdict.kind !== 'unknown') throw hostKeyError(verdict, target, key);
    await ownFolder.open();
    await appendAccepted(ownFile, target, key);
  };

  const decide = async (target: SshTarget, key: Buffer): Promise<HostKeyDecision> => {
    const question = { target, keyType: keyType(key), fingerprint: fingerprint(key) };
    const verdict = judgeHostKey(await read(), target, key);
    if (verdict.kind === 'known') return { kind: 'accepted', fingerprint: question.fingerprint };
    if (verdict.kind !== 'unknown') return { kind: 'refused', error: hostKeyError(verdict, target, key) };
    if (pin === null) return { kind: 'ask', question, error: hostKeyError(verdict, target, key) };
    if (pin !== question.fingerprint) return { kind: 'refused', error: notThePinned(question, pin) };
    await accept(target, key);
    return { kind: 'accepted', fingerprint: question.fingerprint };
  };

  return {
    algorithms: async (target) => knownKeyTypes(await read(), target),
    accept,
    check: async (target, key) => {
      try {
        return await decide(target, key);
      } catch (error) {
        if (error instanceof AppError) return { kind: 'refused', error };
        throw error;
      }
    },
  };
}

function notThePinned(question: HostKeyQuestion, pinned: string): AppError {
  return new AppError(
    'HOST_KEY_REJECTED',
    `${question.target.host} offers the host key ${question.fingerprint}, not ${pinned}, the one that was to be accepted.`,
    {
      details: { keyType: question.keyType, fingerprint: question.fingerprint, pinned },
      hint: 'Compare both with what "ssh-keygen -lf" prints for the key on the host itself. A host has one key of each type.',
    },
  );
}
