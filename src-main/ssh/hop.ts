import type { RouteNote } from './config/route-notes.ts';
import type { HostAddress } from './host-keys/host-pattern.ts';

/** One machine that is logged in to, as the target and `~/.ssh/config` say together: nothing of it is left open. */
export interface Hop {
  readonly user: string;
  /** What is dialled: a name in lower case, or an address in its usual form; IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
  /** What it is called in known_hosts: HostKeyAlias (which OpenSSH looks up without a port), else what is dialled. */
  readonly knownAs: HostAddress;
  /** UserKnownHostsFile, whole paths; null: the operator's usual files. */
  readonly knownHostsFiles: readonly string[] | null;
  /**
   * Key files, whole paths, in the order in which they are offered: named for the host in Binnacle, then IdentityFile.
   * null: none is named, and the usual ones, of `homeDir`, are tried after the agent's.
   */
  readonly identityFiles: readonly string[] | null;
  /** Whose `.ssh` holds the usual key files, and what `~` stands for where a file is shown. */
  readonly homeDir: string;
  /** How many of them, from the first, the operator named for the host in Binnacle: each of these must be usable. */
  readonly namedFiles: number;
  /** IdentitiesOnly: the agent signs only for keys among `identityFiles`. */
  readonly identitiesOnly: boolean;
  /** IdentityAgent, else SSH_AUTH_SOCK; null: no agent. */
  readonly agentSocket: string | null;
  /** What may be tried at all: PubkeyAuthentication, KbdInteractiveAuthentication, PasswordAuthentication. */
  readonly methods: { readonly publicKey: boolean; readonly keyboardInteractive: boolean; readonly password: boolean };
  /** ServerAlive*, where they are stricter than ours. Milliseconds, and how many may stay unanswered. */
  readonly keepalive: { readonly intervalMs: number; readonly count: number };
}

/** The way to a host: each machine is reached through the one before it. */
export interface Route {
  /** Never empty; the last is the host itself. */
  readonly hops: readonly Hop[];
  /** Lines of ssh_config that hold for it and are not followed. */
  readonly notes: readonly RouteNote[];
}

/** `ana@bastion:22`, safe to show; an IPv6 address in brackets. */
export type Machine = string;
