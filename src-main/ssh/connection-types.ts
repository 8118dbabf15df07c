import type { Duplex } from 'node:stream';
import type { AppError } from '../kernel/errors.ts';
import type { SshTarget } from './target.ts';

/** One SSH connection: one per host, whatever is asked through it. */
export interface SshConnection extends AsyncDisposable {
  readonly target: SshTarget;
  /** `SHA256:…` of the host key that was verified. */
  readonly hostKeyFingerprint: string;
  /** `SHA256:…` of the public key that the host let us in with; null where it let us in before any was offered. */
  readonly loginKeyFingerprint: string | null;
  /** Resolves once, when the link has ended: with why, or null when it was disposed. */
  readonly closed: Promise<AppError | null>;
  /**
   * A channel to a unix socket on the host (`direct-streamlocal@openssh.com`).
   * @throws AppError FORWARD_REFUSED (sshd says only "open failed": see diagnosis), CONNECTION_LOST, or the signal's own
   */
  openUnixSocket(path: string, signal: AbortSignal): Promise<Duplex>;
  /**
   * Runs one registered command, quoted by the exec gate, without a terminal. Looked at again when its turn comes.
   * @throws AppError EXEC_NOT_ALLOWED (also: it does more than read, and the host is only observed), EXEC_FAILED (could not be run, or took too long), CONNECTION_LOST
   */
  exec(command: RegisteredCommand, signal: AbortSignal): Promise<ExecResult>;
}

export interface ExecResult {
  /** null where the command was ended by a signal or sshd told nothing. */
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command the exec gate knows, with its holes filled; only `exec-gate.ts` makes one. */
export interface RegisteredCommand {
  readonly name: string;
  readonly effect: 'read' | 'change' | 'destroy';
  /** Quoted for a POSIX shell: what is sent. */
  readonly line: string;
}

/** What the ssh room has to ask a person. Answers come from a terminal, a window, or a flag. */
export interface SshPrompts {
  /** `unanswerable`: nobody can be asked here; the connection fails with HOST_KEY_UNKNOWN. */
  acceptHostKey(question: HostKeyQuestion, signal: AbortSignal): Promise<'accept' | 'reject' | 'unanswerable'>;
  /** null: nobody can be asked, or nobody wants to answer. `attempt` counts from 1. */
  passphrase(question: PassphraseQuestion, signal: AbortSignal): Promise<string | null>;
}

export interface HostKeyQuestion {
  readonly target: SshTarget;
  /** As in known_hosts: `ssh-ed25519`. */
  readonly keyType: string;
  /** `SHA256:…`, base64 without padding, as ssh-keygen prints it. */
  readonly fingerprint: string;
}

export interface PassphraseQuestion {
  readonly file: string;
  readonly attempt: number;
}
