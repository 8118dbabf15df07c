import { afterEach, describe, expect, it } from 'vitest';
import { settled } from '../kernel/clock.fixture.ts';
import { AppError } from '../kernel/errors.ts';
import {
  type FakeEngine,
  type FakeLink,
  fakeEngine,
  fakeLink,
  fixtureClock,
  LOGIN,
  toAppError,
} from './engine.fixture.ts';
import { at, detail, engineEvent, NO_PREFERENCES, summary } from './facts.fixture.ts';
import { FleetService } from './fleet-service.ts';
import type { HostEvent } from './host-access.ts';
import type { HostPreferences } from './model.ts';

const open: FleetService[] = [];
afterEach(async () => {
  for (const service of open.splice(0)) await service[Symbol.asyncDispose]();
});

const ATLAS = '00000000-0000-4000-8000-000000000001';
const { signal } = new AbortController();
const rates = { changesPerMinute: 20, destroysPerMinute: 3 };

/** A fleet of one host, live, with these containers, which `prepare` may change. */
async function atlas(
  ids: readonly string[],
  {
    prepare = () => undefined,
    preferences = NO_PREFERENCES,
  }: { readonly prepare?: (engine: FakeEngine) => void; readonly preferences?: HostPreferences } = {},
) {
  const clock = fixtureClock();
  const engine = fakeEngine(ids, () => clock.monotonic());
  prepare(engine);
  const links: FakeLink[] = [];
  const connect = async () => {
    const link = fakeLink(engine);
    links.push(link);
    return link;
  };
  const member = { id: ATLAS, target: 'ssh://ops@atlas', label: 'atlas', mode: 'operate' as const };
  const service = new FleetService({
    members: [{ ...member, rates, preferences, connector: { connect } }],
    ...{ intervals: { refreshMs: 10_000, sampleMs: 5_000 }, retry: true, random: () => 1, clock, toAppError },
  });
  open.push(service);
  const heard: HostEvent[] = [];
  service.onEvent((event) => heard.push(event));
  await clock.advance(1_000);
  engine.takeAsked();
  const asked = () => engine.takeAsked().filter((question) => !/^(ping|sample|reject)/.test(question));
  const reasons = () => service.host(ATLAS)?.containers.map(({ container }) => container.reason);
  return { clock, engine, links, service, host: service.access(ATLAS), heard, asked, reasons };
}

