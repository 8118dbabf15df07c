import { afterEach, describe, expect, it } from 'vitest';
import type { ContainerDetail, EngineEvent } from '../engine/model.ts';
import { type FakeLink, fakeEngine, fakeLink, fixtureClock, never, toAppError } from '../fleet/engine.fixture.ts';
import { detail, engineAt, engineEvent, NO_PREFERENCES, summary } from '../fleet/facts.fixture.ts';
import { FleetService } from '../fleet/fleet-service.ts';
import type { HostEvent } from '../fleet/host-access.ts';
import { AppError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import { Timeline } from './timeline.ts';

const open: AsyncDisposable[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each[Symbol.asyncDispose]();
});

const HOST = '00000000-0000-4000-8000-000000000001';
const HOUR = 3_600_000;
const LABELS = { 'com.docker.compose.project': 'shop' };
const ALWAYS = { name: 'always', maximumRetries: 0 } as const;

/** A container of the app `shop`, by its id and what is to be said of it. */
function shop(id: string, over: Partial<ContainerDetail> = {}): ContainerDetail {
  const labels = { ...LABELS, 'com.docker.compose.service': over.name ?? id };
  return detail(id, { name: id, startedAt: engineAt(-HOUR), restartPolicy: ALWAYS, ...over, labels });
}

/** A host that is live, and the timeline of what happens on it; `set` is what its engine has from then on. */
async function follow(...first: readonly ContainerDetail[]) {
  const clock = fixtureClock();
  const zero = clock.now();
  const engine = fakeEngine([], () => clock.monotonic());
  let details = new Map<string, ContainerDetail>();
  const set = (...all: readonly ContainerDetail[]) => {
    details = new Map(all.map((each) => [each.id, each]));
    engine.containers = all.map(({ id, name, labels, state, createdAt, exitCode }) =>
      summary(id, { name, labels, state, createdAt, exitCode: state === 'running' ? null : exitCode }),
    );
  };
  engine.answers.inspect = async (id) => {
    const found = details.get(id);
    if (found === undefined) throw new AppError('ENGINE_NOT_FOUND', 'No such container.');
    return found;
  };
  set(...first);
  const links: FakeLink[] = [];
  const connect = async () => {
    const link = fakeLink(engine);
    links.push(link);
    return link;
  };
  const fleet = new FleetService({
    members: [
      {
        ...{ id: HOST, target: 'ssh://ops@atlas', label: 'atlas', mode: 'operate', preferences: NO_PREFERENCES },
        ...{ rates: { changesPerMinute: 10, destroysPerMinute: 3 }, connector: { connect } },
      },
    ],
    ...{ intervals: { refreshMs: 10_000, sampleMs: 5_000 }, retry: true, random: () => 1, clock, toAppError },
  });
  open.push(fleet);
  const events: HostEvent[] = [];
  fleet.onEvent((event) => events.push(event));
  const timeline = new Timeline({ fleet, runs: { list: () => [] }, clock });
  await clock.advance(5_000);
  /** Oldest first, `at` in hours since the beginning. */
  const told = () =>
    timeline
      .read({ hostId: HOST, app: 'shop' })
      .toReversed()
      .map(({ at, service, text, by }) => `${((Date.parse(at) - zero) / HOUR).toFixed(2)} ${service}: ${text} (${by})`);
  return { clock, engine, links, fleet, timeline, events, set, told };
}

/** Eight hours of sleep after which the link is dead, and the machine is woken. */
async function sleepThrough({ clock, engine, fleet }: Awaited<ReturnType<typeof follow>>, happens: () => void) {
  const works = { ...engine.answers };
  engine.answers.ping = never;
  clock.nap(8 * HOUR);
  happens();
  fleet.wake('sleep');
  await clock.advance(limits.fleet.wakeAnswerMs);
  engine.answers = works;
  await clock.advance(10_000);
}

