import { describe, expect, test } from 'vitest';
import { demoPlan } from './plan.ts';
import { START, simulated } from './simulation.fixture.ts';

const quiet = { ...demoPlan, wobble: null };

/** Seconds at which it did `action`. */
const times = (told: readonly string[], action: string) =>
  told.flatMap((line) => (line.endsWith(` ${action}`) ? Number.parseFloat(line) : []));

describe('the restart loop', () => {
  test('has died often enough before the start to be known for one', () => {
    using demo = simulated({ plan: quiet });
    const worker = demo.named('billing-worker-1');
    const lastFiveMinutes = times(demo.told(worker), 'die').filter((seconds) => seconds > -300);
    expect(lastFiveMinutes.length).toBeGreaterThanOrEqual(6);
    expect([times(demo.told(worker), 'die').length, worker.isRunning]).toEqual([worker.restartCount, true]);
  });

  test('goes on: out of memory, dead, and running again, about every 40 s', async () => {
    using demo = simulated({ plan: quiet });
    const worker = demo.named('billing-worker-1');
    const before = worker.restartCount;
    await demo.clock.advance(400_000);
    const later = demo.told(worker).filter((line) => !line.startsWith('-'));
    const starts = times(later, 'start');
    const gaps = starts.slice(1).map((seconds, index) => seconds - (starts[index] as number));
    expect(gaps.every((gap) => gap >= 38 && gap <= 42)).toBe(true);
    expect({ rise: worker.restartCount - before, starts: starts.length, enough: starts.length >= 9 }).toEqual({
      rise: starts.length,
      starts: starts.length,
      enough: true,
    });
    expect(later.slice(0, 3).map((line) => line.split(' ')[1])).toEqual(['oom', 'die', 'start']);
  });

  test('is `restarting` between death and start, and ends when it is stopped', async () => {
    using demo = simulated({ plan: quiet });
    const worker = demo.named('billing-worker-1');
    while (worker.isRunning) await demo.clock.advance(500);
    expect(worker.life).toMatchObject({ state: 'restarting', exitCode: 137, outOfMemory: true });
    expect(await demo.simulation.stop(worker, 10_000)).toBe(true);
    await demo.clock.advance(120_000);
    expect([worker.life.state, demo.told(worker).at(-1)?.split(' ')[1]]).toEqual(['exited', 'stop']);
  });

  test('uses more memory until there is no more', async () => {
    using demo = simulated({ plan: quiet });
    const worker = demo.named('billing-worker-1');
    const { startedAt } = worker.life;
    const shares = [5_000, 20_000, 37_500].map((age) => worker.memoryBytes(startedAt + age) / (512 * 1024 * 1024));
    expect(shares.map((share) => Math.round(share * 10) / 10)).toEqual([0.4, 0.6, 0.9]);
  });
});

