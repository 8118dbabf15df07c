import { assembleActions, journalDesk, journalOf, recordedHosts } from './acting.ts';
import type { ActionHosts, ServiceOfHost } from './actions/host-policy.ts';
import { openReach } from './app.ts';
import { SwitchedJournal } from './audit/switched-journal.ts';
import type { FleetService } from './fleet/fleet-service.ts';
import type { HostPreferences } from './fleet/model.ts';
import { homeAt, openHome } from './home/home.ts';
import { type HomeLock, lockHome } from './home/lock.ts';
import { fleetMember, NO_PREFERENCES, passingHost } from './hosts/fleet-member.ts';
import { SettingsDesk } from './hosts/settings-desk.ts';
import { noSshFiles } from './hosts/ssh-files.ts';
import { HostTrials } from './hosts/trial.ts';
import { AppError } from './kernel/errors.ts';
import { Listeners } from './kernel/listeners.ts';
import type { Services } from './router/services.ts';
import { defaultSettings } from './settings/schema.ts';
import { keepSettings, type SettingsKeeper, sessionSettings } from './settings/settings-keeper.ts';
import { openSettings } from './settings/settings-store.ts';
import type { SshPrompts } from './ssh/connection-types.ts';
import { formatTarget, parseTarget } from './ssh/target.ts';
import { assemble, type WindowCore, type WindowCoreOptions } from './window-core.ts';

/** The made-up fleet: real SSH servers on loopback in front of simulated engines. */
export interface DemoFleet extends AsyncDisposable {
  readonly hosts: readonly {
    readonly id: string;
    readonly label: string;
    /** `ssh://…` */
    readonly target: string;
    readonly identityFile: string;
    /** `SHA256:…` */
    readonly hostKeyFingerprint: string;
  }[];
  /** Temporary, and gone with it; host keys are kept there. */
  readonly folder: string;
}

/**
 * A core that follows made-up hosts, until the operator adds a first one of their own. `options.home` is where that one
 * is saved: it need not be there, is opened and locked only then, and nothing else is written to it before, but for a
 * host key that is accepted while a host is tried.
 *
 * There is one fleet service all along. With the first real host it lets go of the made-up ones and follows what is
 * saved; windows that are open see the hosts change, and one that greets anew is told that this is no demo any more.
 * The core owns `demo` and ends it with that, or with itself.
 */
