import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { manualClock, settled } from '../../kernel/clock.fixture.ts';
import { AppError } from '../../kernel/errors.ts';
import { limits } from '../../kernel/limits.ts';
import { aContainer, aHost, anUnlock, aRun, fakeServices, uuid } from '../services.fixture.ts';
import type { HostSnapshot } from '../services.ts';
import { Publisher } from './publisher.ts';
import { FakeWindow, pictureOf } from './window.fixture.ts';

const SHOP = uuid(1);
const BLOG = uuid(2);

function aSnapshot(id: string, ...containers: ReturnType<typeof aContainer>[]): HostSnapshot {
  return { host: aHost(id), containers: containers.map((container) => ({ app: 'shop', container })) };
}

/** Two hosts; `open` opens a window, and lets it have its snapshot. */
function aFleet() {
  const clock = manualClock(Date.parse('2026-01-05T08:00:00Z'));
  const services = fakeServices();
  services.fleet.put(aSnapshot(SHOP, aContainer(1), aContainer(2)));
  services.fleet.put(aSnapshot(BLOG, aContainer(3)));
  const publisher = new Publisher(services, clock);
  const open = async () => {
    const window = new FakeWindow(publisher.subscribe());
    await pass();
    return window;
  };
  /** Lets one conflation pass. */
  const pass = async () => {
    await clock.advance(limits.router.conflateMs);
    for (let turn = 0; turn < 3; turn += 1) await settled();
  };
  return { clock, services, fleet: services.fleet, publisher, open, pass };
}

describe('what a window is told', () => {
  test('a snapshot first, then each thing that changed, whole and once', async () => {
    const { services, fleet, open, pass } = aFleet();
    const window = await open();
    window.acknowledge();
    for (const reason of ['unhealthy: 1', 'unhealthy: 2', 'unhealthy: 3']) {
      fleet.put(aSnapshot(SHOP, aContainer(1, { verdict: 'down', reason }), aContainer(4)));
    }
    await pass();
    const picture = pictureOf(services);
    const told = (id: string) => picture.containers.find((container) => container.id === id);
    expect(window.batches.slice(1)).toEqual([
      {
        kind: 'delta',
        seq: 2,
        summary: picture.summary,
        hosts: [],
        containers: [told(aContainer(1).id), told(aContainer(4).id)],
        gone: [`${SHOP}/${aContainer(2).id}`],
        loads: [],
      },
    ]);
  });

  test('the first change after a quiet while at once, the next after the conflation', async () => {
    const { clock, fleet, open } = aFleet();
    const window = await open();
    window.acknowledge();
    await clock.advance(10_000);
    fleet.put(aSnapshot(SHOP, aContainer(1)));
    await settled();
    window.acknowledge();
    fleet.put(aSnapshot(SHOP));
    await settled();
    const atOnce = window.batches.length;
    await clock.advance(limits.router.conflateMs);
    expect([atOnce, window.batches.length]).toEqual([2, 3]);
  });

  test('nothing while the last batch is not acknowledged, and then all of it in one', async () => {
    const { services, fleet, open, pass } = aFleet();
    const window = await open();
    for (let number = 10; number < 60; number += 1) {
      fleet.put(aSnapshot(SHOP, aContainer(number)));
      await pass();
    }
    const unread = window.batches.length;
    window.acknowledge();
    await settled();
    expect([unread, window.batches.length, window.picture()]).toEqual([1, 2, pictureOf(services)]);
  });

  test('loads alone and freshness alone at their own pace, without anything else happening', async () => {
    const { clock, fleet, open } = aFleet();
    const window = await open();
    window.acknowledge();
    await clock.advance(limits.router.pulseMs);
    for (let step = 1; step <= 30; step += 1) {
      const { containers } = aSnapshot(SHOP, aContainer(1, { cpuPercent: 100 + step }), aContainer(2));
      fleet.put({ host: aHost(SHOP, { latencyMs: step, freshAt: `2026-01-05T08:00:${step + 10}.000Z` }), containers });
      await clock.advance(100);
      window.acknowledge();
    }
    await clock.advance(limits.router.pulseMs);
    const deltas = window.batches.slice(1).filter((batch) => batch.kind === 'delta');
    expect(deltas.map(({ loads, hosts, containers }) => [loads[0]?.[1], hosts[0]?.latencyMs, containers])).toEqual([
      [101, 1, []],
      [110, 10, []],
      [120, 20, []],
      [130, 30, []],
    ]);
  });

  test('no loads while it is not visible; all that moved meanwhile when it is again', async () => {
    const { clock, services, fleet, open, pass } = aFleet();
    const window = await open();
    window.acknowledge();
    window.subscription.show({ visible: false, hosts: null });
    fleet.put(aSnapshot(SHOP, aContainer(1, { cpuPercent: 50 }), aContainer(2)));
    await clock.advance(5_000);
    const hidden = window.batches.length;
    window.subscription.show({ visible: true, hosts: null });
    await pass();
    expect([hidden, window.batches.length, window.picture()]).toEqual([1, 2, pictureOf(services)]);
  });

  test('what is no load and no freshness at once, seen or not', async () => {
    const { fleet, services, open, pass } = aFleet();
    const windows = [await open(), await open()];
    for (const window of windows) window.acknowledge();
    windows[1]?.subscription.show({ visible: false, hosts: null });
    fleet.put({ ...aSnapshot(SHOP, aContainer(1), aContainer(2)), host: aHost(SHOP, { verdict: 'unknown' }) });
    await pass();
    expect(windows.map((window) => window.picture())).toEqual([pictureOf(services), pictureOf(services)]);
  });

  test('a snapshot again where it is not known any more what went', async () => {
    const { services, fleet, open, pass } = aFleet();
    const many = Array.from({ length: limits.router.tombstones + 1 }, (_, number) => aContainer(number + 100));
    fleet.put(aSnapshot(BLOG, ...many));
    const window = await open();
    fleet.put(aSnapshot(BLOG));
    await pass();
    window.acknowledge();
    await settled();
    expect([window.batches.map(({ kind, seq }) => [kind, seq]), window.picture()]).toEqual([
      [
        ['snapshot', 1],
        ['snapshot', 2],
      ],
      pictureOf(services),
    ]);
  });

  test('containers that would have the same key, each under its own', async () => {
    const { fleet, open } = aFleet();
    const missing = aContainer(0, { id: '', service: 'c', state: 'missing' });
    const containers = ['a/b', 'a/b'].map((app) => ({ app, container: missing }));
    containers.push({ app: 'a', container: { ...missing, service: 'b/c' } });
    fleet.put({ host: aHost(SHOP), containers });
    const window = await open();
    expect(
      window
        .picture()
        ?.containers.map(({ key }) => key)
        .filter((key) => key.startsWith(SHOP)),
    ).toEqual([`${SHOP}/a/b/c`, `${SHOP}/a/b/c/2`, `${SHOP}/a/b/c/3`]);
  });
});

