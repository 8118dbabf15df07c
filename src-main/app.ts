import { randomUUID } from 'node:crypto';
import { openLink } from './engine/link.ts';
import { type FleetMember, FleetService } from './fleet/fleet-service.ts';
import type { HostPreferences } from './fleet/model.ts';
import type { Home } from './home/home.ts';
import type { Clock } from './kernel/clock.ts';
import type { AppError } from './kernel/errors.ts';
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
  readonly preferences: HostPreferences;
}

const NO_PREFERENCES: HostPreferences = { pinned: [], accepted: [], apps: {} };

/**
 * The hosts that `targets` name; a target that is saved brings its id and preferences along, another gets an id for
 * this run. No targets: every saved host. The same target twice is one host.
 * @param identityFiles before a saved host's own
 * @throws AppError TARGET_INVALID
 */
export function coreHosts(
  settings: Settings,
  targets: readonly string[],
  identityFiles: readonly string[],
  defaultUser: string,
): CoreHost[] {
  const saved = new Map(settings.hosts.map((host) => [host.target, host]));
  const wanted = targets.length === 0 ? [...saved.keys()] : targets;
  const canonical = new Map(
    wanted.map((text) => {
      const target = parseTarget(text, { defaultUser });
      return [formatTarget(target), target] as const;
    }),
  );
  return [...canonical].map(([text, target]) => coreHost(target, saved.get(text), identityFiles));
}

function coreHost(target: SshTarget, saved: HostSettings | undefined, identityFiles: readonly string[]): CoreHost {
  const files = [...identityFiles, ...(saved?.identityFiles ?? [])];
  return {
    id: saved?.id ?? randomUUID(),
    target,
    identityFiles: files.length === 0 ? null : files,
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
    pinned: acceptHostKey ?? undefined,
  });
  const member = ({ id, target, identityFiles, preferences }: CoreHost): FleetMember => ({
    id,
    target: formatTarget(target),
    preferences,
    connector: {
      connect: async (signal) =>
        openLink(await connectSsh({ target, policy, prompts, identityFiles, agentSocket, clock, signal }), signal),
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
