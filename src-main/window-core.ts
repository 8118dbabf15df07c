import { networkInterfaces } from 'node:os';
import { assembleActions, journalDesk, journalOf, recordedHosts } from './acting.ts';
import { FleetService } from './fleet/fleet-service.ts';
import { watchNetworks } from './fleet/network-watch.ts';
import type { Home } from './home/home.ts';
import { type HomeLock, type LockRole, lockHome } from './home/lock.ts';
import { fleetMember } from './hosts/fleet-member.ts';
import { HostBook } from './hosts/host-book.ts';
import { createHostReach, homeHostKeys, sshConfigOf } from './hosts/host-reach.ts';
import { findIdentities } from './hosts/identities.ts';
import { Questions } from './hosts/questions.ts';
import { Secrets } from './hosts/secrets.ts';
import type { SecretsPort } from './hosts/secrets-port.ts';
import { SettingsDesk } from './hosts/settings-desk.ts';
import type { SshFiles } from './hosts/ssh-files.ts';
import { HostTrials } from './hosts/trial.ts';
import { inWindowWords } from './hosts/window-words.ts';
import type { Clock } from './kernel/clock.ts';
import type { AppError } from './kernel/errors.ts';
import { visibleText } from './kernel/text.ts';
import type { Services } from './router/services.ts';
import { keepSettings, type SettingsKeeper } from './settings/settings-keeper.ts';
import { openSettings } from './settings/settings-store.ts';
import { machineOf } from './ssh/errors.ts';
import type { Hop } from './ssh/hop.ts';
import { createHopPool } from './ssh/hop-pool.ts';

/** Everything a core behind windows needs from the shell it runs in. */
export interface WindowCoreOptions {
  readonly home: Home;
  readonly role: Exclude<LockRole, 'cli'>;
  readonly appVersion: string;
  readonly clock: Clock;
  readonly random: () => number;
  readonly newId: () => string;
  /** Makes an AppError of what a bug threw, and keeps its stack in the log. */
  readonly toAppError: (error: unknown) => AppError;
  /** Who this process runs as: who logs in where a target names nobody, and who the journal says it was. */
  readonly defaultUser: string;
  /** What this machine is called, for the journal. */
  readonly machine: string;
  /** Where the journal is exported to. */
  readonly exportFolder: string;
  readonly sshFiles: SshFiles;
  /** Where secrets may be kept for good. */
  readonly keychain: SecretsPort;
  /** Gives up opening. */
  readonly signal: AbortSignal;
}

/** A running core, as a router serves it. Disposing closes the connections, withdraws questions, lets go of the home. */
export interface WindowCore extends AsyncDisposable {
  readonly services: Services;
  /** This machine has slept: nothing is fresh any more, and every host is asked again. Called where the shell is told of it. */
  wake(): void;
}

/**
 * Takes the home, which is opened, for as long as the core lives, and follows every saved host.
 * @throws AppError HOME_LOCKED, HOME_UNUSABLE, or the signal's own
 */
export async function openWindowCore(options: WindowCoreOptions): Promise<WindowCore> {
  const { home, role, appVersion, clock, signal, toAppError } = options;
  await using cleanup = new AsyncDisposableStack();
  const lock: HomeLock = cleanup.use(await lockHome(home, { clock, role, signal }));
  const settings = await keepSettings(openSettings(home, { clock }), async () => lock);
  const journal = cleanup.use(await journalOf(home, options));
  const { fleet, book, questions, secrets, wake } = assemble(options, { saved: settings, shown: settings }, cleanup);
  const actions = assembleActions({ fleet, journal, hosts: book }, options, cleanup);
  await book.follow();
  const owned = cleanup.move();
  return {
    services: {
      welcome: { appVersion, shell: role, demo: false },
      fleet,
      hosts: recordedHosts(book, actions),
      questions,
      settings: new SettingsDesk({ settings, book, home, secrets }),
      actions,
      journal: journalDesk(journal),
      toAppError,
    },
    wake: () => wake('sleep'),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

interface CoreSettings {
  /** Where hosts are saved. */
  readonly saved: SettingsKeeper;
  /** What windows show, and intervals follow. */
  readonly shown: SettingsKeeper;
}

export interface CoreParts {
  readonly fleet: FleetService;
  readonly book: HostBook;
  readonly questions: Questions;
  readonly secrets: Secrets;
  /** See {@link WindowCore.wake}; or this machine is in another network. */
  readonly wake: (why: 'sleep' | 'network') => void;
}

/** Wires the domains together; no host is followed yet. `cleanup` disposes them in reverse. */
export function assemble(
  options: WindowCoreOptions,
  { saved, shown }: CoreSettings,
  cleanup: AsyncDisposableStack,
): CoreParts {
  const { home, clock, random, newId, toAppError, defaultUser, sshFiles, keychain } = options;
  const policy = homeHostKeys(home, { files: sshFiles, pinned: null });
  const config = sshConfigOf(sshFiles, defaultUser);
  const onOpen = (hop: Hop) => fleet.wayIsOpen(machineOf(hop));
  const hops = cleanup.use(createHopPool({ clock, onOpen }));
  const reach = createHostReach({ policy, config, hops, clock });
  const memoryMinutes = () => shown.state.settings.secrets.memoryMinutes;
  const secrets = cleanup.use(new Secrets({ clock, memoryMinutes, keychain, file: home.secretsFile }));
  const questions = cleanup.use(new Questions({ newId, secrets }));
  const trials = cleanup.use(new HostTrials({ reach: inWindowWords(reach), questions, clock }));
  const fleet = cleanup.use(
    new FleetService({ members: [], intervals: liveIntervals(shown), retry: true, clock, random, toAppError }),
  );
  cleanup.use(shown.subscribe(() => fleet.followIntervals()));
  const closing = new AbortController();
  cleanup.defer(() => closing.abort());
  const book = new HostBook({
    settings: saved,
    fleet,
    member: (host) =>
      fleetMember(host, inWindowWords(reach), questions.promptsFor({ hostId: host.id, target: host.target })),
    trials,
    identities: () => findIdentities({ ...sshFiles, homeDir: sshFiles.userFolder, clock, signal: closing.signal }),
    aliases: () => config.aliases(),
    newId,
    homeDir: sshFiles.userFolder,
    file: visibleText(home.settingsFile),
  });
  const wake = (why: 'sleep' | 'network') => {
    // A connection on the way may be as dead as those to the hosts, and tells nobody either.
    hops.doubt();
    fleet.wake(why);
  };
  cleanup.use(watchNetworks({ clock, interfaces: networkInterfaces, onChange: () => wake('network') }));
  return { fleet, book, questions, secrets, wake };
}

/** Read at every use, so that running sessions follow a change. */
function liveIntervals(settings: SettingsKeeper) {
  const now = () => settings.state.settings.intervals;
  return {
    get refreshMs() {
      return now().refreshSeconds * 1_000;
    },
    get sampleMs() {
      return now().sampleSeconds * 1_000;
    },
  };
}
