import { ActionDesk } from './actions/action-desk.ts';
import type { ActionHosts } from './actions/host-policy.ts';
import { createRunBook } from './actions/run-book.ts';
import { Timeline } from './actions/timeline.ts';
import type { Journal } from './audit/journal.ts';
import { openJournal } from './audit/open-journal.ts';
import type { FleetService } from './fleet/fleet-service.ts';
import type { Home } from './home/home.ts';
import { limits } from './kernel/limits.ts';
import { InTurn, shared } from './router/in-turn.ts';
import type { Services } from './router/services.ts';
import type { WindowCoreOptions } from './window-core.ts';

interface ActingParts {
  readonly fleet: FleetService;
  readonly journal: Journal;
  /** Where a host's mode and protection are kept. */
  readonly hosts: ActionHosts;
}

/** What lets a window act: plans, runs and the timeline, over a fleet and a journal. `cleanup` disposes them in reverse. */
export function assembleActions(
  { fleet, journal, hosts }: ActingParts,
  { clock, newId, toAppError }: Pick<WindowCoreOptions, 'clock' | 'newId' | 'toAppError'>,
  cleanup: AsyncDisposableStack,
): ActionDesk {
  const runs = cleanup.use(createRunBook({ fleet, journal, clock, newId, toAppError }));
  const timeline = cleanup.use(new Timeline({ fleet, runs, clock }));
  return cleanup.use(new ActionDesk({ fleet, journal, runs, timeline, hosts, clock, newId }));
}

/**
 * The journal of `home`, whose lock the caller holds. A journal that is broken or cannot be written opens as well, says
 * so, and refuses every record.
 */
export function journalOf(
  home: Home,
  { role, appVersion, clock, defaultUser, machine, exportFolder, toAppError }: WindowCoreOptions,
): Promise<Journal> {
  return openJournal({
    folder: home.journalFolder,
    anchorFile: home.journalAnchorFile,
    author: { user: defaultUser, machine, shell: role },
    version: appVersion,
    exportFolder,
    clock,
    toAppError,
  });
}

/** The hosts as windows have them: a change of mode goes through the desk, which records it. */
export function recordedHosts(
  book: Omit<Services['hosts'], 'setMode'>,
  desk: Pick<ActionDesk, 'setMode'>,
): Services['hosts'] {
  return {
    list: () => book.list(),
    identities: () => book.identities(),
    aliases: () => book.aliases(),
    connection: (id) => book.connection(id),
    test: (request, signal) => book.test(request, signal),
    add: (request) => book.add(request),
    rename: (request) => book.rename(request),
    remove: (id) => book.remove(id),
    restore: (id) => book.restore(id),
    setMode: (request) => desk.setMode(request),
    retry: (id) => book.retry(id),
  };
}

/** The journal as windows have it: however many ask, it is verified or exported once at a time. */
export function journalDesk(journal: Journal): Services['journal'] {
  const verify = shared((signal) => journal.verify(signal));
  const exports = new InTurn(limits.journal.exportsAtOnce, 'exports of the journal');
  return {
    subscribe: (onChange) => journal.subscribe(onChange),
    status: () => journal.status,
    read: (request) => journal.read(request),
    verify,
    export: (filter, signal) => exports.take(signal, () => journal.export(filter, signal)),
    setAside: () => journal.setAside(),
  };
}
