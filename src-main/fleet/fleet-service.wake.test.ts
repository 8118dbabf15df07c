import { afterEach, describe, expect, it } from 'vitest';
import { AppError, abortError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import { type FakeEngine, fakeEngine, fakeLink, fixtureClock, never, REPORT, toAppError } from './engine.fixture.ts';
import { NO_PREFERENCES } from './facts.fixture.ts';
import { FleetService } from './fleet-service.ts';
import type { HostConnector } from './host-session.ts';

const open: { readonly service: FleetService; readonly clock: ReturnType<typeof fixtureClock> }[] = [];
afterEach(async () => {
  for (const { service, clock } of open.splice(0)) {
    const closed = service[Symbol.asyncDispose]();
    await clock.advance(limits.fleet.closeMs);
    await closed;
  }
});

const id = (index: number) => `00000000-0000-4000-8000-0000000000${String(index).padStart(2, '0')}`;

/** Heeds its signal, and nothing else. */
const blackHole: HostConnector = {
  connect: (signal) =>
    new Promise((_, reject) => signal.addEventListener('abort', () => reject(abortError(signal)), { once: true })),
};

/** Over what there is to choose from. */
const evenly = () => {
  let next = 0;
  return () => (next++ % 20) / 20;
};

/** A fleet of so many hosts that answer, and of others beside them; when each host was tried, and what it was asked when. */
function fleet(count: number, others: readonly HostConnector[] = [], random = evenly()) {
  const clock = fixtureClock();
  const tried: [at: number, host: number][] = [];
  const asked: [at: number, host: number, question: string][] = [];
  const engines: FakeEngine[] = [];
  let isReachable = true;
  const answering = (host: number): HostConnector => ({
    connect: async () => {
      tried.push([clock.monotonic(), host]);
      await clock.sleep(20);
      if (!isReachable) throw new AppError('UNREACHABLE', 'No way there.');
      const engine = fakeEngine(['a', 'b'], () => clock.monotonic());
      engine.asked.push = (...questions) => {
        for (const question of questions) asked.push([clock.monotonic(), host, question]);
        return 0;
      };
      engines[host] = engine;
      return fakeLink(engine);
    },
  });
  const connectors = [...Array.from({ length: count }, (_, host) => answering(host)), ...others];
  const service = new FleetService({
    members: connectors.map((connector, index) => ({
      ...{ id: id(index), target: `ssh://host${index}`, label: `host${index}`, mode: 'observe', connector },
      ...{ rates: { changesPerMinute: 10, destroysPerMinute: 3 }, preferences: NO_PREFERENCES },
    })),
    ...{ intervals: { refreshMs: 10_000, sampleMs: 5_000 }, retry: true, clock, toAppError },
    random,
  });
  open.push({ service, clock });
  const states = () => service.view().hosts.map(({ status }) => status.state);
  const reach = (reachable: boolean) => {
    isReachable = reachable;
  };
  return { clock, service, engines, tried, asked, states, reach };
}

describe('FleetService', () => {
  it('asks and tries its hosts at the very same moments whatever others do or leave undone', async () => {
    const deaf: HostConnector = { connect: () => never() };
    const alone = fleet(2, [], () => 0.5);
    const beside = fleet(2, [blackHole, deaf, blackHole], () => 0.5);
    for (const { clock, service, engines } of [alone, beside]) {
      await clock.advance(12_000);
      service.wake('network');
      await clock.advance(3_000);
      const [engine] = engines;
      if (engine !== undefined) engine.answers.ping = never;
      service.wake('sleep');
      await clock.advance(20_000);
    }
    expect([beside.tried, beside.asked, beside.states().slice(0, 2)]).toEqual([
      alone.tried,
      alone.asked,
      ['live', 'live'],
    ]);
    // Something was compared.
    expect([alone.tried.length, alone.asked.length > 40]).toEqual([3, true]);
  });

  it('wakes all hosts: nothing is fresh, and what is offline is tried within moments, one after the other', async () => {
    const { clock, service, tried, reach, states } = fleet(20);
    reach(false);
    await clock.advance(60_000);
    const offline = new Set(states());
    reach(true);
    tried.length = 0;
    service.wake('sleep');
    await clock.advance(limits.fleet.wakeSpreadMs);
    const moments = tried.map(([at]) => at);
    expect([offline, moments.length, Math.max(...moments) - 60_000 <= limits.fleet.wakeSpreadMs]).toEqual([
      new Set(['offline']),
      20,
      true,
    ]);
    expect(Math.max(...Object.values(Object.groupBy(moments, String)).map((same) => same?.length ?? 0))).toBe(1);
    await clock.advance(100);
    expect(new Set(states())).toEqual(new Set(['live']));
    service.wake('network');
    expect([new Set(states()), service.view().verdict]).toEqual([new Set(['stale']), 'unknown']);
    await clock.advance(1);
    expect([new Set(states()), tried.length]).toEqual([new Set(['live']), 20]);
  });

  it('is fresh within 2 s of waking where all links are dead', async () => {
    const { clock, service, engines, states, tried } = fleet(20);
    await clock.advance(1_000);
    for (const engine of engines) engine.answers.ping = never;
    service.wake('sleep');
    await clock.advance(limits.fleet.wakeAnswerMs + limits.fleet.wakeSpreadMs + 50);
    expect([new Set(states()), tried.length]).toEqual([new Set(['live']), 40]);
  });

  it('tells how a host is connected, that it is not, or that there is none', async () => {
    const { clock, service } = fleet(1, [blackHole]);
    await clock.advance(1_000);
    expect([service.report(id(0)), service.report(id(1))]).toEqual([{ ...REPORT, notes: [] }, null]);
    expect(() => service.report(id(9))).toThrow(expect.objectContaining({ code: 'HOST_NOT_FOUND' }));
  });
});
