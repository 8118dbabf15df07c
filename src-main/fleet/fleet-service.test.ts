import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { settled } from '../kernel/clock.fixture.ts';
import { AppError, abortError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import { type FakeEngine, fakeEngine, fakeLink, fixtureClock, toAppError } from './engine.fixture.ts';
import { engineEvent } from './facts.fixture.ts';
import { FleetService } from './fleet-service.ts';
import type { HostConnector } from './host-session.ts';

const open: FleetService[] = [];
afterEach(async () => {
  for (const service of open.splice(0)) await service[Symbol.asyncDispose]();
});

const preferences = { pinned: [], accepted: [], apps: {} };

const blackHole: HostConnector = {
  connect: (signal) =>
    new Promise((_, reject) => signal.addEventListener('abort', () => reject(abortError(signal)), { once: true })),
};
const refused: HostConnector = { connect: () => Promise.reject(new AppError('CONNECT_REFUSED', 'Refused.')) };

function fleet(hosts: Readonly<Record<string, HostConnector | readonly string[]>>, { retry = true } = {}) {
  const clock = fixtureClock();
  const engines = new Map<string, FakeEngine>();
  const members = Object.entries(hosts).map(([name, what], index) => {
    const connector = 'connect' in what ? what : { connect: async () => fakeLink(engineOf(name, what)) };
    return { id: `00000000-0000-4000-8000-00000000000${index}`, target: `ssh://${name}`, preferences, connector };
  });
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
  return { clock, engines, service };
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

  it('calls back once for all that happens within the time, and not after it was stopped', async () => {
    const { clock, engines, service } = fleet({ atlas: ['a'], cinder: ['c'] });
    await clock.advance(1_000);
    let calls = 0;
    const subscription = service.subscribe(20, () => {
      calls += 1;
    });
    const happen = async () => {
      for (const engine of engines.values()) engine.streams[0]?.push(engineEvent('a', 'oom', clock.monotonic()));
      await clock.advance(1);
    };
    for (let times = 0; times < 5; times += 1) await happen();
    expect(calls).toBe(0);
    await sleep(40);
    const first = calls;
    await happen();
    await sleep(40);
    const second = calls;
    await happen();
    subscription[Symbol.dispose]();
    await happen();
    await sleep(40);
    expect([first, second, calls]).toEqual([1, 2, 2]);
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