describe('a host that is acted upon', () => {
  it('is what is known of it, and of its containers', async () => {
    const { host } = await atlas(['a'], {
      preferences: { ...NO_PREFERENCES, apps: { 'name-b': 'shop' }, protected: [{ app: 'shop', service: 'name-b' }] },
      prepare: (engine) => {
        engine.containers.push(
          summary('b', { state: 'paused', image: 'i\u0000', labels: { note: '\u0007' }, volumes: ['data'] }),
        );
      },
    });
    const { id, label, target, mode, status, login, denied } = host;
    const told = { id, label, target, mode, status, login, denied, rates: host.rates };
    expect([told, host.containers[1]]).toEqual([
      {
        ...{ id: ATLAS, label: 'atlas', target: 'ssh://ops@atlas', mode: 'operate', rates, login: LOGIN, denied: [] },
        status: { state: 'live', since: new Date(at(0).wall).toISOString() },
      },
      {
        id: 'b',
        name: 'name-b',
        image: 'i␀',
        place: { app: 'shop', service: 'name-b', number: null, oneOff: false },
        protection: 'operator',
        state: 'paused',
        health: 'none',
        labels: { note: '\u0007' },
        networks: summary('b').networks,
        // As inspected, which tells more than some lists.
        volumes: [],
      },
    ]);
  });

  it('keeps its containers as long as nothing has changed', async () => {
    const { engine, host } = await atlas(['a']);
    const before = host.containers;
    const same = host.containers === before;
    engine.containers = [summary('a', { state: 'paused' })];
    engine.streams[0]?.push(engineEvent('a', 'pause', 1_000));
    await settled();
    expect([same, before[0]?.state, host.containers[0]?.state]).toEqual([true, 'running', 'paused']);
  });

  it('judges a fresh inspect as it judges what it knows', async () => {
    const { host } = await atlas([], {
      preferences: { ...NO_PREFERENCES, protected: [{ app: 'shop', service: 'api' }] },
    });
    const labels = { 'com.docker.compose.project': 'shop', 'com.docker.compose.service': 'api' };
    const fresh = detail('x', { labels });
    expect([
      host.placeOf(fresh),
      host.protectionOf(fresh),
      host.protectionOf({ ...fresh, mountPaths: ['/var/lib/mysql'] }),
      host.protectionOf(detail('y')),
    ]).toEqual([{ app: 'shop', service: 'api', number: null, oneOff: false }, 'operator', 'database', null]);
  });

  it('is protected from the moment on in which the operator says so', async () => {
    const { service, host } = await atlas(['a']);
    const told = () => [host.containers[0]?.protection, service.host(ATLAS)?.containers[0]?.container.protection];
    const before = told();
    const services = [{ app: 'name-a', service: 'name-a' }];
    service.update(ATLAS, {
      preferences: { ...NO_PREFERENCES, protected: services },
      rates: { ...rates, changesPerMinute: 1 },
    });
    expect([before, told(), host.rates.changesPerMinute]).toEqual([[null, null], ['operator', 'operator'], 1]);
  });

  it('is inspected afresh, and the facts learn of it', async () => {
    const { clock, engine, host, asked, reasons } = await atlas(['a']);
    engine.answers.inspect = async (id) => detail(id, { state: 'dead', name: 'name-a' });
    await clock.advance(1);
    const answer = await host.inspect('a', signal);
    expect([answer.state, asked(), reasons()]).toEqual(['dead', ['inspect a'], ['dead']]);
  });

  it('knows a container no longer that turns out to be gone', async () => {
    const { engine, host } = await atlas(['a', 'b']);
    engine.containers.shift();
    await expect(host.inspect('a', signal)).rejects.toMatchObject({ code: 'ENGINE_NOT_FOUND' });
    expect(host.containers.map(({ id }) => id)).toEqual(['b']);
  });

  it('is asked for nothing while it is not live', async () => {
    const { links, host, asked } = await atlas(['a']);
    links[0]?.drop(new AppError('CONNECTION_LOST', 'Gone.'));
    await settled();
    const notLive = { code: 'HOST_NOT_LIVE', message: 'The host is offline: Gone.' };
    await expect(host.inspect('a', signal)).rejects.toMatchObject(notLive);
    const request = { containerId: 'a', graceSeconds: 10 };
    await expect(host.change('stop', request, signal)).rejects.toMatchObject(notLive);
    expect([host.login, host.denied, asked()]).toEqual([null, [], []]);
  });

  it('is changed once, as asked, and the container looked at as soon as that has come out', async () => {
    const { engine, host, asked, reasons } = await atlas(['a', 'b']);
    const sent: unknown[] = [];
    const answer = Promise.withResolvers<'already'>();
    engine.answers.change = async (...change) => {
      sent.push(change);
      return answer.promise;
    };
    const stopping = host.change('stop', { containerId: 'a', graceSeconds: 60 }, signal);
    await settled();
    const before = asked();
    engine.containers = [summary('a', { state: 'exited', exitCode: 3 }), summary('b')];
    answer.resolve('already');
    const came = await stopping;
    await settled();
    // No event has told of it.
    expect([before, sent, came, asked(), reasons()]).toEqual([
      ['stop a'],
      [['stop', 'a', 60]],
      'already',
      ['inspect a'],
      ['exited 3', 'unchecked'],
    ]);
  });

  it('is read anew after a change of which nobody knows what came of it, and never asked for it again', async () => {
    const { clock, engine, host, asked } = await atlas(['a']);
    engine.answers.change = () => Promise.reject(new AppError('ENGINE_TIMEOUT', 'No answer.'));
    const request = { containerId: 'a', graceSeconds: 10 };
    await expect(host.change('restart', request, signal)).rejects.toMatchObject({ code: 'ENGINE_TIMEOUT' });
    await clock.advance(60_000);
    const all = asked();
    expect([all.slice(0, 4).sort(), all.filter((question) => question === 'restart a')]).toEqual([
      ['inspect a', 'list', 'networks', 'restart a'],
      ['restart a'],
    ]);
  });

  it('is inspected again where an answer was on its way while it was changed', async () => {
    const { clock, engine, host, asked } = await atlas(['a']);
    const slow = Promise.withResolvers<void>();
    const { inspect } = engine.answers;
    engine.answers.inspect = async (id) => {
      const before = await inspect(id);
      await slow.promise;
      return before;
    };
    engine.streams[0]?.push(engineEvent('a', 'update', 1_000));
    await clock.advance(1);
    await host.change('stop', { containerId: 'a', graceSeconds: 10 }, signal);
    engine.containers = [summary('a', { state: 'exited', exitCode: 3 })];
    const during = asked();
    slow.resolve();
    await settled();
    expect([during, asked(), host.containers[0]?.state]).toEqual([['inspect a', 'stop a'], ['inspect a'], 'exited']);
  });

  it('remembers what a policy has refused, as long as it is connected', async () => {
    const { clock, engine, links, service, host } = await atlas(['a']);
    const told: (string | null)[] = [];
    using _changes = service.subscribe((hostId) => void told.push(hostId));
    engine.answers.change = (what) =>
      Promise.reject(new AppError(what === 'start' ? 'ENGINE_ERROR' : 'ENGINE_DENIED', 'No.'));
    for (const what of ['stop', 'start', 'restart', 'stop'] as const) {
      await host.change(what, { containerId: 'a', graceSeconds: 10 }, signal).catch(() => undefined);
    }
    const denied = [host.denied, service.host(ATLAS)?.host.denied, told.includes(ATLAS)];
    links[0]?.drop(new AppError('CONNECTION_LOST', 'Gone.'));
    await clock.advance(2_000);
    expect([denied, host.denied, service.host(ATLAS)?.host.denied]).toEqual([
      [['stop', 'restart'], ['stop', 'restart'], true],
      [],
      [],
    ]);
  });

  it('has what a run does to it muted while it does, and no longer', async () => {
    const { engine, service, reasons } = await atlas(['a']);
    const told: (string | null)[] = [];
    using _changes = service.subscribe((hostId) => void told.push(hostId));
    service.plan(ATLAS, new Map([['a', 'stopping']]));
    const begun = told.splice(0);
    engine.containers = [summary('a', { state: 'exited', exitCode: 137 })];
    engine.streams[0]?.push(engineEvent('a', 'kill', 1_000, { signal: '15' }));
    engine.streams[0]?.push(engineEvent('a', 'die', 1_000, { exitCode: '137' }));
    await settled();
    const during = [service.view().sentence, reasons()];
    service.plan(ATLAS, new Map());
    service.plan('00000000-0000-4000-8000-000000000009', new Map([['a', 'stopping']]));
    expect([begun, during, service.view().verdict, reasons()]).toEqual([
      [ATLAS],
      ['All green · 0 running · 1 changing, planned · 1 app · 1 host · 1 s ago', ['stopping, planned']],
      'attention',
      ['exited 137'],
    ]);
  });

  it('is not there, or not any more', async () => {
    const { service, host } = await atlas(['a']);
    await service.remove(ATLAS);
    expect(() => service.access(ATLAS)).toThrow(expect.objectContaining({ code: 'HOST_NOT_FOUND' }));
    await expect(host.inspect('a', signal)).rejects.toMatchObject({ code: 'HOST_NOT_LIVE' });
  });
});

