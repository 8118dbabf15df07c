import type { Duplex } from 'node:stream';
import type { Asked } from '#contract/fleet.ts';
import type { HopReport } from '#contract/hosts.ts';
import type { AppError } from '../kernel/errors.ts';
import type { Hop } from './hop.ts';

/** One SSH connection: one per host, whatever is asked through it. Machines on the way have one each, shared by hosts. */
export interface SshConnection extends AsyncDisposable {
  /** The machine at its end. */
  readonly hop: Hop;
  /** `SHA256:…` of the host key that was verified. */
  readonly hostKeyFingerprint: string;
  /** `SHA256:…` of the public key that the host let us in with; null where it let us in by something else. */
  readonly loginKeyFingerprint: string | null;
  /** What sshd told of the key that let us in (`authorized_keys` options), where it did. */
  readonly keyOptions: KeyOptions | null;
  /** Resolves once, when the link has ended: with why, or null when it was disposed. */
  readonly closed: Promise<AppError | null>;
  /** Milliseconds since anything came from the other side, its answers to keepalives included. */
  silentMs(): number;
  /** Every machine on the way and this one, from the first, as of now. */
  report(): readonly HopReport[];
  /**
   * A channel to a unix socket on the host (`direct-streamlocal@openssh.com`).
   * @throws AppError FORWARD_REFUSED (sshd says only "open failed": see diagnosis), CONNECTION_LOST, or the signal's own
   */
  openUnixSocket(path: string, signal: AbortSignal): Promise<Duplex>;
  /**
   * A channel to a TCP port as the host sees it (`direct-tcpip`, RFC 4254, 7.2).
   * @throws AppError FORWARD_REFUSED with `details.reason` as sshd gave it (1: not allowed; 2: nobody answers there),
   *   CONNECTION_LOST, or the signal's own
   */
  openTcp(address: { readonly host: string; readonly port: number }, signal: AbortSignal): Promise<Duplex>;
  /**
   * Runs a registered command that is a byte stream, such as `docker system dial-stdio`: what is written is its stdin,
   * what is read its stdout. It ends with the stream. Where it ends by itself with anything but success, the stream is
   * destroyed with DIAL_STDIO_FAILED, which has what it said on stderr as `details.seen` and `details.exitCode`.
   * @throws AppError EXEC_NOT_ALLOWED, SESSIONS_EXHAUSTED (sshd opens no session beside those that are open),
   *   EXEC_FAILED, CONNECTION_LOST, or the signal's own
   */
  openCommand(command: RegisteredCommand, signal: AbortSignal): Promise<Duplex>;
  /**
   * Runs one registered command, quoted by the exec gate, without a terminal. Looked at again when its turn comes.
   * @throws AppError EXEC_NOT_ALLOWED (also: it does more than read, and the host is only observed), EXEC_FAILED (could not be run, or took too long), CONNECTION_LOST
   */
  exec(command: RegisteredCommand, signal: AbortSignal): Promise<ExecResult>;
}

/** What a key may be used for, as sshd says after a login (`key options: …`, its SSH_MSG_DEBUG). */
export interface KeyOptions {
  readonly portForwarding: boolean;
  readonly command: boolean;
  readonly pty: boolean;
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

export type ConnectStep = 'resolve' | 'reach' | 'host-key' | 'authenticate';

/** How far the connecting has come; told again from its beginning where a question made a second connection necessary. */
export type ConnectEvent =
  /**
   * What a step needs is gathered before anything is dialled, such as keys, for which ssh-agent is asked: its time is that
   * step's. Ends with whatever begins next.
   */
  | { readonly kind: 'preparing'; readonly step: ConnectStep; readonly hop: Hop; readonly isJump: boolean }
  | { readonly kind: 'begun'; readonly step: ConnectStep; readonly hop: Hop; readonly isJump: boolean }
  /** `ms`: without the time a person took to answer. `seen`: what was found, in a few words. */
  | {
      readonly kind: 'passed';
      readonly step: ConnectStep;
      readonly hop: Hop;
      readonly isJump: boolean;
      readonly ms: number;
      readonly seen: string;
    }
  /** A person is asked, until `asked`: it was answered, or withdrawn. Told to all who wait for the answer, one of whom is asked. */
  | {
      readonly kind: 'asking' | 'asked';
      readonly step: ConnectStep;
      readonly hop: Hop;
      readonly isJump: boolean;
      readonly what: Asked;
    };

/** What the ssh room has to ask a person. Answers come from a terminal, a window, a keychain, or a flag. */
export interface SshPrompts {
  /** `unanswerable`: nobody can be asked here; the connection fails with HOST_KEY_UNKNOWN. */
  acceptHostKey(question: HostKeyQuestion, signal: AbortSignal): Promise<'accept' | 'reject' | 'unanswerable'>;
  /** null: nobody can be asked, or nobody wants to answer. `attempt` counts from 1. */
  passphrase(question: PassphraseQuestion, signal: AbortSignal): Promise<string | null>;
  /** Asked once a connection at most; null as above. */
  password(question: PasswordQuestion, signal: AbortSignal): Promise<string | null>;
  /** One answer a prompt, in their order; null as above. The host waits: `signal` is aborted when it waits no longer. */
  challenge(question: ChallengeQuestion, signal: AbortSignal): Promise<readonly string[] | null>;
  /** The host refused the password it was given: what is remembered of it must be forgotten. */
  wrongPassword(question: PasswordQuestion): void;
}

interface Asking {
  readonly hop: Hop;
  /** It is a machine on the way. */
  readonly isJump: boolean;
}

export interface HostKeyQuestion extends Asking {
  /** As in known_hosts: `ssh-ed25519`. */
  readonly keyType: string;
  /** `SHA256:…`, base64 without padding, as ssh-keygen prints it. */
  readonly fingerprint: string;
}

export interface PassphraseQuestion extends Asking {
  readonly file: string;
  readonly attempt: number;
}

export interface PasswordQuestion extends Asking {
  /** `SHA256:…` of the host key that was verified: a password is for that machine, and no other at its address. */
  readonly hostKey: string;
}

export interface ChallengeQuestion extends Asking {
  /** The host's own words, as they came. */
  readonly title: string;
  readonly instructions: string;
  readonly prompts: readonly { readonly text: string; readonly echo: boolean }[];
  /** Milliseconds for which the host waits. */
  readonly withinMs: number;
}