describe('runs, unlocks and the journal', () => {
  test('are told in the snapshot', async () => {
    const { services, open } = aFleet();
    services.actions.underWay = [aRun(1, { state: 'succeeded' }), aRun(2)];
    services.actions.held = [anUnlock()];
    services.journal.standing = { state: 'sound', problem: null, records: 7 };
    const window = await open();
    expect(window.batches).toMatchObject([
      {
        kind: 'snapshot',
        runs: [aRun(1, { state: 'succeeded' }), aRun(2)],
        unlocks: [anUnlock()],
        journal: { state: 'sound', problem: null, records: 7 },
      },
    ]);
  });

  test('are told when they change, each without the others, to a window that is not visible as well', async () => {
    const { services, open, pass } = aFleet();
    const { actions, journal } = services;
    const window = await open();
    window.subscription.show({ visible: false, hosts: null });
    const changes: (() => void)[] = [
      () => {
        actions.underWay = [aRun(1)];
      },
      () => {
        actions.held = [anUnlock()];
      },
      () => {
        journal.standing = { ...journal.standing, records: 2 };
      },
      () => {
        actions.held = [];
      },
    ];
    for (const change of changes) {
      window.acknowledge();
      change();
      // Who of the two says it does not matter.
      actions.changed();
      await pass();
    }
    const nothing = { kind: 'delta', hosts: [], containers: [], gone: [], loads: [] };
    expect(window.batches.slice(1)).toEqual([
      { ...nothing, seq: 2, runs: [aRun(1)] },
      { ...nothing, seq: 3, unlocks: [anUnlock()] },
      { ...nothing, seq: 4, journal: { state: 'sound', problem: null, records: 2 } },
      { ...nothing, seq: 5, unlocks: [] },
    ]);
  });

  test('of a run that moves often, each window gets what it is by the time it is told', async () => {
    const { clock, services, open, pass } = aFleet();
    const { actions } = services;
    const [attentive, asleep] = [await open(), await open()];
    attentive.acknowledge();
    await clock.advance(1_000);
    for (let moved = 0; moved < 100; moved += 1) {
      actions.underWay = [aRun(1, { message: `${moved}` })];
      actions.changed();
      await clock.advance(1);
      attentive.acknowledge();
    }
    await pass();
    asleep.acknowledge();
    await settled();
    const told = ({ batches }: FakeWindow) => batches.map((batch) => batch.runs?.[0]?.message ?? null);
    expect([told(attentive), told(asleep)]).toEqual([
      [null, '0', '39', '79', '99'],
      [null, '99'],
    ]);
  });
});

