import type { ErrorCode } from '#contract/errors.ts';
import type { Asked, HostState } from '#contract/fleet.ts';
import type { EngineVia, TrialStep } from '#contract/hosts.ts';
import type { Answer, Question } from '#contract/questions.ts';
import type { ClientKey } from '../lab/ssh-keys.ts';
import type { Sshd } from '../lab/sshd.ts';
import type { Ground } from './matrix-ground.ts';

/** As the rows of the README's table are called. */
type Area = 'Way' | 'Host key' | 'Login' | 'Socket' | 'Engine';

/** One set-up of a host, and what has to come of it: a test of connection-matrix.lab.test.ts, a name in the README. */
export interface Row {
  readonly area: Area;
  /** As the README has it. */
  readonly name: string;
  /** Asked by the built command line, too. */
  readonly cli?: true;
  /** Is over when some time is up, and so begins before the others. */
  readonly slow?: true;
  /** Who logs in, at the sshd that all rows share; made for this row alone. */
  readonly account?: Account;
  /** How it differs from what {@link Scene} says. */
  readonly arrange?: (stage: Stage) => Promise<Partial<Scene>> | Partial<Scene>;
  readonly expected: Reached | Stopped;
}

/** An account, with a Match block of its own where `sshd` has lines. */
export interface Account {
  /** In the group of the engine's socket. Default true. */
  readonly docker?: boolean;
  readonly shell?: string;
  readonly password?: string;
  readonly sshd?: readonly string[];
  /** Options of the rows' key in its authorized_keys; null: the key is not there. Default: without options. */
  readonly key?: string | null;
  /** What it may by sudo: `NOPASSWD: /usr/bin/docker`. */
  readonly sudo?: string;
  /** Engines without root in its /run/user: they lead to the lab's own, and to Podman. */
  readonly rootless?: readonly ('docker' | 'podman')[];
  /** It is known to the sshd that asks for one-time codes instead. */
  readonly codes?: boolean;
}

/** What an operator has on this machine. */
export interface Scene {
  /** Default: the row's account at its sshd, by address and port, and the engine's usual socket. */
  readonly target: string;
  /** Default: the rows' key. */
  readonly identityFiles: readonly string[];
  /** Default: knows the sshds. null: none but what ssh_config names; to name one on a command line would win over that. */
  readonly knownHosts: string | null;
  /** ssh_config; default null: none. */
  readonly config: string | null;
  /** Default null: none. */
  readonly agentSocket: string | null;
  /** Who answers. Default null: nobody can be asked. */
  readonly person: Person | null;
  /** Looked at once the trial is over: what the machines themselves have seen. */
  readonly afterTrial?: () => Promise<void>;
  readonly afterFollowing?: () => Promise<void>;
}

export type Person = (question: Question) => Answer | Promise<Answer>;

/** What a row is arranged with. */
export interface Stage {
  readonly ground: Ground;
  /** The row's account, and the sshd that knows it. */
  readonly user: string;
  readonly uid: number;
  readonly sshd: Sshd;
  /** The row's own. */
  readonly folder: string;
  /** Disposed when the row is over. */
  readonly own: AsyncDisposableStack;
  /** @returns its path */
  write(name: string, lines: readonly string[]): Promise<string>;
  newKey(name: string, passphrase?: string): Promise<ClientKey>;
  /** Lets it log in as the row's account. */
  authorize(key: ClientKey, options?: string): Promise<void>;
  /** `ssh://user@127.0.0.1:port`, and `rest`. */
  target(rest?: string): string;
}

interface Common {
  /** What a person is asked, in this order. Default: nothing. */
  readonly asks?: readonly Asked[];
  /** Targets that are offered in its place, in this order. Default: none. */
  readonly offers?: readonly RegExp[];
}

export interface Reached extends Common {
  readonly outcome: 'reached';
  readonly via: EngineVia;
  /** Machines that are logged in to. Default 1; the local engine has none. */
  readonly hops?: number;
  readonly engine?: RegExp;
  /** What holds in spite of it, in the trial's words, and in those of the host that is followed. */
  readonly notes?: readonly RegExp[];
  readonly problems?: readonly RegExp[];
}

export interface Stopped extends Common {
  readonly outcome: 'stopped';
  readonly step: TrialStep;
  /** It was a machine on the way. */
  readonly onTheWay?: boolean;
  readonly code: ErrorCode;
  readonly cause: RegExp;
  readonly fix: RegExp;
  /** A line of what the cause rests on. */
  readonly seen?: RegExp;
  /** Of the host that is followed: tried again by itself, or waiting for a person, or read as far as it can be. */
  readonly state: Extract<HostState['state'], 'offline' | 'blocked' | 'degraded'>;
}