export async function openDemoCore(demo: DemoFleet, options: WindowCoreOptions): Promise<WindowCore> {
  const { home, role, appVersion, clock, toAppError } = options;
  await using cleanup = new AsyncDisposableStack();
  const made = cleanup.use(once(demo));
  const saved = await keepSettings(openSettings(home, { clock }), lockLater(options, cleanup));
  const stage = new Stage(saved);
  const { fleet, book, questions, secrets, wake } = assemble(
    options,
    { saved: stage.saved, shown: stage.shown },
    cleanup,
  );
  // What is done to made-up hosts is no part of the operator's own record.
  const journal = cleanup.use(
    new SwitchedJournal(
      await journalOf(homeAt(demo.folder), options),
      // A first real host is seen before the demo has ended: what is done about it belongs to the operator's record.
      (body) => !('host' in body) || demo.hosts.some(({ id }) => id === body.host.id),
    ),
  );
  const hosts = new StagedHosts({ demo: () => stage.isDemo, fleet, saved: book });
  const actions = assembleActions({ fleet, journal, hosts }, options, cleanup);
  const madeUpTrials = new Map<string, MadeUpTrial>();
  for (const { host, reach } of madeUpHosts(demo, options, cleanup)) {
    fleet.add(fleetMember(host, reach, nobody));
    // With the keys of the demo: the operator's own know nothing of it, and are to learn nothing.
    const trials = cleanup.use(new HostTrials({ reach, questions: { promptsFor: () => nobody }, clock }));
    madeUpTrials.set(formatTarget(host.target), { trials, identityFiles: host.identityFiles ?? [] });
  }

  let leaving: Promise<void> | null = null;
  const leave = async () => {
    // Runs of hosts that go end as unknown; that belongs to the journal they began in.
    await Promise.all(demo.hosts.map(({ id }) => fleet.remove(id)));
    await idle(actions);
    await journal.switchTo(() => journalOf(home, options));
    await made[Symbol.asyncDispose]();
  };
  const unlessDemo = <T>(change: () => Promise<T>): Promise<T> => (stage.isDemo ? Promise.reject(madeUp()) : change());
  const owned = cleanup.move();
  return {
    services: {
      get welcome() {
        return { appVersion, shell: role, demo: stage.isDemo };
      },
      fleet,
      hosts: recordedHosts(
        {
          list: () => book.list(),
          identities: () => book.identities(),
          aliases: () => book.aliases(),
          connection: (id) => book.connection(id),
          test(request, signal) {
            const madeUp = stage.isDemo ? madeUpTrials.get(request.target) : undefined;
            if (madeUp === undefined) return book.test(request, signal);
            return madeUp.trials.test({ ...request, identityFiles: madeUp.identityFiles }, signal);
          },
          async add(wish) {
            const added = await book.add(wish);
            // What cannot be tidied away of the demo is no reason to call a host that was added refused.
            leaving ??= leave().catch((error: unknown) => void toAppError(error));
            await leaving;
            return added;
          },
          rename: (request) => unlessDemo(() => book.rename(request)),
          remove: (id) => unlessDemo(() => book.remove(id)),
          restore: (id) => unlessDemo(() => book.restore(id)),
          retry: (id) => book.retry(id),
        },
        actions,
      ),
      questions,
      settings: new SettingsDesk({
        settings: stage.shown,
        book: {
          problems: () => (stage.isDemo ? [] : book.problems()),
          follow: async () => (stage.isDemo ? undefined : await book.follow()),
        },
        home,
        secrets,
      }),
      actions,
      journal: journalDesk(journal),
      toAppError,
    },
    wake: () => wake('sleep'),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** Whose settings are shown: the session's own while it is a demo, from the first real host on those of the home. */
class Stage {
  readonly shown: SettingsKeeper;
  /** The home's. */
  readonly saved: SettingsKeeper;
  #isDemo = true;

  constructor(home: SettingsKeeper) {
    const session = sessionSettings();
    const changed = new Listeners();
    const now = () => (this.#isDemo ? session : home);
    session.subscribe(() => changed.tell());
    home.subscribe(() => changed.tell());
    this.shown = {
      get state() {
        return now().state;
      },
      update: (change) => now().update(change),
      subscribe: (onChange) => changed.subscribe(onChange),
    };
    this.saved = {
      get state() {
        return home.state;
      },
      // The first write is that of the first host. What the operator chose to look at in the demo goes on with it.
      update: async (change) => {
        if (!this.#isDemo) return await home.update(change);
        const { theme } = session.state.settings;
        const chosen = theme === defaultSettings().theme ? {} : { theme };
        const state = await home.update((settings) => ({ ...change(settings), ...chosen }));
        this.#isDemo = false;
        changed.tell();
        return state;
      },
      subscribe: (onChange) => home.subscribe(onChange),
    };
  }

  get isDemo(): boolean {
    return this.#isDemo;
  }
}

interface StagedHostsOptions {
  readonly demo: () => boolean;
  readonly fleet: Pick<FleetService, 'update'>;
  readonly saved: ActionHosts;
}

/** The mode and protection of made-up hosts are kept for the session only. */
class StagedHosts implements ActionHosts {
  readonly #options: StagedHostsOptions;
  readonly #protected = new Map<string, HostPreferences['protected']>();

  constructor(options: StagedHostsOptions) {
    this.#options = options;
  }

  async setMode(wish: Parameters<ActionHosts['setMode']>[0]): Promise<void> {
    const { demo, fleet, saved } = this.#options;
    if (demo()) fleet.update(wish.id, { mode: wish.mode });
    else await saved.setMode(wish);
  }

  async setProtected(wish: Parameters<ActionHosts['setProtected']>[0]): Promise<void> {
    const { demo, fleet, saved } = this.#options;
    if (!demo()) return void (await saved.setProtected(wish));
    const { hostId, app, service, protect } = wish;
    const others = this.#of(hostId).filter((one) => one.app !== app || one.service !== service);
    const now = protect ? [...others, { app, service }] : others;
    this.#protected.set(hostId, now);
    fleet.update(hostId, { preferences: { ...NO_PREFERENCES, protected: now } });
  }

  isProtected(wish: ServiceOfHost): boolean {
    const { demo, saved } = this.#options;
    if (!demo()) return saved.isProtected(wish);
    return this.#of(wish.hostId).some(({ app, service }) => app === wish.app && service === wish.service);
  }

  #of(hostId: string): HostPreferences['protected'] {
    return this.#protected.get(hostId) ?? [];
  }
}

/** Resolves when no run is under way any more. */
async function idle(actions: Pick<Services['actions'], 'runs' | 'subscribe'>): Promise<void> {
  while (actions.runs().some(({ state }) => state === 'running')) {
    const { promise, resolve } = Promise.withResolvers<void>();
    using _ = actions.subscribe(resolve);
    await promise;
  }
}

function madeUpHosts(demo: DemoFleet, { clock, defaultUser }: WindowCoreOptions, cleanup: AsyncDisposableStack) {
  const home = homeAt(demo.folder);
  // What the operator's own ssh_config says is not meant for hosts that do not exist.
  const sshFiles = noSshFiles(demo.folder);
  return demo.hosts.map(({ id, label, target, identityFile, hostKeyFingerprint: acceptHostKey }) => {
    const reach = openReach({ home, clock, sshFiles, defaultUser, acceptHostKey }, cleanup);
    const host = { ...passingHost(id, parseTarget(target), [identityFile]), label };
    return { host, reach };
  });
}

interface MadeUpTrial {
  readonly trials: HostTrials;
  readonly identityFiles: readonly string[];
}

/** The host keys are known, and no key is encrypted. */
const nobody: SshPrompts = {
  acceptHostKey: async () => 'unanswerable',
  passphrase: async () => null,
  password: async () => null,
  challenge: async () => null,
  wrongPassword: () => undefined,
};

function lockLater({ home, clock, role }: WindowCoreOptions, cleanup: AsyncDisposableStack): () => Promise<HomeLock> {
  let taken: Promise<HomeLock> | null = null;
  const take = async () => await lockHome(await openHome(home.path), { clock, role });
  cleanup.defer(async () => {
    const lock = await taken?.catch(() => null);
    lock?.[Symbol.dispose]();
  });
  return () => {
    taken ??= take().catch((error: unknown) => {
      // Whoever holds the home may have let go of it by the next try.
      taken = null;
      throw error;
    });
    return taken;
  };
}

function once(demo: AsyncDisposable): AsyncDisposable {
  let ended: Promise<void> | null = null;
  return {
    async [Symbol.asyncDispose]() {
      ended ??= Promise.resolve(demo[Symbol.asyncDispose]());
      await ended;
    },
  };
}

function madeUp(): AppError {
  return new AppError('USAGE', 'This is the demo: its hosts are made up, and cannot be changed.', {
    hint: 'Add your host: with the first of your own the demo ends.',
  });
}
