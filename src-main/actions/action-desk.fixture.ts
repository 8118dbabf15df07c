import type { ActionRequest, ContainerAction, LockedAction } from '#contract/actions.ts';
import { type ManualClock, manualClock } from '../kernel/clock.fixture.ts';
import { ActionDesk } from './action-desk.ts';
import { container, FakeFleet, FakeHost, HOST_ID, NOW } from './host.fixture.ts';
import { FakeHosts } from './hosts.fixture.ts';
import { FakeJournal } from './journal.fixture.ts';
import { FakeRuns } from './runs.fixture.ts';

export const api = container({ id: 'a41c' });
export const web = container({ id: '3eb0', service: 'web' });
export const postgres = container({ id: 'd8d8', service: 'postgres', image: 'postgres:16.4' });

export const OTHER_HOST = 'a0000000-0000-4000-8000-000000000002';

export interface DeskParts extends Disposable {
  readonly clock: ManualClock;
  readonly trace: string[];
  readonly atlas: FakeHost;
  /** Holds containers of the same ids, as a machine that was cloned does. */
  readonly borealis: FakeHost;
  readonly fleet: FakeFleet;
  readonly journal: FakeJournal;
  readonly runs: FakeRuns;
  readonly hosts: FakeHosts;
  readonly desk: ActionDesk;
}

/** A desk over two hosts with the app `shop`, in operate. */
export function openDesk(): DeskParts {
  const clock = manualClock(NOW);
  const trace: string[] = [];
  const atlas = new FakeHost('atlas', { trace }).put(api, web, postgres);
  const borealis = new FakeHost('borealis', { id: OTHER_HOST, trace }).put(api, web, postgres);
  const fleet = new FakeFleet(atlas, borealis);
  const journal = new FakeJournal(trace);
  let ids = 0;
  const newId = () => `c0000000-0000-4000-8000-${String(++ids).padStart(12, '0')}`;
  const runs = new FakeRuns(fleet, journal, newId);
  const hosts = new FakeHosts(fleet, trace);
  const timeline = { read: () => [] };
  const desk = new ActionDesk({ fleet, journal, runs, timeline, hosts, clock, newId });
  return {
    clock,
    trace,
    atlas,
    borealis,
    fleet,
    journal,
    runs,
    hosts,
    desk,
    [Symbol.dispose]: () => desk[Symbol.dispose](),
  };
}

export function request(action: ContainerAction, containerId = api.id, hostId = HOST_ID): ActionRequest {
  return { action, hostId, containerId };
}

export const restartShop: ActionRequest = { action: 'app.restart', hostId: HOST_ID, app: 'shop' };

/** Confirms a plan as it is made. */
export async function act({ desk }: Pick<DeskParts, 'desk'>, wish: ActionRequest, reason: string | null = null) {
  const { id } = await desk.plan(wish, new AbortController().signal);
  return desk.run({ plan: id, reason });
}

export function unlockPostgres(
  { desk }: Pick<DeskParts, 'desk'>,
  action: LockedAction = 'container.stop',
  hostId = HOST_ID,
) {
  return desk.unlock({ hostId, containerId: postgres.id, action, reason: 'it hangs' }, new AbortController().signal);
}
