import { describe, expect, it } from 'vitest';
import type { ActionRequest, ContainerAction, Unlock } from '#contract/actions.ts';
import type { ContainerDetail } from '../engine/model.ts';
import type { AppError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import { container, containerId, FakeHost, HOST_ID, NOW } from './host.fixture.ts';
import { type PlanSources, preparePlan } from './plan.ts';

const { signal } = new AbortController();
const ID = 'b0000000-0000-4000-8000-000000000001';

const web = container({
  id: '3eb0',
  service: 'web',
  labels: { 'com.docker.compose.depends_on': 'api:service_healthy:false' },
});
const api = container({
  id: 'a41c',
  healthWaitMs: 45_000,
  health: 'unhealthy',
  labels: { 'com.docker.compose.depends_on': 'postgres:service_healthy:true,redis:service_started:true' },
});
const postgres = container({ id: 'd8d8', service: 'postgres', image: 'postgres:16.4' });

function shop(...more: readonly ContainerDetail[]): FakeHost {
  return new FakeHost('atlas').put(web, api, postgres, ...more);
}

function of(action: ContainerAction, id = api.id): ActionRequest {
  return { action, hostId: HOST_ID, containerId: id };
}
const restartShop: ActionRequest = { action: 'app.restart', hostId: HOST_ID, app: 'shop' };

function prepare(host: FakeHost, request: ActionRequest, over: Partial<PlanSources> = {}) {
  return preparePlan(
    request,
    { host, unlockFor: () => null, durations: async () => [], newId: () => ID, now: () => NOW, ...over },
    signal,
  );
}

const coded = (code: string) => expect.objectContaining({ code }) as unknown as AppError;

describe('a plan for a container', () => {
  it('says all that is drawn', async () => {
    const asked: unknown[] = [];
    const prepared = await prepare(shop(), of('container.restart'), {
      durations: async (subject) => {
        asked.push(subject);
        return [5_000, 9_000, 6_000, 6_500];
      },
    });
    expect(prepared.plan).toEqual({
      id: ID,
      action: 'container.restart',
      hostId: HOST_ID,
      title: 'Restart shop / api on atlas',
      steps: [
        { text: 'Stop api (SIGTERM, 10 s)', request: 'POST /containers/a41c…/restart?t=10', containerId: api.id },
        { text: 'Start it again, same configuration', request: null, containerId: api.id },
        { text: 'Wait until healthy, at most 90 s', request: 'GET /containers/a41c…/json', containerId: api.id },
      ],
      leftOut: [],
      affects: ['web depends on api.'],
      took: { medianMs: 6_250, runs: 4 },
      command: "ssh ops@atlas 'docker restart -t 10 shop-api-1'",
      unlock: null,
      expiresAt: '2026-03-01T09:16:00.000Z',
    });
    expect(asked).toEqual([{ hostId: HOST_ID, app: 'shop', service: 'api', action: 'container.restart' }]);
  });

  it('carries what the runner needs', async () => {
    const prepared = await prepare(shop(), of('container.restart'));
    expect(prepared).toMatchObject({
      request: of('container.restart'),
      app: 'shop',
      service: 'api',
      changes: [
        {
          containerId: api.id,
          name: 'shop-api-1',
          service: 'api',
          what: 'restart',
          graceSeconds: 10,
          steps: { down: 0, up: 1, well: 2 },
          healthWaitMs: 90_000,
        },
      ],
      before: [
        {
          id: api.id,
          name: 'shop-api-1',
          service: 'api',
          image: 'shop/api:4.2.1',
          imageId: 'sha256:api',
          state: 'running',
          health: 'unhealthy',
          exitCode: null,
          startedAt: '2026-03-01T09:14:00.000Z',
        },
      ],
    });
  });

  it('stops with one step, and starts with two', async () => {
    const host = shop(container({ id: '77aa', service: 'mail', state: 'exited' }));
    const stop = await prepare(host, of('container.stop'));
    const start = await prepare(host, of('container.start', containerId('77aa')));
    expect([stop, start].map(({ plan, changes }) => [plan.steps, changes.map(({ steps }) => steps)])).toEqual([
      [
        [{ text: 'Stop api (SIGTERM, 10 s)', request: 'POST /containers/a41c…/stop?t=10', containerId: api.id }],
        [{ down: 0, up: null, well: null }],
      ],
      [
        [
          { text: 'Start mail', request: 'POST /containers/77aa…/start', containerId: containerId('77aa') },
          {
            text: 'See that it stays up for 3 s',
            request: 'GET /containers/77aa…/json',
            containerId: containerId('77aa'),
          },
        ],
        [{ down: null, up: 0, well: 1 }],
      ],
    ]);
    expect(start.plan.command).toBe("ssh ops@atlas 'docker start shop-mail-1'");
  });

  it.each([
    ['the default', {}, 10],
    ['its own', { stopTimeoutSeconds: 25 }, 25],
    ['none at all', { stopTimeoutSeconds: 0 }, 0],
    ['broken seconds, rounded up', { stopTimeoutSeconds: 1.2 }, 2],
    ['an absurd one, cut', { stopTimeoutSeconds: 86_400 }, 600],
    ['a database’s default', { image: 'postgres:16.4' }, 60],
    ['a database’s own, which is too little', { image: 'postgres:16.4', stopTimeoutSeconds: 5 }, 60],
    ['a database’s own, which is more', { image: 'postgres:16.4', stopTimeoutSeconds: 300 }, 300],
  ])('gives a grace: %s', async (_, over, seconds) => {
    const host = new FakeHost('atlas').put({ ...api, ...over });
    const unlock = unlockOf(api.id, 'container.stop');
    const { plan, changes } = await prepare(host, of('container.stop'), { unlockFor: () => unlock });
    expect(changes[0]?.graceSeconds).toBe(seconds);
    expect(plan.steps[0]?.request).toBe(`POST /containers/a41c…/stop?t=${seconds}`);
  });

  it.each([
    ['SIGQUIT', 10, 'Stop api (SIGQUIT, 10 s)'],
    ['15', 10, 'Stop api (signal 15, 10 s)'],
    ['SIGTERM', 300, 'Stop api (SIGTERM, 5 min)'],
  ])('names the signal %s and %i s', async (stopSignal, stopTimeoutSeconds, text) => {
    const host = new FakeHost('atlas').put({ ...api, stopSignal, stopTimeoutSeconds });
    expect((await prepare(host, of('container.stop'))).plan.steps[0]?.text).toBe(text);
  });

  it.each([
    [10_000, 'at most 90 s', 90_000],
    [150_000, 'at most 150 s', 150_000],
    [180_000, 'at most 3 min', 180_000],
    [9_999_999, 'at most 10 min', 600_000],
  ])('waits for a health check that needs %i ms: %s', async (healthWaitMs, text, waits) => {
    const host = new FakeHost('atlas').put({ ...api, healthWaitMs });
    const { plan, changes } = await prepare(host, of('container.restart'));
    expect(plan.steps[2]?.text).toContain(text);
    expect(changes[0]?.healthWaitMs).toBe(waits);
  });

  it('says of one that has ended that it is stopped only if it runs by then', async () => {
    const host = new FakeHost('atlas').put({ ...api, state: 'exited' });
    expect((await prepare(host, of('container.restart'))).plan.steps[0]?.text).toBe(
      'Stop api if it runs (SIGTERM, 10 s)',
    );
  });

  it('calls one of several by its name, and an app of one by that', async () => {
    const host = shop(
      container({ id: 'beef', number: 2 }),
      container({ id: 'c0de', app: 'grafana', service: 'grafana' }),
    );
    expect((await prepare(host, of('container.restart'))).plan.title).toBe('Restart shop / shop-api-1 on atlas');
    const single = await prepare(host, of('container.restart', containerId('c0de')));
    expect(single.plan.title).toBe('Restart grafana on atlas');
  });

  it('rests on a fresh inspect, not on what was listed', async () => {
    const host = shop();
    await prepare(host, of('container.restart'));
    expect(host.inspected).toEqual([api.id]);
    expect(host.changes).toEqual([]);
  });

  it('uses up the unlock of a protected one, and needs one', async () => {
    const host = shop();
    await expect(prepare(host, of('container.stop', postgres.id))).rejects.toThrow(coded('PROTECTED'));
    const unlock = unlockOf(postgres.id, 'container.stop');
    const asked: unknown[] = [];
    const unlockFor: PlanSources['unlockFor'] = (...key) => {
      asked.push(key);
      return unlock;
    };
    const { plan } = await prepare(host, of('container.stop', postgres.id), { unlockFor });
    expect(plan.unlock).toBe(unlock);
    expect(asked).toEqual([[postgres.id, 'container.stop']]);
    // An unlock that is not needed stays.
    expect((await prepare(host, of('container.stop'), { unlockFor })).plan.unlock).toBeNull();
  });

  it('is not made of a container that is gone, or that the engine took for another', async () => {
    const host = shop();
    await expect(prepare(host, of('container.restart', containerId('dead')))).rejects.toThrow(
      coded('ENGINE_NOT_FOUND'),
    );
    host.inspect = async () => web;
    await expect(prepare(host, of('container.restart'))).rejects.toThrow(coded('ENGINE_ANSWER_INVALID'));
  });

  it('is not made once the host is observed, even while it is being made', async () => {
    const host = shop();
    const durations = async () => {
      host.mode = 'observe';
      return [];
    };
    await expect(prepare(host, of('container.restart'), { durations })).rejects.toThrow(coded('OBSERVE_ONLY'));
  });

  it('shows nothing of a host as it came', async () => {
    const host = new FakeHost('at\u202elas').put({
      ...api,
      name: 'a\u001b[2Jb',
      labels: { ...api.labels, 'com.docker.compose.service': 'a\npi' },
    });
    const { plan, changes, before } = await prepare(host, of('container.restart'));
    expect(JSON.stringify([plan, changes, before])).not.toMatch(/\u202e|\\u001b|\\n/);
    expect(plan.title).toBe('Restart shop / a␊pi on at\\u{202e}las');
  });
});

describe('a plan for an app', () => {
  const redis = container({ id: 'eded', service: 'redis', image: 'redis:7.4' });
  const jobs = container({ id: '10b5', service: 'jobs', state: 'exited' });
  const migration = container({
    id: '0dd0',
    service: 'api',
    name: 'shop-api-run-1',
    labels: { 'com.docker.compose.oneoff': 'True' },
  });

  it('restarts what runs and is not protected, what is depended on first, and says what it leaves out', async () => {
    const { plan, changes } = await prepare(shop(redis, jobs, migration), restartShop);
    expect(plan.title).toBe('Restart shop on atlas');
    expect(plan.steps.map(({ text }) => text)).toEqual([
      'Stop api (SIGTERM, 10 s)',
      'Start api again, same configuration',
      'Wait until api is healthy, at most 90 s',
      'Stop web (SIGTERM, 10 s)',
      'Start web again, same configuration',
      'See that web stays up for 3 s',
    ]);
    expect(plan.leftOut).toEqual([
      { containerId: postgres.id, service: 'postgres', why: 'protected' },
      { containerId: redis.id, service: 'redis', why: 'protected' },
      { containerId: jobs.id, service: 'jobs', why: 'not-running' },
    ]);
    expect(plan.command).toBe("ssh ops@atlas 'docker restart -t 10 shop-api-1 && docker restart -t 10 shop-web-1'");
    expect(changes.map(({ steps }) => steps)).toEqual([
      { down: 0, up: 1, well: 2 },
      { down: 3, up: 4, well: 5 },
    ]);
  });

  it('believes the fresh look more than the list', async () => {
    const host = shop(redis, jobs);
    const marked = { ...web, labels: { ...web.labels, 'binnacle.protect': 'true' } };
    const inspect = host.inspect.bind(host);
    host.inspect = async (id, stop) => (id === web.id ? marked : inspect(id, stop));
    const { plan, changes } = await prepare(host, restartShop);
    expect(changes.map(({ service }) => service)).toEqual(['api']);
    expect(plan.leftOut.map(({ service, why }) => [service, why])).toEqual([
      ['postgres', 'protected'],
      ['redis', 'protected'],
      ['web', 'protected'],
      ['jobs', 'not-running'],
    ]);
  });

  it('never uses an unlock', async () => {
    const unlockFor = () => unlockOf(postgres.id, 'container.restart');
    const { plan, changes } = await prepare(shop(), restartShop, { unlockFor });
    expect(plan.unlock).toBeNull();
    expect(changes.map(({ service }) => service)).toEqual(['api', 'web']);
  });

  it.each([
    ['everything is protected', [postgres], 'PROTECTED', 'All of shop on atlas is protected, and stays as it is.'],
    ['nothing runs', [{ ...api, state: 'exited' }], 'NOTHING_TO_DO', 'Nothing of shop runs on atlas.'],
    [
      'nothing else runs',
      [{ ...api, state: 'exited' }, postgres],
      'NOTHING_TO_DO',
      'Nothing of shop runs on atlas that is not protected.',
    ],
    ['it is gone', [], 'ENGINE_NOT_FOUND', 'There is no app shop on atlas any more.'],
  ] as const)('is not made where %s', async (_, containers, code, message) => {
    const host = new FakeHost('atlas').put(...containers);
    await expect(prepare(host, restartShop)).rejects.toThrow(coded(code));
    await expect(prepare(host, restartShop)).rejects.toThrow(message);
  });

  it('acts upon so many and no more', async () => {
    const many = (count: number) =>
      Array.from({ length: count }, (_, index) =>
        container({ id: `f${String(index).padStart(4, '0')}`, number: index + 1 }),
      );
    const most = limits.actions.containersPerPlan;
    expect((await prepare(new FakeHost().put(...many(most)), restartShop)).changes).toHaveLength(most);
    await expect(prepare(new FakeHost().put(...many(most + 1)), restartShop)).rejects.toThrow(coded('PLAN_TOO_LARGE'));
  });

  it('is no longer than one record of the journal', async () => {
    const name = '𝕏'.repeat(250);
    const many = Array.from({ length: limits.actions.containersPerPlan }, (_, index) =>
      container({ id: `f${String(index).padStart(4, '0')}`, name: `${name}${index}`, number: index + 1 }),
    );
    await expect(prepare(new FakeHost().put(...many), restartShop)).rejects.toThrow(
      'This plan is longer than the journal could keep as one record.',
    );
  });

  it('inspects a few at once, and ends at the first that fails', async () => {
    const many = Array.from({ length: 100 }, (_, index) =>
      container({ id: `f${String(index).padStart(4, '0')}`, number: index + 1 }),
    );
    const host = new FakeHost().put(...many);
    const inspect = host.inspect.bind(host);
    let [now, most] = [0, 0];
    host.inspect = async (id, stop) => {
      now += 1;
      most = Math.max(most, now);
      await new Promise(setImmediate);
      now -= 1;
      if (id === many[20]?.id) throw Object.assign(new Error('bug'), { code: 'X' });
      return inspect(id, stop);
    };
    await expect(prepare(host, restartShop)).rejects.toThrow('bug');
    expect(most).toBe(limits.actions.inspects);
    expect(host.inspected.length).toBeLessThan(60);
  });
});

function unlockOf(id: string, action: Unlock['action']): Unlock {
  return { hostId: HOST_ID, containerId: id, action, reason: 'it hangs', until: '2026-03-01T09:19:00.000Z' };
}
