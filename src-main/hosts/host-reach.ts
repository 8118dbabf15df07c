import type { HostMode } from '#contract/hosts.ts';
import { type HostLink, type LinkEvent, type LinkOptions, openLink, openLocalLink } from '../engine/link.ts';
import { checkHome, type Home, openHome } from '../home/home.ts';
import type { Clock } from '../kernel/clock.ts';
import { AppError } from '../kernel/errors.ts';
import { orAborted } from '../ssh/bounded.ts';
import { textsOf } from '../ssh/config/route-notes.ts';
import { createSshConfig, type SshConfig } from '../ssh/config/ssh-config.ts';
import { connectSsh } from '../ssh/connection.ts';
import type { ConnectEvent, SshPrompts } from '../ssh/connection-types.ts';
import { ForwardDiagnoses } from '../ssh/diagnosis/forward-diagnoses.ts';
import type { HopPool } from '../ssh/hop-pool.ts';
import { createHostKeyPolicy, type HostKeyPolicy } from '../ssh/host-keys/host-key-policy.ts';
import type { HostTarget } from '../ssh/target.ts';
import { FailureNotes } from './failure-notes.ts';
import type { SshFiles } from './ssh-files.ts';

export interface ReachRequest {
  readonly target: HostTarget;
  /** null: none is named for the host. */
  readonly identityFiles: readonly string[] | null;
  /** Asked at each request. `observe`: reads only, whatever is asked of the host. */
  readonly mode: () => HostMode;
  readonly prompts: SshPrompts;
  readonly signal: AbortSignal;
  /** Told again from its beginning where a question made a second connection necessary. */
  readonly onEvent?: (event: ConnectEvent | LinkEvent) => void;
  /** As in `ConnectOptions`; and what was found out before of why the host does not open its socket does not count. */
  readonly isWished: boolean;
  /** As in `LinkOptions`. */
  readonly again?: LinkOptions['again'];
}

/** A host that was reached; disposing it closes its one connection. */
export interface ReachedHost extends HostLink {
  /** What the operator should know of the way, as sentences: lines of ssh_config that are not followed. */
  readonly notes: readonly string[];
}

/**
 * The way to a host and its engine. Rejects as `connectSsh` and `openLink` do, with nothing left open; lines of ssh_config
 * that are not followed, and may have to do with it, stand after the message.
 */
export type HostReach = (request: ReachRequest) => Promise<ReachedHost>;

export interface ReachOptions {
  readonly policy: HostKeyPolicy;
  /** The operator's ssh_config, read anew for each connection. */
  readonly config: SshConfig;
  /** Connections to machines on the way, shared by all hosts. */
  readonly hops: HopPool;
  readonly clock: Clock;
}

/** The one way there is, for followed hosts and trials alike. */
export function createHostReach({ policy, config, hops, clock }: ReachOptions): HostReach {
  const diagnoses = new ForwardDiagnoses({ clock });
  return async ({
    target,
    identityFiles,
    mode,
    prompts,
    signal,
    onEvent = () => undefined,
    isWished,
    again = null,
  }) => {
    if (target.kind === 'local') {
      return { ...(await openLocalLink(target.engine, { mode, signal, clock, onEvent, again })), notes: [] };
    }
    // A file system that hangs (NFS) keeps the reading, and nobody who has given up.
    const route = await orAborted(signal, config.route(target, { identityFiles }));
    const notes = new FailureNotes(route.notes);
    const told = {
      onEvent(event: ConnectEvent | LinkEvent) {
        notes.onEvent(event);
        onEvent(event);
      },
      again: again === null ? null : (why: AppError, over: AbortSignal) => again(notes.toldWith(why), over),
    };
    try {
      const common = { mode, clock, signal, isWished };
      const connection = await connectSsh({ ...common, onEvent: told.onEvent, route, policy, prompts, hops });
      const link = await openLink(connection, target.engine, { ...common, ...told, diagnoses });
      return { ...link, notes: textsOf(route.notes) };
    } catch (error) {
      throw error instanceof AppError ? notes.toldWith(error) : error;
    }
  };
}

/** What ssh_config says of hosts; who logs in where neither it nor the target names anybody is `defaultUser`. */
export function sshConfigOf(files: SshFiles, defaultUser: string): SshConfig {
  const { userFolder: homeDir, config: userFile, systemConfig: systemFile, agentSocket, environment } = files;
  return createSshConfig({ userFile, systemFile, homeDir, defaultUser, agentSocket, environment });
}

interface HostKeyFiles {
  readonly files: SshFiles;
  /** `SHA256:…` that answers the question for a host whose key is not known; null: ask. Never for a machine on the way. */
  readonly pinned: string | null;
}

/**
 * Keeps accepted host keys in `home`, which is made when the first one is written.
 * @throws AppError USAGE where `pinned` is no fingerprint
 */
export function homeHostKeys(home: Home, { files, pinned }: HostKeyFiles): HostKeyPolicy {
  return createHostKeyPolicy({
    userFiles: files.knownHosts,
    userFilesNamed: files.knownHostsNamed,
    systemFiles: files.systemKnownHosts,
    ownFile: home.knownHostsFile,
    ownFolder: { check: () => checkHome(home.path), open: () => openHome(home.path) },
    pinned: pinned ?? undefined,
  });
}
