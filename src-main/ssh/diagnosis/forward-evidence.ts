import type { KeyOptions } from '../connection-types.ts';

/**
 * What sshd answers when it does not open a unix socket, measured on OpenSSH 9.2 (reason codes of RFC 4254, 5.1). "near" is
 * a TCP channel to sshd's own port on 127.0.0.1, "other" one to `localhost`, port 1, where nobody listens.
 *
 * | set-up                                         | socket        | near | other           | commands       |
 * | ---------------------------------------------- | ------------- | ---- | --------------- | -------------- |
 * | everything allowed                             | open          | open | 2, "Connection refused" | run    |
 * | the same; socket missing, closed, or dead      | 2 open failed | open | 2, "Connection refused" | run    |
 * | AllowStreamLocalForwarding no, or remote       | 2 open failed | open | 2, "Connection refused" | run    |
 * | AllowTcpForwarding no, or remote               | 2 open failed | 1    | 1               | run            |
 * | DisableForwarding yes                          | 2 open failed | 1    | 1               | run            |
 * | PermitOpen none, or of other places            | 2 open failed | 1    | 1               | run            |
 * | PermitOpen 127.0.0.1:*, permitopen= of "near"  | 2 open failed | open | 1               | run            |
 * | key with restrict or no-port-forwarding        | 2 open failed | 1    | 1               | run            |
 * | key with restrict,port-forwarding              | open          | open | 2, "Connection refused" | run    |
 * | ForceCommand, command=, login shell nologin    | as without    | as without | as without | all answered alike |
 * | a session that PAM refuses, or for nothing but a new password | 2 open failed | 1 | 1 | all answered alike |
 * | MaxSessions 0                                  | as without    | as without | as without | 2 open failed |
 * | MaxSessions 1, 2 (and fewer commands at once)  | as without    | as without | as without | run           |
 *
 * So `AllowTcpForwarding no` and PermitOpen do bar unix sockets, though sshd_config(5) says it of neither (channels.c,
 * `channel_connect_to_path`); and what of it came from the key is told by its options alone, which sshd sends after the
 * login (`key options: …`): without restrictions they contain `port-forwarding`, under `restrict` they are empty.
 */
export interface ForwardEvidence {
  /** What holds of OpenSSH need not hold of another. */
  readonly server: 'openssh' | 'other';
  /** With which the socket was refused; null where it is not known. */
  readonly reason: number | null;
  /** null: sshd told nothing of a key. */
  readonly key: KeyOptions | null;
  readonly tcp: { readonly near: TcpAnswer; readonly other: TcpAnswer };
  readonly shell: ShellEvidence;
  /** null: no shell could be asked. */
  readonly socket: SocketEvidence | null;
  /** null: not asked, because the socket does not stand open. */
  readonly engine: EngineEvidence | null;
}

/** `nobody`: it was tried, and refused by the port (reason 2). `prohibited`: sshd did not try (reason 1). */
export type TcpAnswer = 'opened' | 'nobody' | 'prohibited' | 'unknown';

export type ShellEvidence =
  | { readonly kind: 'posix' }
  /** The key has `command=`: nothing was asked, because it would run something else. */
  | { readonly kind: 'forced' }
  /** Different questions, one of which means yes and one no, got the same exit code and the same words. */
  | { readonly kind: 'alike'; readonly said: string }
  /** What answers is no POSIX shell with a `test`. */
  | { readonly kind: 'strange'; readonly said: string }
  /** Commands are begun there, and none came to its end in time: it may be the shell's start, or another command. */
  | { readonly kind: 'silent'; readonly why: string }
  /** Commands come to their end there, and too slowly for all that is to be asked. */
  | { readonly kind: 'slow'; readonly why: string }
  /** No command could be run, or too few. */
  | { readonly kind: 'unasked'; readonly why: string };

/**
 * Of what does not exist for this user. `leadsTo`: the path the one that was asked for leads to by symbolic links, of
 * which it is said; null: there is no link.
 */
interface NotThere {
  readonly leadsTo: string | null;
}

export type SocketEvidence =
  | ({ readonly kind: 'missing' } & NotThere)
  /** Something is there, and it is no socket. */
  | { readonly kind: 'other' }
  /** It may be there, in a folder this user may not enter. */
  | ({ readonly kind: 'behind'; readonly folder: string } & NotThere)
  /** What the path takes for a folder is none. */
  | ({ readonly kind: 'below'; readonly file: string } & NotThere)
  /** A symbolic link on the way leads to nothing that this user may see, and not even where to could be read. */
  | { readonly kind: 'astray'; readonly link: string }
  /** What `ls` says of it; null where that could not be read. */
  | { readonly kind: 'closed'; readonly owner: SocketOwner | null }
  | { readonly kind: 'open' };

export interface SocketOwner {
  readonly mode: string;
  readonly user: string;
  readonly group: string;
}

/** What the host's own docker client hears over the socket; `said` by `docker version`. */
export type EngineEvidence =
  | { readonly kind: 'answers'; readonly said: string }
  /**
   * It does not get through, which it words alike where nobody listens and where too many wait already; `dialled` is what
   * `docker system dial-stdio` says then: ECONNREFUSED (`nobody`), EAGAIN (`full`), or nothing that tells (`unreached`).
   */
  | { readonly kind: 'nobody' | 'full' | 'unreached'; readonly said: string; readonly dialled: string | null }
  | { readonly kind: 'unknown'; readonly said: string };
