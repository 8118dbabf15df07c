import type { HostMode } from '#contract/hosts.ts';
import { type HostLink, type LinkEvent, openLink, openLocalLink } from '../engine/link.ts';
import { checkHome, type Home, openHome } from '../home/home.ts';
import type { Clock } from '../kernel/clock.ts';
import { connectSsh } from '../ssh/connection.ts';
import type { ConnectEvent, SshPrompts } from '../ssh/connection-types.ts';
import type { HopPool } from '../ssh/hop-pool.ts';
import { createHostKeyPolicy, type HostKeyPolicy } from '../ssh/host-key-policy.ts';
import { createSshConfig, type SshConfig } from '../ssh/ssh-config.ts';
import type { HostTarget } from '../ssh/target.ts';
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
}

/** A host that was reached; disposing it closes its one connection. */
export interface ReachedHost extends HostLink {
  /** What the operator should know of the way, as sentences: see `Route.notes`. */
  readonly notes: readonly string[];
}

/** The way to a host and its engine. Rejects as `connectSsh` and `openLink` do, with nothing left open. */
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
  return async ({ target, identityFiles, mode, prompts, signal, onEvent = () => undefined }) => {
    if (target.kind === 'local') {
      return { ...(await openLocalLink(target.engine, { mode, signal, clock, onEvent })), notes: [] };
    }
    const route = await config.route(target, { identityFiles });
    const connection = await connectSsh({ route, policy, prompts, hops, mode, clock, signal, onEvent });
    const link = await openLink(connection, target.engine, { mode, signal, clock, onEvent });
    return { ...link, notes: route.notes };
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