describe('what is asked of a container takes its time', () => {
  test('a restart: stopped within two seconds, started, healthy some seconds later', async () => {
    using demo = simulated({ plan: quiet });
    const web = demo.named('shop-web-1');
    const restarted = demo.simulation.restart(web, 10_000);
    await demo.clock.advance(3_000);
    expect(await restarted).toBe(true);
    expect(web.health.status).toBe('starting');
    await demo.clock.advance(6_000);
    const told = demo.told(web);
    expect(told.map((line) => line.slice(line.indexOf(' ') + 1))).toEqual([
      'kill',
      'die',
      'stop',
      'start',
      'restart',
      'health_status: healthy',
    ]);
    const [kill, die, start, healthy] = ['kill', 'die', 'start', 'health_status: healthy'].map(
      (action) => times(told, action)[0] as number,
    ) as [number, number, number, number];
    expect({
      kill,
      tookStop: die - kill >= 0.2 && die - kill <= 1.6,
      start: start - die,
      healthy: healthy - start,
    }).toEqual({
      kill: 0,
      tookStop: true,
      start: 0,
      healthy: 6,
    });
  });

  test('one that does not heed the signal is killed when its time is up, and not before', async () => {
    using demo = simulated({ plan: quiet });
    const cron = demo.named('nextcloud-cron-1');
    const stopped = demo.simulation.stop(cron, 7_000);
    await demo.clock.advance(6_900);
    const before = cron.isRunning;
    await demo.clock.advance(100);
    expect([before, await stopped, cron.life, demo.told(cron)]).toMatchObject([
      true,
      true,
      { state: 'exited', exitCode: 137 },
      ['0.0 kill', '7.0 kill', '7.0 die', '7.0 stop'],
    ]);
    expect(demo.signals(cron)).toEqual(['28', '9']);
  });

  test('one is asked to end with the signal of its image', async () => {
    using demo = simulated({ plan: quiet });
    const names = ['shop-postgres-1', 'shop-web-1', 'nextcloud-app-1'];
    const stopped = names.map((name) => demo.simulation.stop(demo.named(name), 10_000));
    await demo.clock.advance(2_000);
    await Promise.all(stopped);
    expect(names.map((name) => demo.signals(demo.named(name)))).toEqual([['2'], ['15'], ['28']]);
  });

  test('every event a change brings, in its order and with its attributes', async () => {
    using demo = simulated({ plan: quiet });
    const { simulation, clock } = demo;
    const web = demo.named('shop-web-1');
    const of = async (asked: Promise<boolean>, ms: number) => {
      const seen = simulation.journal.count;
      await clock.advance(ms);
      await asked;
      return simulation.journal.since(seen, 0).flatMap(({ line }) => {
        const { Type, Action, Actor } = JSON.parse(line);
        const { signal, exitCode, name, container } = Actor.Attributes;
        if (Actor.ID !== web.id && container !== web.id) return [];
        return [Type, Action, name, signal ?? exitCode].filter((part) => part !== undefined).join(' ');
      });
    };
    const down = [
      'container kill shop-web-1 15',
      'container die shop-web-1 0',
      'network disconnect shop_default',
      'network disconnect proxy',
      'container stop shop-web-1',
    ];
    const up = ['network connect shop_default', 'network connect proxy', 'container start shop-web-1'];
    const healthy = 'container health_status: healthy shop-web-1';
    expect({
      stop: await of(simulation.stop(web, 10_000), 2_000),
      again: await of(simulation.stop(web, 10_000), 2_000),
      restartOfStopped: await of(simulation.restart(web, 10_000), 6_000),
      restart: await of(simulation.restart(web, 10_000), 8_000),
      start: await of(simulation.start(web), 1_000),
    }).toEqual({
      stop: down,
      again: [],
      restartOfStopped: [...up, 'container restart shop-web-1', healthy],
      restart: [...down, ...up, 'container restart shop-web-1', healthy],
      start: [],
    });
  });

  test('one that is about to be started again counts as running', async () => {
    using demo = simulated({ plan: quiet });
    const worker = demo.named('billing-worker-1');
    while (worker.isRunning) await demo.clock.advance(500);
    expect([await demo.simulation.start(worker), worker.life.state]).toEqual([false, 'restarting']);
  });

  test('one that does not stop within its time is killed', async () => {
    using demo = simulated({ plan: quiet });
    const web = demo.named('shop-web-1');
    const stopped = demo.simulation.stop(web, 0);
    await demo.clock.advance(0);
    expect([await stopped, web.life]).toMatchObject([true, { state: 'exited', exitCode: 137 }]);
  });

  test('nothing is done twice, and what is asked at once happens one after the other', async () => {
    using demo = simulated({ plan: quiet });
    const web = demo.named('shop-web-1');
    const asked = [demo.simulation.start(web), demo.simulation.stop(web, 10_000), demo.simulation.stop(web, 10_000)];
    asked.push(demo.simulation.start(web));
    await demo.clock.advance(3_000);
    expect([await Promise.all(asked), web.isRunning]).toEqual([[false, true, false, true], true]);
  });

  test('a stopped one stays so; one that died of itself is started again, unless its policy says no', async () => {
    using demo = simulated({ plan: quiet });
    const [web, api] = [demo.named('shop-web-1'), demo.named('billing-api-1')];
    demo.simulation.kill(web);
    demo.simulation.die(api, 3);
    await demo.clock.advance(60_000);
    expect([web.life.state, web.restartCount, api.life.state, api.restartCount]).toEqual(['exited', 0, 'running', 1]);
  });

  test('the unhealthy one recovers by a restart, and falls ill again', async () => {
    using demo = simulated({ plan: quiet });
    const api = demo.named('shop-api-1');
    const health = [api.health];
    const restarted = demo.simulation.restart(api, 10_000);
    await demo.clock.advance(3_000);
    await restarted;
    await demo.clock.advance(60_000);
    health.push(api.health);
    await demo.clock.advance(240_000);
    health.push(api.health);
    expect(health.map(({ status }) => status)).toEqual(['unhealthy', 'healthy', 'unhealthy']);
  });
});

test('now and then something healthy fails its check for a minute', async () => {
  using demo = simulated();
  await demo.clock.advance(30 * 60_000);
  const told = demo.told().filter((line) => !line.startsWith('-'));
  const ill = times(told, 'health_status: unhealthy');
  const well = times(told, 'health_status: healthy');
  expect(ill.length).toBeGreaterThanOrEqual(2);
  expect(well.map((seconds, index) => Math.round(seconds - (ill[index] as number)))).toEqual(well.map(() => 60));
});

test('the same chance is the same life; another chance is another', async () => {
  const lives = await Promise.all(
    [1, 1, 2].map(async (seed) => {
      using demo = simulated({ seed });
      await demo.clock.advance(20 * 60_000);
      const loads = demo.simulation.containers.map(({ load }) => load.cpuNs(START, START + 600_000));
      return JSON.stringify([demo.simulation.journal.since(0, 0), loads]);
    }),
  );
  expect([lives[0] === lives[1], lives[0] === lives[2]]).toEqual([true, false]);
});

test('a fleet at rest sleeps: one timer for all that is going to happen, none once it is disposed', () => {
  const demo = simulated();
  const before = demo.clock.sleeping().length;
  demo[Symbol.dispose]();
  expect([before, demo.clock.sleeping()]).toEqual([1, []]);
});
