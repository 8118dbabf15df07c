import { randomUUID } from 'node:crypto';
import { networkInterfaces } from 'node:os';
import type { Problem } from '#contract/errors.ts';
import { FleetService } from './fleet/fleet-service.ts';
import type { WakeReason } from './fleet/host-session.ts';
import { watchNetworks } from './fleet/network-watch.ts';
import { watchForWake } from './fleet/wake-watch.ts';
import type { Home } from './home/home.ts';
import { fleetMember, type HostToFollow, passingHost, savedHost } from './hosts/fleet-member.ts';
import { commandLineHints } from './hosts/host-hints.ts';
import { createHostReach, type HostReach, homeHostKeys, sshConfigOf } from './hosts/host-reach.ts';
import { readSavedHosts } from './hosts/saved-hosts.ts';
import type { SshFiles } from './hosts/ssh-files.ts';
import type { Clock } from './kernel/clock.ts';
import type { AppError } from './kernel/errors.ts';
import type { Settings } from './settings/schema.ts';
import type { SshPrompts } from './ssh/connection-types.ts';
import { createHopPool, type HopPool } from './ssh/hop-pool.ts';
import { formatTarget, parseTarget } from './ssh/target.ts';

/** Everything the core needs from the command line it runs in. */
export interface CoreOptions {
  readonly home: Home;
  readonly settings: Settings;
  readonly clock: Clock;
  readonly random: () => number;
  /** Makes an AppError of what a bug threw, and keeps its stack in the log. */
  readonly toAppError: (error: unknown) => AppError;
  readonly prompts: SshPrompts;
  readonly sshFiles: SshFiles;
  /** Who logs in where neither the target nor ssh_config names anybody. */
  readonly defaultUser: string;
  /** `SHA256:…` that answers the host-key question beforehand; null: ask. */
  readonly acceptHostKey: string | null;
  /** False: one attempt for each host, and nothing is done when this machine has slept or changed its network. */
  readonly retry: boolean;
  /** Default: this machine's. */
  readonly interfaces?: typeof networkInterfaces;
}

export interface HostChoice {
  /** Empty: every saved host. */
  readonly targets: readonly string[];
  /** Tried before a saved host's own. */
  readonly identityFiles: readonly string[];
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
  { targets, identityFiles, settingsFile: file }: HostChoice,
): { readonly hosts: HostToFollow[]; readonly problems: readonly Problem[] } {
  const { byTarget, leftOut } = readSavedHosts(settings.hosts, { file, hints: commandLineHints });
  if (targets.length === 0) {
    const hosts = [...byTarget.values()].map(({ target, host }) => savedHost(target, host, identityFiles));
    return { hosts, problems: [...leftOut.values()] };
  }
  const named = new Map(
    targets.map((text) => {
      const target = parseTarget(text);
      return [formatTarget(target), target] as const;
    }),
  );
  const hosts = [...named].map(([text, target]) => {
    const saved = byTarget.get(text)?.host;
    return saved === undefined
      ? passingHost(randomUUID(), target, identityFiles)
      : savedHost(target, saved, identityFiles);
  });
  return { hosts, problems: [] };
}

/**
 * Wires the domains together and starts to follow the hosts; while they are tried on, a sleep of this machine, or another
 * network, makes all that is known stale at once. Dispose it to close every connection to a host; `cleanup`,
 * which is disposed later, closes those on the way.
 */
export function openFleet(
  hosts: readonly HostToFollow[],
  options: CoreOptions,
  cleanup: AsyncDisposableStack,
): FleetService {
  const { settings, clock, random, toAppError, prompts, retry, interfaces = networkInterfaces } = options;
  const hops = cleanup.use(createHopPool({ clock }));
  const reach = reachThrough(hops, options);
  const fleet = new FleetService({
    members: hosts.map((host) => fleetMember(host, reach, prompts)),
    intervals: {
      refreshMs: settings.intervals.refreshSeconds * 1_000,
      sampleMs: settings.intervals.sampleSeconds * 1_000,
    },
    retry,
    clock,
    random,
    toAppError,
  });
  // What is tried once ends before it could show anything that is old.
  if (retry) {
    const wake = (why: WakeReason) => {
      // A connection on the way may be as dead as those to the hosts, and tells nobody either.
      hops.doubt();
      fleet.wake(why);
    };
    cleanup.use(watchForWake(clock, () => wake('sleep')));
    cleanup.use(watchNetworks({ clock, interfaces, onChange: () => wake('network') }));
  }
  return fleet;
}

type ReachParts = Pick<CoreOptions, 'home' | 'clock' | 'sshFiles' | 'defaultUser' | 'acceptHostKey'>;

/** The way to hosts for one command; `cleanup` closes connections to machines on it. */
export function openReach(parts: ReachParts, cleanup: AsyncDisposableStack): HostReach {
  return reachThrough(cleanup.use(createHopPool(parts)), parts);
}

function reachThrough(hops: HopPool, { home, clock, sshFiles, defaultUser, acceptHostKey }: ReachParts): HostReach {
  const policy = homeHostKeys(home, { files: sshFiles, pinned: acceptHostKey });
  return createHostReach({ policy, config: sshConfigOf(sshFiles, defaultUser), hops, clock });
}
