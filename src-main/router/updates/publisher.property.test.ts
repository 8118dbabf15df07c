import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Container } from '#contract/fleet.ts';
import { type ManualClock, manualClock, settled } from '../../kernel/clock.fixture.ts';
import { limits } from '../../kernel/limits.ts';
import { aContainer, aHost, anUnlock, aRun, type FakeServices, fakeServices, uuid } from '../services.fixture.ts';
import type { HostSnapshot } from '../services.ts';
import { Publisher } from './publisher.ts';
import { FakeWindow, pictureOf } from './window.fixture.ts';

const HOSTS = 2;
const CONTAINERS = 2;
const WINDOWS = 3;

type Change = (world: World) => void;

/** The domains, and windows that come and go, in which everything may happen in any order. */
class World {
  readonly clock: ManualClock = manualClock(Date.parse('2026-01-05T08:00:00Z'));
  readonly services: FakeServices = fakeServices();
  readonly publisher = new Publisher(this.services, this.clock);
  readonly windows: (FakeWindow | null)[] = Array.from({ length: WINDOWS }, () => null);

  change(host: number, how: (before: HostSnapshot) => HostSnapshot): void {
    const id = uuid(host);
    this.services.fleet.put(how(this.services.fleet.snapshots.get(id) ?? { host: aHost(id), containers: [] }));
  }

  changeContainer(host: number, number: number, how: (before: Container) => Container): void {
    const { id } = aContainer(number);
    this.change(host, (before) => ({
      ...before,
      containers: before.containers.map(({ app, container }) =>
        container.id === id ? { app, container: how(container) } : { app, container },
      ),
    }));
  }
}

const host = fc.nat(HOSTS - 1);
const container = fc.nat(CONTAINERS - 1);
const window = fc.nat(WINDOWS - 1);
const some = fc.nat(3);

const changes: fc.Arbitrary<Change>[] = [
  fc.tuple(host, some).map(([at, value]) => ({ services: { fleet } }) => {
    const before = fleet.snapshots.get(uuid(at));
    if (before === undefined) return;
    fleet.snapshots.set(uuid(at), { ...before, host: { ...before.host, label: `shop ${value}` } });
    fleet.changed(null);
  }),
  fc.tuple(host, some).map(([at, value]) => (world) => {
    const freshAt = `2026-01-05T08:00:0${value}.000Z`;
    world.services.fleet.freshAt = freshAt;
    world.change(at, (before) => ({ ...before, host: { ...before.host, freshAt, latencyMs: value } }));
  }),
  host.map((at) => (world) => world.services.fleet.remove(uuid(at))),
  host.map((at) => (world) => {
    const { fleet } = world.services;
    fleet.hostIds = [...fleet.hostIds.slice(at), ...fleet.hostIds.slice(0, at)];
    fleet.changed(null);
  }),
  fc.tuple(host, container, fc.constantFrom('shop', 'blog'), some).map(
    ([at, number, app, cpuPercent]) =>
      (world) =>
        world.change(at, (before) => {
          const added = aContainer(number, { cpuPercent });
          const others = before.containers.filter((other) => other.container.id !== added.id);
          return { ...before, containers: [...others, { app, container: added }] };
        }),
  ),
  fc.tuple(host, container).map(
    ([at, number]) =>
      (world) =>
        world.change(at, (before) => ({
          ...before,
          containers: before.containers.filter((other) => other.container.id !== aContainer(number).id),
        })),
  ),
  host.map((at) => (world) => world.change(at, (before) => ({ ...before, containers: [] }))),
  fc.tuple(host, fc.constantFrom('worker', 'db')).map(
    ([at, service]) =>
      (world) =>
        world.change(at, (before) => {
          const missing = aContainer(99, { id: '', name: service, service, state: 'missing', verdict: 'down' });
          const others = before.containers.filter((other) => other.container.id !== '');
          return { ...before, containers: [...others, { app: 'shop', container: missing }] };
        }),
  ),
  fc.tuple(host, container, fc.constantFrom('green', 'down')).map(
    ([at, number, verdict]) =>
      (world) =>
        world.changeContainer(at, number, (before) => ({ ...before, verdict })),
  ),
  fc.tuple(host, container, some).map(
    ([at, number, value]) =>
      (world) =>
        world.changeContainer(at, number, (before) => ({
          ...before,
          cpuPercent: value,
          memoryBytes: value === 0 ? null : value * 1_000,
        })),
  ),
  some.map((value) => ({ services: { questions } }) => {
    questions.waiting = Array.from({ length: value }, (_, number) => ({
      kind: 'passphrase',
      id: uuid(number),
      hostId: null,
      trial: null,
      target: 'ssh://ops@shop',
      machine: 'ops@shop:22',
      isJump: false,
      canRemember: false,
      file: '/home/ops/.ssh/id_ed25519',
      attempt: value,
    }));
    questions.changed();
  }),
  some.map((value) => ({ services: { settings } }) => {
    settings.window = { ...settings.window, sampleSeconds: value + 1 };
    settings.troubles = [{ where: 'settings.json', code: 'SETTINGS_BROKEN', message: `Line ${value}.`, hint: null }];
    settings.changed();
  }),
  fc.tuple(some, fc.constantFrom('running' as const, 'succeeded' as const)).map(([value, state]) => ({ services }) => {
    services.actions.underWay = Array.from({ length: value }, (_, number) => aRun(number, { state }));
    services.actions.changed();
  }),
  fc.boolean().map((holds) => ({ services: { actions } }) => {
    actions.held = holds ? [anUnlock()] : [];
    actions.changed();
  }),
  some.map((records) => ({ services: { journal } }) => {
    journal.standing = { ...journal.standing, records };
    journal.changed();
  }),
  window.map((at) => (world) => {
    world.windows[at]?.subscription[Symbol.dispose]();
    world.windows[at] = new FakeWindow(world.publisher.subscribe());
  }),
  window.map((at) => (world) => {
    world.windows[at]?.subscription[Symbol.dispose]();
    world.windows[at] = null;
  }),
  ...Array.from({ length: 6 }, () =>
    window.map(
      (at): Change =>
        (world) =>
          world.windows[at]?.acknowledge(),
    ),
  ),
  fc.tuple(window, fc.boolean(), fc.option(fc.array(host))).map(
    ([at, visible, hosts]): Change =>
      (world) =>
        world.windows[at]?.subscription.show({ visible, hosts: hosts && new Set(hosts.map(uuid)) }),
  ),
];

