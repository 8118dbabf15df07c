import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import * as sockets from 'ws';
import type { ActionRequest } from '#contract/actions.ts';
import { CONTRACT_VERSION } from '#contract/version.ts';
import { allLive, asked, ended, type RecordedHost, refusalOf, saveHosts, startRecordedHost } from './acting.fixture.ts';
import { homeAt } from './home/home.ts';
import { type Clock, systemClock } from './kernel/clock.ts';
import { limits } from './kernel/limits.ts';
import { ask, carriersWith, type FakeCarrier, type FakePage } from './router/carriers.fixture.ts';
import { encoded, RawPage } from './router/raw-page.fixture.ts';
import { createRouter, type Router } from './router/router.ts';
import { windowCoreOptions } from './window-core.fixture.ts';
import { openWindowCore, type WindowCore } from './window-core.ts';

/** A wall clock that a test may set; nothing waits by it. */
let setBy = 0;
const clock: Clock = { ...systemClock, now: () => systemClock.now() + setBy };

/** Everything is real but the machines: windows that send what they like, a core, SSH, and what the engines are asked. */
describe('what a window may send to have something done', () => {
  let cleanup: AsyncDisposableStack;
  let atlas: RecordedHost;
  let borealis: RecordedHost;
  let core: WindowCore;
  let carrier: FakeCarrier;
  let router: Router;
  let page: FakePage;

  beforeAll(async () => {
    await using made = new AsyncDisposableStack();
    atlas = made.use(await startRecordedHost('atlas'));
    borealis = made.use(await startRecordedHost('borealis'));
    core = made.use(await openOn([atlas, borealis], made));
    router = made.use(createRouter(core.services));
    const [, start] = carriersWith(sockets).at(-1) as ReturnType<typeof carriersWith>[number];
    carrier = made.use(await start());
    page = await carrier.open(router);
    await page.client.session.hello({ contractVersion: CONTRACT_VERSION });
    cleanup = made.move();
  });
  afterAll(() => cleanup?.disposeAsync());
  beforeEach(() => {
    setBy = 0;
  });

  async function openOn(hosts: readonly RecordedHost[], made: AsyncDisposableStack): Promise<WindowCore> {
    const home = homeAt(mkdtempSync(path.join(tmpdir(), 'binnacle-acting-router-')));
    made.defer(() => rmSync(home.path, { recursive: true, force: true }));
    saveHosts(home, hosts);
    const opened = await openWindowCore({ ...windowCoreOptions(home), clock, newId: randomUUID });
    await allLive(opened.services);
    return opened;
  }

  const plan = async (request: ActionRequest) => (await page.client.actions.plan(request)).id;
  const run = (id: string) => ask(page, 'actions.run', { plan: id, reason: null });

  /** Does it, and tells what the engines were asked for meanwhile. */
  async function during<T>(work: () => Promise<T>): Promise<{ answer: T; sent: string[] }> {
    const before = [atlas.changes.length, borealis.changes.length];
    const answer = await work();
    return { answer, sent: [...atlas.changes.slice(before[0]), ...borealis.changes.slice(before[1])] };
  }

  const worker = () => asked('container.stop', atlas, 'worker-2');

  it('a plan is good once', async () => {
    const wish = asked('container.stop', atlas, 'worker-1');
    const told = await during(async () => {
      const id = await plan(wish);
      const first = await run(id);
      const answers = await Promise.all([run(id), run(id)]);
      const { state } = await ended(core.services.actions, (first as { run: string }).run);
      return [state, ...answers, await run(id)];
    });
    expect(told).toEqual({
      answer: ['succeeded', 'PLAN_USED', 'PLAN_USED', 'PLAN_USED'],
      sent: ['POST shop-worker-1/stop?t=10'],
    });
  });

  it('two windows that confirm the same plan at once do it once', async () => {
    const other = await carrier.open(router);
    await other.client.session.hello({ contractVersion: CONTRACT_VERSION });
    const told = await during(async () => {
      const id = await plan(asked('container.stop', borealis, 'worker-1'));
      const answers = await Promise.all([run(id), ask(other, 'actions.run', { plan: id, reason: null })]);
      const begun = answers.filter((answer) => typeof answer === 'object') as { run: string }[];
      for (const one of begun) await ended(core.services.actions, one.run);
      return answers.map((answer) => (typeof answer === 'object' ? 'begun' : answer)).toSorted();
    });
    other.vanish();
    expect(told).toEqual({ answer: ['PLAN_USED', 'begun'], sent: ['POST shop-worker-1/stop?t=10'] });
  });

  it.each([
    ['which is older than it may be', limits.actions.planMs],
    ['also where the wall clock was set on', 3_600_000],
  ])('a plan expires, %s', async (_, ms) => {
    const told = await during(async () => {
      const id = await plan(worker());
      setBy = ms;
      return run(id);
    });
    expect(told).toEqual({ answer: 'PLAN_EXPIRED', sent: [] });
  });

  it('a plan that was forged, or made by another core, is not known', async () => {
    await using made = new AsyncDisposableStack();
    const other = made.use(await openOn([atlas], made));
    const told = await during(async () => {
      const { id } = await other.services.actions.plan(worker(), new AbortController().signal);
      return [await run(id), await run(randomUUID()), await run('00000000-0000-4000-8000-000000000000')];
    });
    expect(told).toEqual({ answer: ['PLAN_UNKNOWN', 'PLAN_UNKNOWN', 'PLAN_UNKNOWN'], sent: [] });
  });

  it('a plan is for its host alone', async () => {
    const told = await during(async () => {
      const id = await plan(worker());
      return [
        // There is no place to name another one.
        await ask(page, 'actions.run', { plan: id, reason: null, hostId: borealis.id }),
        await ask(page, 'actions.plan', { ...worker(), hostId: borealis.id }),
        await ask(page, 'actions.plan', { ...worker(), hostId: randomUUID() }),
        await ask(page, 'actions.plan', { ...worker(), containerId: 'f'.repeat(64) }),
        await ask(page, 'actions.plan', { action: 'app.restart', hostId: atlas.id, app: 'shop2' }),
      ];
    });
    expect(told).toEqual({
      answer: ['REQUEST_INVALID', 'ENGINE_NOT_FOUND', 'HOST_NOT_FOUND', 'ENGINE_NOT_FOUND', 'ENGINE_NOT_FOUND'],
      sent: [],
    });
  });

  it('nothing can be asked for that is not in the catalogue', async () => {
    const raw = await RawPage.open(carrier, router);
    await raw.hello();
    const { hostId } = worker();
    const containerId = atlas.idOf('worker-2');
    const wishes: unknown[] = [
      ...['container.remove', 'container.kill', 'container.exec', 'app.stop', 'app.down', 'Container.Stop', ''].map(
        (action) => ({ action, hostId, containerId }),
      ),
      { ...worker(), signal: 'SIGKILL' },
      { ...worker(), graceSeconds: 0 },
      { ...worker(), force: true },
      { ...worker(), containerId: containerId.slice(0, 12) },
      { ...worker(), containerId: `${containerId}/../../images/prune` },
      { ...worker(), containerId: 'shop-worker-2' },
      { action: ['container.stop'], hostId, containerId },
      { action: 'app.restart', hostId, app: 'shop', containerId },
    ];
    const urls = ['/actions/exec', '/actions/remove', '/actions/plan/run', '/engine/change', '/hosts/change'];
    const told = await during(async () => {
      const answers = [];
      for (const wish of wishes) answers.push(await raw.call('/actions/plan', encoded(wish)));
      for (const url of urls) answers.push(await raw.call(url, encoded(worker())));
      return answers;
    });
    raw.leave();
    expect(told).toEqual({ answer: [...wishes, ...urls].map(() => 'REQUEST_INVALID'), sent: [] });
  });

  it('nothing is done for a window that has not said hello', async () => {
    const id = await plan(worker());
    const raw = await RawPage.open(carrier, router);
    const told = await during(async () => [
      await raw.call('/actions/plan', encoded(worker())),
      await raw.call('/actions/run', encoded({ plan: id, reason: null })),
      await raw.call('/hosts/setMode', encoded({ id: atlas.id, mode: 'observe' })),
    ]);
    raw.leave();
    expect({ ...told, mode: core.services.fleet.host(atlas.id)?.host.mode }).toEqual({
      answer: ['CONTRACT_MISMATCH', 'CONTRACT_MISMATCH', 'CONTRACT_MISMATCH'],
      sent: [],
      mode: 'operate',
    });
  });

  it('a database is left alone, and an unlock is for one container, one action, once', async () => {
    const stop = asked('container.stop', atlas, 'postgres-1');
    const restart = asked('container.restart', atlas, 'postgres-1');
    const redis = asked('container.stop', atlas, 'redis-1');
    const attempt = (wish: ActionRequest) => refusalOf(page.client.actions.plan(wish));
    const told = await during(async () => {
      const locked = await Promise.all([stop, restart, redis].map(attempt));
      const { containerId, hostId } = stop as Extract<ActionRequest, { containerId: string }>;
      const key = { hostId, containerId, action: 'container.stop' } as const;
      const invalid = [
        await ask(page, 'actions.unlock', { ...key, reason: '  ' }),
        await ask(page, 'actions.unlock', { ...key, action: 'app.restart', reason: 'x' }),
      ];
      await page.client.actions.unlock({ ...key, reason: 'to copy it' });
      const unlocked = await Promise.all([stop, restart, redis].map(attempt));
      const confirmed = await plan(stop);
      await page.client.actions.lock(key);
      return { locked, invalid, unlocked, lockedAgain: await run(confirmed) };
    });
    expect(told).toEqual({
      answer: {
        locked: ['PROTECTED', 'PROTECTED', 'PROTECTED'],
        invalid: ['REQUEST_INVALID', 'REQUEST_INVALID'],
        unlocked: ['done', 'PROTECTED', 'PROTECTED'],
        lockedAgain: 'PROTECTED',
      },
      sent: [],
    });
    expect(atlas.state('postgres-1')).toBe('running');
  });

  it('a service that was protected, or a host that is only observed, since the plan was made is left alone', async () => {
    const service = { hostId: atlas.id, app: 'shop', service: 'worker' };
    const told = await during(async () => {
      const [first, second] = [await plan(worker()), await plan(worker())];
      await page.client.actions.protect({ ...service, protect: true });
      const whenProtected = await run(first);
      await page.client.actions.protect({ ...service, protect: false });
      await page.client.hosts.setMode({ id: atlas.id, mode: 'observe' });
      const observed = [await run(second), await refusalOf(page.client.actions.plan(worker()))];
      await page.client.hosts.setMode({ id: atlas.id, mode: 'operate' });
      // What was tried is used, whatever came of it.
      return [whenProtected, ...observed, await run(second)];
    });
    expect(told).toEqual({ answer: ['PROTECTED', 'OBSERVE_ONLY', 'OBSERVE_ONLY', 'PLAN_USED'], sent: [] });
  });

  it('a container that was recreated since is another one', async () => {
    const app: ActionRequest = { action: 'app.restart', hostId: borealis.id, app: 'shop' };
    const told = await during(async () => {
      const ids = [await plan(asked('container.stop', borealis, 'web-1')), await plan(app)];
      borealis.recreate();
      return [await run(ids[0] ?? ''), await run(ids[1] ?? '')];
    });
    expect(told).toEqual({ answer: ['PLAN_STALE', 'PLAN_STALE'], sent: [] });
  });

  it('all that was done, and nothing that was refused, is in the journal', async () => {
    const { entries } = await page.client.journal.read({ filter: {}, before: null, limit: 100 });
    const { sound } = await page.client.journal.verify();
    expect({
      acts: entries.filter(({ kind }) => kind === 'action').map(({ title, outcome }) => `${title}: ${outcome}`),
      sound,
      sent: [...atlas.changes, ...borealis.changes],
    }).toEqual({
      acts: ['Stop shop / shop-worker-1 on borealis: succeeded', 'Stop shop / shop-worker-1 on atlas: succeeded'],
      sound: true,
      sent: ['POST shop-worker-1/stop?t=10', 'POST shop-worker-1/stop?t=10'],
    });
  });
});
