import { randomUUID } from 'node:crypto';
import type { Problem } from '#contract/errors.ts';
import type { HostMode } from './engine/gate.ts';
import { openLink } from './engine/link.ts';
import { type FleetMember, FleetService } from './fleet/fleet-service.ts';
import type { HostPreferences } from './fleet/model.ts';
import { checkHome, type Home, openHome } from './home/home.ts';
import type { Clock } from './kernel/clock.ts';
import type { AppError } from './kernel/errors.ts';
import { readSavedHosts } from './saved-hosts.ts';
import type { HostSettings, Settings } from './settings/schema.ts';
import { connectSsh } from './ssh/connection.ts';
import type { SshPrompts } from './ssh/connection-types.ts';
import { createHostKeyPolicy } from './ssh/host-key-policy.ts';
import { formatTarget, parseTarget, type SshTarget } from './ssh/target.ts';

/** Everything the core needs from the shell it runs in. */
export interface CoreOptions {
  readonly home: Home;
  readonly settings: Settings;
  readonly clock: Clock;
  readonly random: () => number;
  /** Makes an AppError of what a bug threw, and keeps its stack in the log. */
  readonly toAppError: (error: unknown) => AppError;
  readonly prompts: SshPrompts;
  /** Socket of the ssh-agent; null: none. */
  readonly agentSocket: string | null;
  /** The user's own known_hosts file; only read. */
  readonly knownHostsFile: string;
  /** `SHA256:…` that answers the host-key question beforehand; null: ask. */
  readonly acceptHostKey: string | null;
  /** False: one attempt for each host. */
  readonly retry: boolean;
}

/** A host to be followed: saved in the settings, or named for this run only. */
export interface CoreHost {
  readonly id: string;
  readonly target: SshTarget;
  /** null: the usual files. */
  readonly identityFiles: readonly string[] | null;
  /** `observe`: reads only, whatever is asked of it. */
  readonly mode: HostMode;
  readonly preferences: HostPreferences;
}

const NO_PREFERENCES: HostPreferences = { pinned: [], accepted: [], apps: {} };

export interface HostChoice {
  /** Empty: every saved host. */
  readonly targets: readonly string[];
  /** Tried before a saved host's own. */
  readonly identityFiles: readonly string[];
  readonly defaultUser: string;
  /** What the problems of saved hosts are about. */
  readonly settingsFile: string;
}

/**
 * The hosts that `targets` name; a target that is saved brings its id and preferences along, another gets an id for
 * this run. No targets: every saved host, and a problem for each that cannot be. The same target twice is one host.
 * @throws AppError TARGET_INVALID for a target that was named
 */
export function coreHosts(
  settings: Settings,
  { targets, identityFiles, defaultUser, settingsFile }: HostChoice,
): { readonly hosts: CoreHost[]; readonly problems: readonly Problem[] } {
  const { byTarget, problems } = readSavedHosts(settings.hosts, { defaultUser, file: settingsFile });
  if (targets.length === 0) {
    return { hosts: [...byTarget.values()].map(({ target, host }) => coreHost(target, host, identityFiles)), problems };
  }
  const named = new Map(
    targets.map((text) => {
      const target = parseTarget(text, { defaultUser });
      return [formatTarget(target), target] as const;
    }),
  );
  const hosts = [...named].map(([text, target]) => coreHost(target, byTarget.get(text)?.host, identityFiles));
  return { hosts, problems: [] };
}

function coreHost(target: SshTarget, saved: HostSettings | undefined, identityFiles: readonly string[]): CoreHost {
  const files = [...identityFiles, ...(saved?.identityFiles ?? [])];
  return {
    id: saved?.id ?? randomUUID(),
    target,
    identityFiles: files.length === 0 ? null : files,
    mode: saved?.mode ?? 'observe',
    preferences: saved ?? NO_PREFERENCES,
  };
}

/** Wires the domains together and starts to follow the hosts. Dispose it to close every connection. */
export function openFleet(hosts: readonly CoreHost[], options: CoreOptions): FleetService {
  const { home, settings, clock, random, toAppError, prompts, agentSocket, knownHostsFile, acceptHostKey, retry } =
    options;
  const policy = createHostKeyPolicy({
    userFile: knownHostsFile,
    ownFile: home.knownHostsFile,
    ownFolder: { check: () => checkHome(home.path), open: () => openHome(home.path) },
    pinned: acceptHostKey ?? undefined,
  });
  const member = ({ id, target, mode, identityFiles, preferences }: CoreHost): FleetMember => ({
    id,
    target: formatTarget(target),
    preferences,
    connector: {
      connect: async (signal) => {
        const connection = await connectSsh({ target, policy, prompts, identityFiles, agentSocket, clock, signal });
        return openLink(connection, { mode, signal });
      },
    },
  });
  return new FleetService({
    members: hosts.map(member),
    intervals: {
      refreshMs: settings.intervals.refreshSeconds * 1_000,
      sampleMs: settings.intervals.sampleSeconds * 1_000,
    },
    retry,
    clock,
    random,
    toAppError,
  });
}