/** A change, and the time until the next. */
const step = fc.tuple(fc.oneof(...changes), fc.constantFrom(0, limits.router.conflateMs, 300));

test('a snapshot and the deltas after it come to what a snapshot is now, whatever happened meanwhile', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 80, size: 'max' }), async (steps) => {
      const world = new World();
      world.windows[0] = new FakeWindow(world.publisher.subscribe());
      for (const [change, ms] of steps) {
        change(world);
        await world.clock.advance(ms);
      }
      const windows = world.windows.filter((open) => open !== null);
      for (const open of windows) open.subscription.show({ visible: true, hosts: null });
      await takeInAll(world, windows);

      const now = pictureOf(world.services);
      expect(windows.map((open) => open.picture())).toEqual(windows.map(() => now));
      expect(windows.map(({ end }) => end)).toEqual(windows.map(() => 'open'));
      for (const { batches } of windows) {
        expect(batches.map(({ seq }) => seq)).toEqual(batches.map((_, index) => index + 1));
        expect(batches.slice(1).filter(({ kind }) => kind === 'snapshot')).toEqual([]);
      }
      world.publisher[Symbol.dispose]();
      expect([world.services.fleet.listeners.size, world.clock.sleeping()]).toEqual([0, []]);
    }),
    { numRuns: 200 },
  );
});

/** Acknowledges and lets time pass until nothing comes any more. */
async function takeInAll({ clock }: World, windows: readonly FakeWindow[]): Promise<void> {
  for (let quiet = 0; quiet < 3; ) {
    const before = windows.map(({ batches }) => batches.length).join();
    for (const open of windows) open.acknowledge();
    for (let turn = 0; turn < HOSTS; turn += 1) await settled();
    await clock.advance(limits.router.pulseMs);
    quiet = windows.map(({ batches }) => batches.length).join() === before ? quiet + 1 : 0;
  }
}
