import { describe, expect, it, vi } from 'vitest';
import { settled } from '../kernel/clock.fixture.ts';
import { AppError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import {
  act,
  api,
  OTHER_HOST,
  openDesk,
  postgres,
  request,
  restartShop,
  unlockPostgres,
  web,
} from './action-desk.fixture.ts';
import { container, containerId, HOST_ID } from './host.fixture.ts';

const { signal } = new AbortController();
const coded = (code: string) => expect.objectContaining({ code }) as unknown as AppError;

describe('ActionDesk.run', () => {
  it('records, then does what the plan says', async () => {
    using parts = openDesk();
    const { desk, runs, trace } = parts;
    const plan = await desk.plan(request('container.restart'), signal);
    expect(trace).toEqual([]);
    const { run } = await desk.run({ plan: plan.id, reason: 'pool exhausted since 09:12' });
    expect(trace).toEqual(['journal intent', 'restart shop-api-1']);
    expect(run).toMatch(/^c0000000-/);
    expect(runs.begun).toMatchObject([{ prepared: { plan }, reason: 'pool exhausted since 09:12', unlocks: [] }]);
  });

  it('knows no plan that it did not make, and takes each once', async () => {
    using parts = openDesk();
    const { desk, atlas } = parts;
    using otherCore = openDesk();
    const elsewhere = await otherCore.desk.plan(request('container.stop'), signal);
    await expect(desk.run({ plan: elsewhere.id, reason: null })).rejects.toThrow(coded('PLAN_UNKNOWN'));
    const plan = await desk.plan(request('container.stop'), signal);
    await desk.run({ plan: plan.id, reason: null });
    await expect(desk.run({ plan: plan.id, reason: null })).rejects.toThrow(coded('PLAN_USED'));
    expect(atlas.changes).toHaveLength(1);
  });

  it('lets one of two that confirm the same plan win', async () => {
    using parts = openDesk();
    const { id } = await parts.desk.plan(request('container.restart'), signal);
    const both = await Promise.allSettled([0, 1].map(() => parts.desk.run({ plan: id, reason: null })));
    expect(both.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    expect(parts.atlas.changes).toHaveLength(1);
  });

  it('takes none that is too old', async () => {
    using parts = openDesk();
    const { id, expiresAt } = await parts.desk.plan(request('container.restart'), signal);
    expect(Date.parse(expiresAt)).toBe(parts.clock.now() + limits.actions.planMs);
    await parts.clock.advance(limits.actions.planMs);
    await expect(parts.desk.run({ plan: id, reason: null })).rejects.toThrow(coded('PLAN_EXPIRED'));
    expect(parts.trace).toEqual([]);
  });

  it('acts upon the host the plan was made for, and no other that has the same containers', async () => {
    using parts = openDesk();
    await act(parts, request('container.restart', api.id, OTHER_HOST));
    expect([parts.atlas.changes.length, parts.borealis.changes.length]).toEqual([0, 1]);
  });

  it('judges once more: what was allowed a minute ago need not be any more', async () => {
    using parts = openDesk();
    const { desk, atlas, fleet } = parts;
    const plans = await Promise.all(Array.from({ length: 5 }, () => desk.plan(request('container.stop'), signal)));
    const run = (index: number) => desk.run({ plan: plans[index]?.id ?? '', reason: null });
    atlas.mode = 'observe';
    await expect(run(0)).rejects.toThrow(coded('OBSERVE_ONLY'));
    atlas.mode = 'operate';
    atlas.offline();
    await expect(run(1)).rejects.toThrow(coded('HOST_NOT_LIVE'));
    atlas.live();
    atlas.denied = ['stop'];
    await expect(run(2)).rejects.toThrow(coded('ENGINE_DENIED'));
    atlas.denied = [];
    atlas.alter(api.id, { state: 'exited' });
    await expect(run(3)).rejects.toThrow('api is stopped already.');
    fleet.remove(HOST_ID);
    await expect(run(4)).rejects.toThrow(coded('HOST_NOT_FOUND'));
    expect(parts.trace).toEqual([]);
  });

  it('is refused where the host is set to be observed while its containers are looked at', async () => {
    using parts = openDesk();
    const { id } = await parts.desk.plan(request('container.stop'), signal);
    const running = parts.desk.run({ plan: id, reason: null });
    parts.atlas.mode = 'observe';
    await expect(running).rejects.toThrow(coded('OBSERVE_ONLY'));
    expect(parts.trace).toEqual([]);
  });

  it('is refused where one of its containers is protected while others are looked at', async () => {
    using parts = openDesk();
    const { atlas, desk } = parts;
    const { id } = await desk.plan(restartShop, signal);
    const inspect = atlas.inspect.bind(atlas);
    atlas.inspect = async (which, during) => {
      const detail = await inspect(which, during);
      if (which !== web.id) return detail;
      await settled();
      atlas.operatorProtects.add('shop/api');
      return detail;
    };
    await expect(desk.run({ plan: id, reason: null })).rejects.toMatchObject({
      code: 'PLAN_STALE',
      message: 'api is protected now.',
    });
    expect(parts.trace).toEqual([]);
  });

  it('is refused where the settings put another machine in the place of its host', async () => {
    using parts = openDesk();
    const { id } = await parts.desk.plan(request('container.restart'), signal);
    parts.atlas.target = 'ssh://ops@borealis';
    await expect(parts.desk.run({ plan: id, reason: null })).rejects.toMatchObject({
      code: 'PLAN_STALE',
      message: 'atlas leads to another machine since.',
    });
    expect(parts.trace).toEqual([]);
  });

  it('does one thing at a time to a container', async () => {
    using parts = openDesk();
    parts.runs.busy.add(api.id);
    await expect(act(parts, request('container.restart'))).rejects.toThrow(coded('CHANGE_UNDER_WAY'));
    await expect(act(parts, restartShop)).rejects.toThrow(coded('CHANGE_UNDER_WAY'));
    await act(parts, request('container.restart', web.id));
    parts.runs.busy.clear();
    const release = parts.journal.hold();
    const plans = await Promise.all([0, 1].map(() => parts.desk.plan(request('container.restart'), signal)));
    const both = Promise.allSettled(plans.map(({ id }) => parts.desk.run({ plan: id, reason: null })));
    await settled();
    release();
    expect((await both).map((each) => (each.status === 'rejected' ? each.reason.code : 'begun'))).toEqual([
      'begun',
      'CHANGE_UNDER_WAY',
    ]);
  });

  it('keeps what an operator typed without what is hidden in it', async () => {
    using parts = openDesk();
    await act(parts, request('container.restart'), 'see https://ana:hunter2@wiki \u202e');
    expect(parts.runs.begun[0]?.reason).toBe('see https://ana:[redacted]@wiki \\u{202e}');
  });

  it('tells the runner how things are now, not how they were when it was planned', async () => {
    using parts = openDesk();
    const { id } = await parts.desk.plan(request('container.restart'), signal);
    parts.atlas.alter(api.id, { state: 'restarting', exitCode: 137, restartCount: 7, health: 'unhealthy' });
    await parts.desk.run({ plan: id, reason: null });
    expect(parts.runs.begun[0]?.prepared.before).toMatchObject([{ state: 'restarting', exitCode: 137 }]);
  });
});

describe('a plan that is stale', () => {
  const cases: readonly [string, (parts: ReturnType<typeof openDesk>) => void, string][] = [
    ['recreated', ({ atlas }) => atlas.recreate(api.id, 'beef'), 'api was recreated since.'],
    ['gone', ({ atlas }) => atlas.gone(api.id), 'api is gone since.'],
    ['renamed', ({ atlas }) => atlas.alter(api.id, { name: 'shop-api-old' }), 'api is called shop-api-old now.'],
    ['of another image', ({ atlas }) => atlas.alter(api.id, { imageId: 'sha256:evil' }), 'api has another image now.'],
    [
      'with another policy',
      ({ atlas }) => atlas.alter(api.id, { restartPolicy: { name: 'no', maximumRetries: 0 } }),
      'The configuration of api was changed since.',
    ],
    [
      'with less memory',
      ({ atlas }) => atlas.alter(api.id, { memoryLimitBytes: 1 }),
      'The configuration of api was changed since.',
    ],
    [
      'in other networks',
      ({ atlas }) => atlas.alter(api.id, { networks: [] }),
      'The configuration of api was changed since.',
    ],
    [
      'with other volumes',
      ({ atlas }) => atlas.alter(api.id, { volumes: ['x'] }),
      'The configuration of api was changed since.',
    ],
    [
      'with another grace',
      ({ atlas }) => atlas.alter(api.id, { stopTimeoutSeconds: 1 }),
      'The configuration of api was changed since.',
    ],
    [
      'with another signal',
      ({ atlas }) => atlas.alter(api.id, { stopSignal: 'SIGKILL' }),
      'The configuration of api was changed since.',
    ],
    [
      'with another label',
      ({ atlas }) => atlas.alter(api.id, { labels: { ...api.labels, 'com.docker.compose.depends_on': 'web' } }),
      'The configuration of api was changed since.',
    ],
    [
      'of another app',
      ({ atlas }) => atlas.alter(api.id, { labels: { ...api.labels, 'com.docker.compose.project': 'blog' } }),
      'api belongs to blog / api now.',
    ],
  ];

  it.each(cases)('a container %s', async (_, change, message) => {
    for (const wish of [request('container.restart'), restartShop]) {
      using parts = openDesk();
      const { id } = await parts.desk.plan(wish, signal);
      change(parts);
      const run = parts.desk.run({ plan: id, reason: null });
      await expect(run).rejects.toThrow(coded('PLAN_STALE'));
      await expect(run).rejects.toMatchObject({ message });
      expect(parts.trace).toEqual([]);
    }
  });

  it.each([
    [
      'protected now',
      (parts: ReturnType<typeof openDesk>) => parts.atlas.operatorProtects.add('shop/api'),
      'api is protected now.',
    ],
    [
      'added',
      (parts: ReturnType<typeof openDesk>) => parts.atlas.put(container({ id: 'cafe', service: 'jobs' })),
      'jobs was added since.',
    ],
    [
      'gone that was left out',
      (parts: ReturnType<typeof openDesk>) => parts.atlas.gone(postgres.id),
      'postgres is gone since.',
    ],
    [
      'recreated that was left out',
      (parts: ReturnType<typeof openDesk>) => parts.atlas.recreate(postgres.id, 'cafe'),
      'postgres was recreated since.',
    ],
  ])('an app with a container %s', async (_, change, message) => {
    using parts = openDesk();
    const { id } = await parts.desk.plan(restartShop, signal);
    change(parts);
    const run = parts.desk.run({ plan: id, reason: null });
    await expect(run).rejects.toThrow(coded('PLAN_STALE'));
    await expect(run).rejects.toMatchObject({ message });
    expect(parts.trace).toEqual([]);
  });

  it.each([
    ['health', { health: 'unhealthy' as const, healthOutput: 'no' }],
    ['state', { state: 'restarting' as const, exitCode: 137 }],
    ['an end', { state: 'exited' as const, exitCode: 1 }],
    ['a start', { startedAt: 1, startedAtText: 'x', restartCount: 9 }],
    ['addresses', { networks: [{ name: 'shop_default', networkId: 'id of shop_default', ip: '172.20.0.9' }] }],
    ['ports', { ports: [{ hostIp: '::', hostPort: 32_768, containerPort: 80, protocol: 'tcp' as const }] }],
  ])('is not one because of %s', async (_, over) => {
    for (const wish of [request('container.restart'), restartShop]) {
      using parts = openDesk();
      const { id } = await parts.desk.plan(wish, signal);
      parts.atlas.alter(api.id, over);
      await parts.desk.run({ plan: id, reason: null });
      expect(parts.journal.of('intent')).toHaveLength(1);
    }
  });

  it('is not one for a container because of what else its app has', async () => {
    using parts = openDesk();
    const { id } = await parts.desk.plan(request('container.restart'), signal);
    parts.atlas.put(container({ id: 'cafe', number: 2 }));
    parts.atlas.gone(web.id);
    await parts.desk.run({ plan: id, reason: null });
    expect(parts.journal.of('intent')).toHaveLength(1);
  });
});

describe('unlocks', () => {
  it('are on the record before they hold, and used up by the run', async () => {
    using parts = openDesk();
    const { desk, trace, journal, runs } = parts;
    await expect(act(parts, request('container.stop', postgres.id))).rejects.toThrow(coded('PROTECTED'));
    const unlock = await unlockPostgres(parts);
    expect(journal.of('unlock')).toMatchObject([
      {
        host: { id: HOST_ID, label: 'atlas', target: 'ssh://ops@atlas' },
        app: 'shop',
        container: { id: postgres.id, name: 'shop-postgres-1', service: 'postgres' },
        action: 'container.stop',
        reason: 'it hangs',
        until: unlock.until,
      },
    ]);
    expect(desk.unlocks()).toEqual([unlock]);
    await expect(act(parts, request('container.restart', postgres.id))).rejects.toThrow(coded('PROTECTED'));
    await expect(act(parts, request('container.stop', postgres.id, OTHER_HOST))).rejects.toThrow(coded('PROTECTED'));
    await act(parts, request('container.stop', postgres.id));
    expect(desk.unlocks()).toEqual([]);
    expect(runs.begun[0]?.unlocks).toEqual([unlock]);
    expect(trace).toEqual(['journal unlock', 'journal intent', 'stop shop-postgres-1']);
    parts.atlas.apply('start', postgres.id);
    await expect(act(parts, request('container.stop', postgres.id))).rejects.toThrow(coded('PROTECTED'));
  });

  it('serve one of two runs that need the same', async () => {
    using parts = openDesk();
    await unlockPostgres(parts, 'container.restart');
    const wish = request('container.restart', postgres.id);
    const plans = await Promise.all([0, 1].map(() => parts.desk.plan(wish, signal)));
    const both = await Promise.allSettled(plans.map(({ id }) => parts.desk.run({ plan: id, reason: null })));
    expect(both.map((each) => (each.status === 'rejected' ? each.reason.code : 'begun'))).toEqual([
      'begun',
      'PROTECTED',
    ]);
  });

  it('do not hold after their time, although the plan does', async () => {
    using parts = openDesk();
    await unlockPostgres(parts);
    await parts.clock.advance(limits.actions.unlockMs - 1);
    const { id } = await parts.desk.plan(request('container.stop', postgres.id), signal);
    await parts.clock.advance(1);
    await expect(parts.desk.run({ plan: id, reason: null })).rejects.toThrow(coded('PROTECTED'));
  });

  it('are not there where the journal cannot be written', async () => {
    using parts = openDesk();
    parts.journal.fail();
    await expect(unlockPostgres(parts)).rejects.toThrow(coded('JOURNAL_UNUSABLE'));
    expect(parts.desk.unlocks()).toEqual([]);
  });

  it.each([
    [
      'a host that is observed',
      (parts: ReturnType<typeof openDesk>) => Object.assign(parts.atlas, { mode: 'observe' }),
      'OBSERVE_ONLY',
    ],
    ['a host that is not live', (parts: ReturnType<typeof openDesk>) => parts.atlas.offline(), 'HOST_NOT_LIVE'],
    [
      'what is stopped already',
      (parts: ReturnType<typeof openDesk>) => parts.atlas.alter(postgres.id, { state: 'exited' }),
      'NOTHING_TO_DO',
    ],
    ['what is gone', (parts: ReturnType<typeof openDesk>) => parts.atlas.gone(postgres.id), 'ENGINE_NOT_FOUND'],
  ])('are not given for %s', async (_, change, code) => {
    using parts = openDesk();
    change(parts);
    await expect(unlockPostgres(parts)).rejects.toThrow(coded(code));
    expect(parts.journal.records).toEqual([]);
  });

  it('are not given for what is not protected', async () => {
    using parts = openDesk();
    const wish = { hostId: HOST_ID, containerId: api.id, action: 'container.stop', reason: 'why' } as const;
    await expect(parts.desk.unlock(wish, signal)).rejects.toThrow(coded('NOT_PROTECTED'));
  });

  it('can be taken back, even where that cannot be recorded', async () => {
    using parts = openDesk();
    const key = { hostId: HOST_ID, containerId: postgres.id, action: 'container.stop' } as const;
    await parts.desk.lock(key);
    await unlockPostgres(parts);
    await parts.desk.lock(key);
    expect(parts.journal.records.map(({ kind }) => kind)).toEqual(['unlock', 'lock']);
    await unlockPostgres(parts);
    parts.journal.fail();
    await parts.desk.lock(key);
    expect(parts.desk.unlocks()).toEqual([]);
  });

  it('are not given on a host that is being set to be observed', async () => {
    using parts = openDesk();
    const { hosts, journal, desk } = parts;
    const kept = Promise.withResolvers<void>();
    const setMode = hosts.setMode.bind(hosts);
    hosts.setMode = (wish) => kept.promise.then(() => setMode(wish));
    const forbidding = desk.setMode({ id: HOST_ID, mode: 'observe' });
    const unlocking = expect(unlockPostgres(parts)).rejects.toThrow(coded('OBSERVE_ONLY'));
    await settled();
    kept.resolve();
    await Promise.all([forbidding, unlocking]);
    expect(journal.records.map(({ kind }) => kind)).toEqual(['mode']);
  });

  it('end when their host is observed or removed', async () => {
    using parts = openDesk();
    await unlockPostgres(parts);
    const kept = await unlockPostgres(parts, 'container.stop', OTHER_HOST);
    await parts.desk.setMode({ id: HOST_ID, mode: 'observe' });
    expect(parts.desk.unlocks()).toEqual([kept]);
    parts.fleet.remove(OTHER_HOST);
    expect(parts.desk.unlocks()).toEqual([]);
  });

  it('are told of', async () => {
    using parts = openDesk();
    const told = vi.fn();
    using _ = parts.desk.subscribe(told);
    await unlockPostgres(parts);
    expect(told).toHaveBeenCalledTimes(1);
    await parts.clock.advance(limits.actions.unlockMs);
    expect(told).toHaveBeenCalledTimes(2);
  });
});

describe('a refusal uses up neither an unlock nor a place in the rate', () => {
  it.each([
    ['busy', (parts: ReturnType<typeof openDesk>) => void parts.runs.busy.add(postgres.id), 'CHANGE_UNDER_WAY'],
    [
      'stale',
      (parts: ReturnType<typeof openDesk>) => parts.atlas.alter(postgres.id, { memoryLimitBytes: 1 }),
      'PLAN_STALE',
    ],
    [
      'not recorded',
      (parts: ReturnType<typeof openDesk>) => parts.runs.failNext(new AppError('JOURNAL_UNUSABLE', 'Full.')),
      'JOURNAL_UNUSABLE',
    ],
  ])('%s', async (_, hinder, code) => {
    using parts = openDesk();
    parts.atlas.rates = { changesPerMinute: 1, destroysPerMinute: 1 };
    const unlock = await unlockPostgres(parts);
    const { id } = await parts.desk.plan(request('container.stop', postgres.id), signal);
    hinder(parts);
    await expect(parts.desk.run({ plan: id, reason: null })).rejects.toThrow(coded(code));
    expect(parts.desk.unlocks()).toEqual([unlock]);
    await expect(parts.desk.run({ plan: id, reason: null })).rejects.toThrow(coded('PLAN_USED'));
    parts.runs.busy.clear();
    await act(parts, request('container.stop', postgres.id));
    expect(parts.desk.unlocks()).toEqual([]);
  });

  it('nor does one for the rate itself use up the unlock', async () => {
    using parts = openDesk();
    parts.atlas.rates = { changesPerMinute: 1, destroysPerMinute: 1 };
    await act(parts, request('container.restart'));
    const unlock = await unlockPostgres(parts);
    await expect(act(parts, request('container.stop', postgres.id))).rejects.toThrow(coded('RATE_LIMITED'));
    expect(parts.desk.unlocks()).toEqual([unlock]);
    await parts.clock.advance(limits.actions.rateMs);
    await act(parts, request('container.stop', postgres.id));
  });
});

describe('the rate of a host', () => {
  it('is counted at confirmation, once for a run, and stops none midway', async () => {
    using parts = openDesk();
    parts.atlas.rates = { changesPerMinute: 1, destroysPerMinute: 1 };
    const plans = await Promise.all([0, 1].map(() => parts.desk.plan(restartShop, signal)));
    await parts.desk.run({ plan: plans[0]?.id ?? '', reason: null });
    expect(parts.atlas.changes).toHaveLength(2);
    await expect(parts.desk.run({ plan: plans[1]?.id ?? '', reason: null })).rejects.toThrow(coded('RATE_LIMITED'));
    await act(parts, { ...restartShop, hostId: OTHER_HOST });
  });
});

describe('what lets more be done', () => {
  const most = limits.actions.looseningsPerMinute;

  it('is counted too, so that nobody fills the journal with it; what lets less be done never is', async () => {
    using parts = openDesk();
    const { desk, journal, clock } = parts;
    const service = { hostId: HOST_ID, app: 'shop', service: 'api' };
    for (let count = 0; count < most; count += 3) {
      await unlockPostgres(parts);
      await desk.setMode({ id: HOST_ID, mode: 'observe' });
      await desk.setMode({ id: HOST_ID, mode: 'operate' });
      await desk.protect({ ...service, protect: true });
      await desk.protect({ ...service, protect: false });
    }
    await desk.protect({ ...service, protect: true });
    const records = journal.records.length;
    await expect(unlockPostgres(parts)).rejects.toThrow(coded('RATE_LIMITED'));
    await expect(desk.protect({ ...service, protect: false })).rejects.toThrow(coded('RATE_LIMITED'));
    await desk.setMode({ id: HOST_ID, mode: 'observe' });
    await expect(desk.setMode({ id: HOST_ID, mode: 'operate' })).rejects.toThrow(coded('RATE_LIMITED'));
    expect(journal.records.length).toBe(records + 1);
    await clock.advance(limits.actions.rateMs);
    await desk.setMode({ id: HOST_ID, mode: 'operate' });
    await unlockPostgres(parts);
  });
});

describe('what else the desk does', () => {
  it('puts mode and protection of a host one after the other', async () => {
    using parts = openDesk();
    parts.atlas.mode = 'observe';
    const release = parts.journal.hold();
    const allow = parts.desk.setMode({ id: HOST_ID, mode: 'operate' });
    const forbid = parts.desk.setMode({ id: HOST_ID, mode: 'observe' });
    await settled();
    release();
    await Promise.all([allow, forbid]);
    expect(parts.atlas.mode).toBe('observe');
    expect(parts.trace).toEqual(['journal mode', 'set operate', 'set observe', 'journal mode']);
  });

  it('protects what is then refused', async () => {
    using parts = openDesk();
    await parts.desk.protect({ hostId: HOST_ID, app: 'shop', service: 'api', protect: true });
    await expect(act(parts, request('container.stop'))).rejects.toThrow(coded('PROTECTED'));
    expect((await parts.desk.plan(restartShop, signal)).leftOut.map(({ containerId: id }) => id)).toEqual([
      api.id,
      postgres.id,
    ]);
  });

  it('hands on what the runs and the timeline know', async () => {
    using parts = openDesk();
    parts.desk.cancel('c0000000-0000-4000-8000-000000000001');
    expect(parts.runs.cancelled).toEqual(['c0000000-0000-4000-8000-000000000001']);
    expect([parts.desk.runs(), parts.desk.timeline({ hostId: HOST_ID, app: 'shop' })]).toEqual([[], []]);
  });

  it('plans nothing for a host or a container that is not there', async () => {
    using parts = openDesk();
    const nowhere = HOST_ID.replace(/1$/, '9');
    await expect(parts.desk.plan(request('container.stop', api.id, nowhere), signal)).rejects.toThrow(
      coded('HOST_NOT_FOUND'),
    );
    await expect(parts.desk.plan(request('container.stop', containerId('dead')), signal)).rejects.toThrow(
      coded('ENGINE_NOT_FOUND'),
    );
  });
});