describe('what is heard of a host', () => {
  const heardAs = (heard: readonly HostEvent[]) =>
    heard.map(
      ({ event, place, at: when }) => `${event.action} ${event.id} of ${place?.app ?? null} at ${when - at(0).wall}`,
    );

  it('is each event of a container once, over all connections, in the time of this machine', async () => {
    const { clock, engine, links, service, heard, reasons } = await atlas(['a']);
    const push = (...all: readonly Parameters<typeof engineEvent>[]) => {
      for (const event of all) engine.streams.at(-1)?.push(engineEvent(...event));
      return settled();
    };
    const told: unknown[] = [];
    // The facts have had it before anybody is told.
    using _heard = service.onEvent(() => told.push(reasons()));
    await push(['a', 'pause', 900], ['n1', 'connect', 950, { container: 'a' }, 'network']);
    const first = told.splice(0);
    links[0]?.drop(new AppError('CONNECTION_LOST', 'Gone.'));
    await clock.advance(2_000);
    await push(['a', 'pause', 900], ['a', 'unpause', 2_500], ['a', 'unpause', 2_500]);
    expect([first, heardAs(heard), heard[0]?.hostId]).toEqual([
      [['paused']],
      ['pause a of name-a at 900', 'unpause a of name-a at 2500'],
      ATLAS,
    ]);
  });

  it('begins with what the engine still knows, once the list has been read', async () => {
    const list = Promise.withResolvers<void>();
    const { engine, heard } = await atlas(['a'], {
      prepare: (fake) => {
        const { list: answer } = fake.answers;
        fake.answers.list = async () => {
          await list.promise;
          return await answer();
        };
      },
    });
    engine.streams[0]?.push(engineEvent('a', 'start', -60_000));
    await settled();
    const before = [...heard];
    list.resolve();
    await settled();
    expect([before, heardAs(heard)]).toEqual([[], ['start a of name-a at -60000']]);
  });

  it('says where a container belongs that no list shows yet, or any more', async () => {
    const { engine, heard } = await atlas(['a']);
    const shop = { name: '/shop-api-1', 'com.docker.compose.project': 'shop', 'com.docker.compose.service': 'api' };
    for (const event of [
      engineEvent('b', 'create', 1_000, shop),
      engineEvent('a', 'destroy', 1_001),
      engineEvent('a', 'exec_die', 1_002),
      engineEvent('c', 'start', 1_003),
    ]) {
      engine.streams[0]?.push(event);
    }
    await settled();
    expect(heardAs(heard)).toEqual([
      'create b of shop at 1000',
      'destroy a of name-a at 1001',
      'exec_die a of null at 1002',
      'start c of null at 1003',
    ]);
  });

  it('is told to nobody who has left, nor of a host that was removed', async () => {
    const { engine, service, heard } = await atlas(['a']);
    const left: HostEvent[] = [];
    service.onEvent((event) => left.push(event))[Symbol.dispose]();
    engine.streams[0]?.push(engineEvent('a', 'pause', 1_000));
    await settled();
    await service.remove(ATLAS);
    engine.streams[0]?.push(engineEvent('a', 'unpause', 1_000));
    await settled();
    expect([left, heard.length]).toEqual([[], 1]);
  });
});
