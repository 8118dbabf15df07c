import { once } from 'node:events';
import { get } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createEngineServer } from './engine-server.ts';
import { demoPlan } from './plan.ts';
import { START, simulated } from './simulation.fixture.ts';

let demo: ReturnType<typeof simulated>;
let server: ReturnType<typeof createEngineServer>;
let address: string;

beforeEach(async () => {
  demo = simulated({ plan: { ...demoPlan, wobble: null } });
  server = createEngineServer(demo.simulation).listen(0, '127.0.0.1');
  await once(server, 'listening');
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  demo[Symbol.dispose]();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const ask = (path: string, method = 'GET') => fetch(`${address}${path}`, { method });

test.each([
  ['GET', '/v1.47/plugins', 404, 'page not found'],
  ['GET', '/v1.47/containers/__proto__/json', 404, 'No such container: __proto__'],
  ['GET', '/v1.47/containers/abc/constructor', 404, 'page not found'],
  ['POST', '/v1.47/containers/nobody/start', 404, 'No such container: nobody'],
  ['POST', '/v1.47/containers/nobody/stop', 404, 'No such container: nobody'],
  ['POST', '/v1.47/containers/nobody/restart?t=10', 404, 'No such container: nobody'],
  ['DELETE', '/v1.47/containers/shop-web-1/json', 404, 'page not found'],
  ['GET', '/v1.48/version', 400, 'client version 1.48 is too new. Maximum supported API version is 1.47'],
  [
    'GET',
    '/v1.23/version',
    400,
    'client version 1.23 is too old. Minimum supported API version is 1.24, please upgrade your client to a newer version',
  ],
  ['GET', '/containers/shop-web-1/logs', 400, 'Bad parameters: you must choose at least one stream'],
])('%s %s is answered %d, in Docker’s words', async (method, path, status, message) => {
  const answer = await ask(path, method);
  expect([answer.status, await answer.json()]).toEqual([status, { message }]);
});

test('its clock is the one it was given', async () => {
  const answer = await ask('/_ping');
  expect([answer.headers.get('date'), await answer.text()]).toEqual([new Date(START).toUTCString(), 'OK']);
});

test('lists all, or what runs', async () => {
  const list = async (query: string): Promise<{ Names: string[]; Status: string }[]> =>
    JSON.parse(await (await ask(`/v1.47/containers/json${query}`)).text());
  const [all, running] = [await list('?all=1'), await list('')];
  const status = (name: string) => all.find(({ Names }) => Names[0] === `/${name}`)?.Status;
  expect([all.length, running.length]).toEqual([30, 28]);
  expect(
    ['shop-web-1', 'shop-api-1', 'nextcloud-cron-1', 'nextcloud-collabora-1', 'billing-migrate-run-3e5e8b3a78b2'].map(
      status,
    ),
  ).toEqual([
    'Up 6 days (healthy)',
    'Up 31 hours (unhealthy)',
    'Up 2 weeks',
    'Exited (0) 2 days ago',
    'Exited (0) 5 hours ago',
  ]);
});

describe('actions', () => {
  test('stop takes its time; then it is stopped, and stopping it again changes nothing', async () => {
    const stopping = ask('/v1.47/containers/shop-web-1/stop', 'POST');
    await expect.poll(() => demo.clock.sleeping().length).toBe(2);
    expect(demo.named('shop-web-1').isRunning).toBe(true);
    await demo.clock.advance(3_000);
    const again = await ask('/v1.47/containers/shop-web-1/stop', 'POST');
    const start = await ask('/v1.47/containers/shop-web-1/start', 'POST');
    expect([(await stopping).status, again.status, start.status]).toEqual([204, 304, 204]);
    expect(demo.named('shop-web-1').health.status).toBe('starting');
  });

  test('without a time in the query, a container has what it asks for itself', async () => {
    const stopping = ask('/v1.47/containers/nextcloud-cron-1/stop', 'POST');
    await expect.poll(() => demo.clock.sleeping().length).toBe(2);
    expect(demo.clock.sleeping()).toContain(3_000);
    await demo.clock.advance(3_000);
    expect([(await stopping).status, demo.named('nextcloud-cron-1').life]).toMatchObject([204, { exitCode: 137 }]);
  });

  test('inspect tells what an action has to know, and what it has done', async () => {
    const inspect = async (name: string) => {
      const { State, Config, RestartCount } = JSON.parse(await (await ask(`/v1.47/containers/${name}/json`)).text());
      const { Status, ExitCode, Health, StartedAt, FinishedAt } = State;
      return { Status, ExitCode, Health: Health?.Status, StartedAt, FinishedAt, RestartCount, Config };
    };
    const seconds = (at: string) => (Date.parse(at) - START) / 1_000;
    const before = await inspect('shop-postgres-1');
    const stopping = demo.simulation.stop(demo.named('shop-postgres-1'), 10_000);
    await demo.clock.advance(2_000);
    await stopping;
    const stopped = await inspect('shop-postgres-1');
    await demo.simulation.start(demo.named('shop-postgres-1'));
    const started = await inspect('shop-postgres-1');
    await demo.clock.advance(6_000);
    const healthy = await inspect('shop-postgres-1');
    expect(before.Config).toMatchObject({
      StopSignal: 'SIGINT',
      StopTimeout: 90,
      Healthcheck: { Test: ['CMD-SHELL', 'pg_isready -U app'], Interval: 30e9, Timeout: 5e9, Retries: 3 },
    });
    expect(
      [before, stopped, started, healthy].map(({ Config: _, StartedAt: __, FinishedAt: ___, ...rest }) => rest),
    ).toEqual([
      { Status: 'running', ExitCode: 0, Health: 'healthy', RestartCount: 0 },
      // Moby calls it so for as long as nobody checks.
      { Status: 'exited', ExitCode: 0, Health: 'unhealthy', RestartCount: 0 },
      { Status: 'running', ExitCode: 0, Health: 'starting', RestartCount: 0 },
      { Status: 'running', ExitCode: 0, Health: 'healthy', RestartCount: 0 },
    ]);
    expect([before.FinishedAt, stopped.StartedAt === before.StartedAt, seconds(started.StartedAt)]).toEqual([
      '0001-01-01T00:00:00Z',
      true,
      2,
    ]);
    const ended = seconds(stopped.FinishedAt);
    expect([ended > 0 && ended < 2, started.FinishedAt, healthy.StartedAt]).toEqual([
      true,
      stopped.FinishedAt,
      started.StartedAt,
    ]);
  });

  test('an action whose demo ends is broken off', async () => {
    const restarting = ask('/v1.47/containers/shop-web-1/restart?t=5', 'POST');
    await expect.poll(() => demo.clock.sleeping().length).toBe(2);
    demo.simulation[Symbol.dispose]();
    await expect(restarting).rejects.toThrow('fetch failed');
  });
});

test('events: those of the past that were asked for, then those that happen; the rest is filtered', async () => {
  const filters = encodeURIComponent(JSON.stringify({ type: ['container'] }));
  const stop = new AbortController();
  const answer = await fetch(`${address}/v1.47/events?since=${START / 1_000 - 100}&filters=${filters}`, {
    signal: stop.signal,
  });
  const reader = (answer.body as ReadableStream<Uint8Array>).pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  const actions = () => text.split('\n').flatMap((line) => (line === '' ? [] : JSON.parse(line).Action));
  const readUntil = async (action: string) => {
    while (!actions().includes(action)) text += (await reader.read()).value ?? '';
  };
  await readUntil('die');
  const past = actions();
  demo.simulation.setHealth(demo.named('shop-web-1'), 'no answer');
  await readUntil('health_status: unhealthy');
  expect(past.slice(0, 3).sort()).toEqual(['die', 'oom', 'start']);
  expect(actions().slice(past.length)).toEqual(['health_status: unhealthy']);
  stop.abort();
});

test('a reader of events who goes away is forgotten', async () => {
  const asked = get(`${address}/v1.47/events`);
  await once(asked, 'response');
  asked.destroy();
  asked.on('error', () => {});
  await expect.poll(() => demo.simulation.journal.listeners).toBe(0);
});
