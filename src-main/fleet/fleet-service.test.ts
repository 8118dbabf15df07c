import { afterEach, describe, expect, it } from 'vitest';
import type { Host } from '#contract/fleet.ts';
import { FleetHost } from '#contract/updates.ts';
import { settled } from '../kernel/clock.fixture.ts';
import { AppError, abortError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import { batches, type FakeEngine, fakeEngine, fakeLink, fixtureClock, toAppError } from './engine.fixture.ts';
import { engineEvent, NO_PREFERENCES, summary } from './facts.fixture.ts';
import { FleetService } from './fleet-service.ts';
import type { FleetMember } from './followed-host.ts';
import type { HostConnector } from './host-session.ts';

const rates = { changesPerMinute: 10, destroysPerMinute: 3 };

const open: FleetService[] = [];
afterEach(async () => {
  for (const service of open.splice(0)) await service[Symbol.asyncDispose]();
});

const blackHole: HostConnector = {
  connect: (signal) =>
    new Promise((_, reject) => signal.addEventListener('abort', () => reject(abortError(signal)), { once: true })),
};
const refused: HostConnector = { connect: () => Promise.reject(new AppError('CONNECT_REFUSED', 'Refused.')) };

const id = (index: number) => `00000000-0000-4000-8000-00000000000${index}`;

function fleet(hosts: Readonly<Record<string, HostConnector | readonly string[]>>, { retry = true } = {}) {
  const clock = fixtureClock();
  const engines = new Map<string, FakeEngine>();
  const memberOf = (name: string, index: number, what: HostConnector | readonly string[]): FleetMember => {
    const connector = 'connect' in what ? what : { connect: async () => fakeLink(engineOf(name, what)) };
    return {
      id: id(index),
      target: `ssh://${name}`,
      label: name,
      mode: 'observe',
      rates,
      preferences: NO_PREFERENCES,
      connector,
    };
  };
  const members = Object.entries(hosts).map(([name, what], index) => memberOf(name, index, what));
  const engineOf = (name: string, ids: readonly string[]) => {
    const engine = fakeEngine(ids, () => clock.monotonic());
    engines.set(name, engine);
    return engine;
  };
  const service = new FleetService({
    members,
    intervals: { refreshMs: 10_000, sampleMs: 5_000 },
    retry,
    clock,
    random: () => 1,
    toAppError,
  });
  open.push(service);
  return { clock, engines, service, memberOf };
}

const { signal: forever } = new AbortController();

describe('FleetService', () => {
  it('reads all hosts side by side: one that never answers delays the others by nothing', async () => {
    const { clock, service } = fleet({ dead: blackHole, atlas: ['a', 'b'], cinder: ['c'] });
    await clock.advance(1_000);
    await service.reachedByAny('loaded', forever);
    const { verdict, sentence, hosts } = service.view();
    expect([
      verdict,
      sentence,
      hosts.map(({ status, verdict: own }) => [status.state, own]),
      service.unread('loaded'),
    ]).toEqual([
      'unknown',
      '1 host unknown · 3 of 3 running are green (3 unchecked) · 3 apps · 3 hosts · 1 s ago',
      [
        ['connecting', 'unknown'],
        ['live', 'green'],
        ['live', 'green'],
      ],
      ['ssh://dead'],
    ]);
  });

  it('waits for all, or until it is told to stop, and never rejects', async () => {
    const { clock, service } = fleet({ dead: blackHole, atlas: ['a'] });
    const controller = new AbortController();
    let done = false;
    const waiting = service.reached('listed', controller.signal).then(() => {
      done = true;
    });
    await clock.advance(60_000);
    const before = done;
    controller.abort();
    await waiting;
    await service.reached('listed', controller.signal);
    await service.reachedByAny('loaded', controller.signal);
    expect([before, done]).toEqual([false, true]);
  });

  it('does not take a host that cannot be read for one that was', async () => {
    const { clock, service } = fleet({ refused, atlas: ['a'] });
    let any = false;
    void service.reachedByAny('loaded', forever).then(() => {
      any = true;
    });
    await settled();
    const soon = any;
    await clock.advance(1_000);
    const hopeless = fleet({ refused, other: refused });
    await hopeless.service.reachedByAny('loaded', forever);
    expect([soon, any]).toEqual([false, true]);
  });

  it('tells the problems of all hosts, in their order', async () => {
    const { service } = fleet({ one: refused, atlas: ['a'], two: refused }, { retry: false });
    await service.reached('listed', forever);
    expect([service.problems(), service.unread('listed')]).toEqual([
      ['one', 'two'].map((name) => ({
        where: `ssh://${name}`,
        code: 'CONNECT_REFUSED',
        message: 'Refused.',
        hint: null,
      })),
      [],
    ]);
  });

  it('is unknown without a host', async () => {
    const { service } = fleet({});
    await service.reached('loaded', forever);
    await service.reachedByAny('loaded', forever);
    expect([service.view(), service.problems()]).toEqual([
      { verdict: 'unknown', sentence: 'No hosts yet', hosts: [] },
      [],
    ]);
  });

  it('calls back with the host at every change of one, until it is disposed', async () => {
    const { clock, engines, service } = fleet({ atlas: ['a'], cinder: ['c'] });
    await clock.advance(1_000);
    const told: (string | null)[] = [];
    const tell = (hostId: string | null) => void told.push(hostId);
    const twice = [service.subscribe(tell), service.subscribe(tell)];
    const happen = async (name: string) => {
      engines.get(name)?.streams[0]?.push(engineEvent('x', 'create', clock.monotonic()));
      await settled();
      return told.splice(0);
    };
    const [first, second] = [await happen('atlas'), await happen('cinder')];
    twice[0]?.[Symbol.dispose]();
    const once = await happen('atlas');
    twice[1]?.[Symbol.dispose]();
    expect([
      new Set(first),
      new Set(second),
      once.length > 0 && once.length * 2 === first.length,
      await happen('atlas'),
    ]).toEqual([new Set([id(0)]), new Set([id(1)]), true, []]);
  });

  it('shows one host as a window is told of it, the same object until something has changed', async () => {
    const { clock, engines, service } = fleet({ atlas: ['a', 'b'], refused });
    await clock.advance(1_000);
    const { apps, ...host } = service.view().hosts[0] as Host;
    const first = service.host(id(0));
    const again = service.host(id(0));
    const engine = engines.get('atlas') as FakeEngine;
    engine.containers = [summary('a', { state: 'exited', exitCode: 3 }), summary('b')];
    engine.streams[0]?.push(engineEvent('a', 'die', 1_000, { exitCode: '3' }));
    await settled();
    const later = service.host(id(0))?.containers.map(({ container }) => container.reason);
    expect([first, again === first, later, service.host(id(1))?.host, service.host(id(7))]).toEqual([
      {
        host: { ...host, label: 'atlas', mode: 'observe', denied: [], problems: [] },
        containers: apps.map(({ name, containers }) => ({ app: name, container: containers[0] })),
      },
      true,
      ['exited 3', 'unchecked'],
      expect.objectContaining({
        label: 'refused',
        verdict: 'unknown',
        problems: [{ where: 'ssh://refused', code: 'CONNECT_REFUSED', message: 'Refused.', hint: null }],
      }),
      null,
    ]);
    expect(FleetHost.parse(first?.host)).toEqual(first?.host);
  });

  it('lets what it shows age although nothing happens', async () => {
    const { clock, service } = fleet({ atlas: ['a'] });
    await clock.advance(1_000);
    const first = service.host(id(0));
    await clock.advance(limits.fleet.viewMs - 1);
    const young = service.host(id(0));
    await clock.advance(1);
    expect([young === first, service.host(id(0)) === first]).toEqual([true, false]);
  });

  it('makes no picture anew to sum it up, where nothing has happened', async () => {
    const { clock, service } = fleet({ atlas: ['a'] });
    await clock.advance(1_000);
    service.host(id(0));
    await clock.advance(limits.fleet.viewMs);
    service.summary();
    await clock.advance(1);
    // Made here, and not a millisecond ago: else it would be too old in the end.
    const made = service.host(id(0));
    await clock.advance(limits.fleet.viewMs - 1);
    expect(service.host(id(0)) === made).toBe(true);
  });

  it('sums up what its sentence says', async () => {
    const { clock, service } = fleet({ atlas: ['a', 'b'] });
    await clock.advance(1_000);
    expect([service.summary(), service.view().sentence]).toEqual([
      {
        verdict: 'green',
        headline: 'All green',
        counts: ['2 running (2 unchecked)', '2 apps', '1 host'],
        freshAt: service.host(id(0))?.host.freshAt,
      },
      'All green · 2 running (2 unchecked) · 2 apps · 1 host · 1 s ago',
    ]);
  });

  describe('while it runs', () => {
    it('takes hosts in at their place, and tells of it', async () => {
      const { clock, service, memberOf } = fleet({ atlas: ['a'], cinder: ['c'] });
      await clock.advance(1_000);
      const told: (string | null)[] = [];
      using _changes = service.subscribe((hostId) => void told.push(hostId));
      service.add(memberOf('last', 5, ['x']));
      service.add(memberOf('second', 6, ['y']), 1);
      expect([told.splice(0), service.hostIds]).toEqual([
        [null, null],
        [id(0), id(6), id(1), id(5)],
      ]);
      await clock.advance(1_000);
      expect([new Set(told), service.view().hosts.map(({ status }) => status.state)]).toEqual([
        new Set([id(5), id(6)]),
        ['live', 'live', 'live', 'live'],
      ]);
      expect(() => service.add(memberOf('again', 5, []))).toThrow(expect.objectContaining({ code: 'HOST_EXISTS' }));
    });

    it('lets go of a host that is removed, and of all that it does; it may come back', async () => {
      const { clock, engines, service, memberOf } = fleet({ atlas: ['a'], cinder: ['c'] });
      await clock.advance(1_000);
      const told: (string | null)[] = [];
      using _changes = service.subscribe((hostId) => void told.push(hostId));
      await service.remove(id(0));
      expect([told, service.hostIds, service.host(id(0)), [...(engines.get('atlas')?.open ?? [])]]).toEqual([
        [null],
        [id(1)],
        null,
        [],
      ]);
      service.add(memberOf('atlas', 0, ['a']), 0);
      await clock.advance(1_000);
      expect([service.hostIds, service.view().verdict]).toEqual([[id(0), id(1)], 'green']);
    });

    it('does not wait for ever for a host that is removed, nor forgets it when it closes itself', async () => {
      const closing = Promise.withResolvers<never>();
      const { clock, service } = fleet({ deaf: { connect: () => closing.promise }, atlas: ['a'] });
      let isOver = false;
      void service.remove(id(0)).then(() => {
        isOver = true;
      });
      await clock.advance(limits.fleet.closeMs - 1);
      const before = isOver;
      await clock.advance(1);
      const after = isOver;
      isOver = false;
      open.pop();
      const closed = service[Symbol.asyncDispose]().then(() => {
        isOver = true;
      });
      await clock.advance(1);
      const waits = !isOver;
      closing.reject(new AppError('CANCELLED', 'At last.'));
      await closed;
      expect([before, after, waits]).toEqual([false, true, true]);
    });

    it('renames a host, and judges it by other preferences', async () => {
      const { clock, service } = fleet({ atlas: ['a'] });
      await clock.advance(1_000);
      const told: (string | null)[] = [];
      using _changes = service.subscribe((hostId) => void told.push(hostId));
      const seen = () => {
        const { label, verdict } = service.host(id(0))?.host ?? {};
        return [label, verdict, told.splice(0)];
      };
      const before = seen();
      service.update(id(0), { label: 'Shop' });
      const renamed = seen();
      service.update(id(0), { preferences: { ...NO_PREFERENCES, pinned: [{ app: 'shop', service: 'db' }] } });
      expect([before, renamed, seen()]).toEqual([
        ['atlas', 'green', []],
        ['Shop', 'green', [null]],
        ['Shop', 'down', [id(0)]],
      ]);
    });

    it('connects again to a host that is asked for', async () => {
      let tries = 0;
      const blocked: HostConnector = {
        connect: () => {
          tries += 1;
          return Promise.reject(new AppError('AUTH_FAILED', 'No.'));
        },
      };
      const { clock, service } = fleet({ blocked });
      await clock.advance(60_000);
      const before = tries;
      service.retry(id(0));
      await clock.advance(60_000);
      expect([before, tries]).toEqual([1, 2]);
    });

    it('samples the load of the hosts that are looked at, those that come later included', async () => {
      const { clock, engines, service, memberOf } = fleet({ atlas: ['a'], cinder: ['c'] });
      await clock.advance(1_000);
      service.watchLoadOf(new Set([id(1), id(6)]));
      service.add(memberOf('later', 5, ['x']));
      service.add(memberOf('watched', 6, ['y']));
      await clock.advance(1_000);
      const sampled = () => {
        const counts = [...engines].map(([name, engine]) => [
          name,
          engine.takeAsked().filter((question) => question.startsWith('sample')).length,
        ]);
        return Object.fromEntries(counts);
      };
      sampled();
      await clock.advance(20_000);
      const some = sampled();
      service.watchLoadOf(null);
      await clock.advance(20_000);
      const all = sampled();
      service.watchLoadOf(new Set());
      await clock.advance(20_000);
      expect([some, all, sampled()]).toEqual([
        { atlas: 0, cinder: 4, later: 0, watched: 4 },
        { atlas: 5, cinder: 4, later: 5, watched: 4 },
        { atlas: 0, cinder: 0, later: 0, watched: 0 },
      ]);
    });

    it('reads a log through the host’s own connection', async () => {
      const { clock, engines, service } = fleet({ atlas: ['a'], cinder: ['c'] });
      await clock.advance(1_000);
      const engine = engines.get('cinder') as FakeEngine;
      engine.answers.logs = async () => batches([{ stream: 'stdout', time: null, text: 'hello', cut: false }]);
      const request = { hostId: id(1), containerId: 'c', follow: true, tail: 10, after: null };
      expect((await Array.fromAsync(await service.logs(request, forever))).flat()).toEqual([
        { stream: 'stdout', time: null, text: 'hello', cut: false },
      ]);
    });

    it('knows no host that is not there', async () => {
      const { service } = fleet({});
      const missing = expect.objectContaining({ code: 'HOST_NOT_FOUND' });
      const request = { hostId: id(1), containerId: 'c', follow: true, tail: 10, after: null };
      expect(() => service.retry(id(1))).toThrow(missing);
      expect(() => service.update(id(1), { label: 'x' })).toThrow(missing);
      await expect(service.remove(id(1))).rejects.toEqual(missing);
      await expect(service.logs(request, forever)).rejects.toEqual(missing);
    });

    it('takes in no host once it is closed', async () => {
      const { service, memberOf } = fleet({});
      await service[Symbol.asyncDispose]();
      expect(() => service.add(memberOf('late', 1, []))).toThrow(expect.objectContaining({ code: 'CANCELLED' }));
    });
  });

  it('lets go of all hosts, whatever they are doing', async () => {
    const { clock, engines, service } = fleet({ dead: blackHole, refused, atlas: ['a'] });
    await clock.advance(1);
    await service[Symbol.asyncDispose]();
    expect([clock.sleeping(), [...(engines.get('atlas')?.open ?? [])]]).toEqual([[], []]);
  });

  it('closes in a bounded time, even where a connector heeds no signal', async () => {
    const { clock, service } = fleet({ deaf: { connect: () => new Promise(() => {}) }, atlas: ['a'] });
    open.pop();
    await clock.advance(1);
    let over = false;
    const closing = service[Symbol.asyncDispose]().then(() => {
      over = true;
    });
    await clock.advance(limits.fleet.closeMs - 1);
    expect(over).toBe(false);
    await clock.advance(1);
    await closing;
    expect(clock.sleeping()).toEqual([]);
  });
});