describe('what it costs', () => {
  test('a host is looked at when it changed or may have aged, and otherwise left alone', async () => {
    const { clock, fleet, open, pass } = aFleet();
    fleet.ageingMs = 5_000;
    await open();
    await open();
    fleet.put(aSnapshot(BLOG));
    await pass();
    const changed = [...fleet.looks];
    await clock.advance(4_000);
    const quiet = [...fleet.looks];
    await clock.advance(1_500);
    expect([changed, quiet, fleet.looks]).toEqual([
      [SHOP, BLOG, BLOG],
      [SHOP, BLOG, BLOG],
      [SHOP, BLOG, BLOG, SHOP, BLOG],
    ]);
  });

  test('the loop is given back after every host', async () => {
    const { fleet, publisher } = aFleet();
    for (let number = 3; number < 20; number += 1) fleet.put(aSnapshot(uuid(number)));
    let turn = 0;
    const turns: number[] = [];
    const { host } = fleet;
    fleet.host = (id) => {
      turns.push(turn);
      return host.call(fleet, id);
    };
    publisher.subscribe();
    for (; turn < 30; turn += 1) await nextTurn();
    expect([turns.length, new Set(turns).size]).toEqual([19, 19]);
  });

  test('without a window nothing is followed, looked at or sampled', async () => {
    const { clock, services, fleet, open } = aFleet();
    const { questions, settings, actions, journal } = services;
    const watched = [fleet, questions, settings, actions, journal];
    const listeners = () => watched.map((one) => one.listeners.size);
    const before = listeners();
    const window = await open();
    const during = listeners();
    window.subscription[Symbol.dispose]();
    fleet.looks.length = 0;
    fleet.put(aSnapshot(SHOP));
    await clock.advance(fleet.ageingMs * 2);
    expect([before, during, listeners(), fleet.looks, clock.sleeping(), fleet.watched.at(-1), window.end]).toEqual([
      [0, 0, 0, 0, 0],
      [1, 1, 1, 1, 1],
      [0, 0, 0, 0, 0],
      [],
      [],
      [],
      'ended',
    ]);
  });
});

test('the load is watched of what all visible windows show together', async () => {
  const { fleet, open } = aFleet();
  const first = await open();
  first.subscription.show({ visible: true, hosts: new Set([SHOP]) });
  const second = await open();
  second.subscription.show({ visible: true, hosts: new Set([BLOG, SHOP]) });
  first.subscription.show({ visible: false, hosts: new Set([SHOP]) });
  second.subscription.show({ visible: false, hosts: null });
  second.subscription[Symbol.dispose]();
  expect(fleet.watched).toEqual([[], null, [SHOP], null, [SHOP, BLOG], []]);
});

test('a batch is acknowledged by its number, once', async () => {
  const { open } = aFleet();
  const { subscription } = await open();
  const answers = [7, 1, 1].map((seq) => {
    try {
      subscription.acknowledge(seq);
      return 'taken';
    } catch (error) {
      return error instanceof AppError ? error.code : error;
    }
  });
  expect(answers).toEqual(['REQUEST_INVALID', 'taken', 'REQUEST_INVALID']);
});

test('a bug in a domain ends every subscription with it, and the next one begins anew', async () => {
  const { services, fleet, publisher, open, pass } = aFleet();
  const windows = [await open(), await open()];
  const { host } = fleet;
  const bug = new TypeError('cannot read properties of undefined');
  fleet.host = () => {
    throw bug;
  };
  fleet.changed(SHOP);
  await pass();
  for (const window of windows) window.acknowledge();
  await settled();
  fleet.host = host;
  const next = await open();
  const failed = { error: expect.objectContaining({ code: 'INTERNAL' }) };
  expect([windows.map(({ end }) => end), services.bugs, publisher.subscribers, next.picture()]).toEqual([
    [failed, failed],
    [bug],
    1,
    pictureOf(services),
  ]);
});
