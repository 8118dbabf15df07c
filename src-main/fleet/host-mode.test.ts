import { expect, it } from 'vitest';
import { openEngine } from '../engine/client.ts';
import { likeDocker, startFakeEngine } from '../engine/fake-engine.fixture.ts';
import { systemClock } from '../kernel/clock.ts';
import { LOGIN, never, REPORT, toAppError } from './engine.fixture.ts';
import { NO_PREFERENCES } from './facts.fixture.ts';
import { FleetService } from './fleet-service.ts';
import type { HostConnector } from './host-session.ts';

const id = '00000000-0000-4000-8000-000000000001';
const containerId = 'a'.repeat(64);
const { signal } = new AbortController();

it('a host that is only observed lets reads through and nothing else, until it is told otherwise: over one connection', async () => {
  const changes: string[] = [];
  let connections = 0;
  await using engine = await startFakeEngine(
    likeDocker(({ method, url = '' }, answer) => {
      if (method !== 'GET') changes.push(`${method} ${url}`);
      if (url.includes('/events')) answer.writeHead(200).flushHeaders();
      else if (method === 'POST') answer.writeHead(204).end();
      else answer.end('[]');
    }),
  );
  const connector: HostConnector = {
    async connect(connecting, mode) {
      connections += 1;
      const client = await openEngine(engine.channels, { signal: connecting, mode });
      return {
        client,
        login: LOGIN,
        closed: never(),
        silentMs: () => 0,
        report: () => REPORT,
        [Symbol.asyncDispose]: () => client[Symbol.asyncDispose](),
      };
    },
  };
  await using fleet = new FleetService({
    members: [
      {
        ...{ id, target: 'ssh://ops@atlas', label: 'atlas', mode: 'observe', connector, preferences: NO_PREFERENCES },
        rates: { changesPerMinute: 10, destroysPerMinute: 3 },
      },
    ],
    ...{ intervals: { refreshMs: 10_000, sampleMs: 5_000 }, retry: false, random: () => 1, toAppError },
    clock: systemClock,
  });
  await fleet.reached('listed', signal);
  const told: (string | null)[] = [];
  using _changes = fleet.subscribe((hostId) => void told.push(hostId));
  const host = fleet.access(id);
  const stop = () => host.change('stop', { containerId, graceSeconds: 7 }, signal);
  const refused = { code: 'GATE_REFUSED', message: expect.stringMatching(/set to observe only/) };

  await expect(stop()).rejects.toMatchObject(refused);
  expect([host.mode, host.denied, changes]).toEqual(['observe', [], []]);

  fleet.update(id, { mode: 'operate' });
  expect([told, fleet.host(id)?.host.mode, host.mode]).toEqual([[id], 'operate', 'operate']);
  expect([await stop(), changes]).toEqual([
    'done',
    [expect.stringMatching(/^POST \/v1\.41\/containers\/a+\/stop\?t=7$/)],
  ]);

  fleet.update(id, { mode: 'observe' });
  await expect(stop()).rejects.toMatchObject(refused);
  expect([changes.length, connections]).toEqual([1, 1]);
});