describe('what happened while nobody listened', () => {
  it('is rebuilt after eight hours of sleep from what inspects show, and marked so', async () => {
    const once = { restartPolicy: { name: 'no', maximumRetries: 0 } } as const;
    const quiet = shop('quiet');
    const given = await follow(shop('loops'), shop('stopped'), shop('old', { name: 'web' }), shop('back', once), quiet);
    const { set, told, timeline, links } = given;
    await sleepThrough(given, () =>
      set(
        shop('loops', { restartCount: 3, startedAt: engineAt(3 * HOUR), finishedAt: engineAt(3 * HOUR - 900) }),
        shop('stopped', { state: 'exited', exitCode: 137, finishedAt: engineAt(4 * HOUR) }),
        shop('new', { name: 'web', createdAt: engineAt(5 * HOUR), startedAt: engineAt(5 * HOUR + 1_000) }),
        shop('back', { ...once, finishedAt: engineAt(6 * HOUR), startedAt: engineAt(7 * HOUR) }),
        quiet,
      ),
    );
    expect([links.length, told()]).toEqual([
      2,
      [
        '3.00 loops: Restarted 3 times by its engine, seen afterwards (itself)',
        '4.00 stopped: Stopped, seen afterwards (outside)',
        '5.00 web: Created, seen afterwards (outside)',
        '5.00 web: Started, seen afterwards (outside)',
        '6.00 back: Ended, seen afterwards (itself)',
        '7.00 back: Started, seen afterwards (outside)',
        // When it was found: the engine keeps nothing of what is gone.
        '8.00 web: Removed, seen afterwards (outside)',
      ],
    ]);
    expect(new Set(timeline.read({ hostId: HOST, app: 'shop' }).map(({ seen }) => seen))).toEqual(
      new Set(['afterwards']),
    );
  });

  it('is not told afterwards where the engine replays it, and not twice where that comes late', async () => {
    const given = await follow(shop('api'), shop('web'));
    const { clock, engine, set, told } = given;
    const replayed: EngineEvent[] = [
      engineEvent('api', 'die', 8 * HOUR - 60_000, { exitCode: '1' }),
      engineEvent('api', 'start', 8 * HOUR - 59_000),
    ];
    engine.replay = (since) => replayed.filter((event) => event.at >= since);
    await sleepThrough(given, () =>
      set(
        shop('api', {
          restartCount: 1,
          startedAt: engineAt(8 * HOUR - 59_000),
          finishedAt: engineAt(8 * HOUR - 60_000),
        }),
        shop('web', { restartCount: 2, startedAt: engineAt(2 * HOUR), finishedAt: engineAt(2 * HOUR - 1_000) }),
      ),
    );
    const first = told();
    for (const [action, at] of [
      ['die', 2 * HOUR - 1_000],
      ['start', 2 * HOUR],
    ] as const) {
      engine.streams.at(-1)?.push(engineEvent('web', action, at));
    }
    await clock.advance(10_000);
    expect([first, told()]).toEqual([
      [
        '2.00 web: Restarted 2 times by its engine, seen afterwards (itself)',
        '7.98 api: Exited with 1 (itself)',
        '7.98 api: Started again by its engine (itself)',
      ],
      first,
    ]);
  });

  it('is laid to the engine where all that ran was begun anew', async () => {
    const given = await follow(shop('api'), shop('web'));
    const again = (ms: number) => ({
      finishedAt: engineAt(2 * HOUR + ms),
      startedAt: engineAt(2 * HOUR + 60_000 + ms),
    });
    await sleepThrough(given, () => given.set(shop('api', again(0)), shop('web', again(1))));
    expect(given.told()).toEqual([
      '2.00 api: Ended, seen afterwards (itself)',
      '2.00 web: Ended, seen afterwards (itself)',
      '2.02 api: Started with its engine, seen afterwards (itself)',
      '2.02 web: Started with its engine, seen afterwards (itself)',
    ]);
  });

  it('is told of an engine whose events may not be heard, as its lists show it', async () => {
    const given = await follow(shop('api'));
    const { clock, engine, set, told } = given;
    engine.answers.events = () => Promise.reject(new AppError('ENGINE_DENIED', 'Not allowed.'));
    engine.streams[0]?.end();
    await clock.advance(60_000);
    set(shop('api', { state: 'exited', exitCode: 0, finishedAt: engineAt(clock.monotonic()) }));
    await clock.advance(15_000);
    expect(told()).toEqual(['0.02 api: Stopped, seen afterwards (outside)']);
  });

  it('is found where an engine drops an event, and not where one is only late', async () => {
    const given = await follow(shop('api'), shop('web'));
    const { clock, engine, set, events } = given;
    const stopped = { state: 'exited', exitCode: 0, finishedAt: engineAt(clock.monotonic()) } as const;
    set(shop('api', stopped), shop('web', stopped));
    // The list is read before the event comes.
    await clock.advance(5_100);
    engine.streams[0]?.push(engineEvent('web', 'die', 5_000, { exitCode: '0' }));
    await clock.advance(10_000);
    expect(events.map(({ seen, event }) => `${seen} ${event.action} ${event.id}`)).toEqual([
      'event die web',
      'afterwards die api',
    ]);
  });

  it('is nothing that was heard, however often it happened', async () => {
    const given = await follow(shop('api'));
    const { clock, engine, set, events } = given;
    const from = clock.monotonic();
    const times = 200;
    for (let count = 1; count <= times; count += 1) {
      const now = from + count * 1_000;
      set(shop('api', { restartCount: count, finishedAt: engineAt(now - 50), startedAt: engineAt(now) }));
      engine.streams[0]?.push(engineEvent('api', 'die', now - 50));
      engine.streams[0]?.push(engineEvent('api', 'start', now));
      await clock.advance(1_000);
    }
    await clock.advance(60_000);
    expect([events.length, events.filter(({ seen }) => seen === 'afterwards')]).toEqual([2 * times, []]);
  });

  it('is nothing where a container of long ago is listed for the first time', async () => {
    const given = await follow(shop('api'));
    given.set(shop('api'), shop('web'));
    await given.clock.advance(60_000);
    expect(given.events).toEqual([]);
  });

  it('is nothing where nothing is known of a time before', async () => {
    const given = await follow(shop('api', { restartCount: 7, finishedAt: engineAt(-HOUR - 1_000) }));
    await given.clock.advance(60_000);
    expect(given.events).toEqual([]);
  });
});
