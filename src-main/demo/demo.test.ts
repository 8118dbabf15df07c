import { createHash } from 'node:crypto';
import { existsSync, statSync } from 'node:fs';
import { createConnection } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openEngine } from '../engine/client.ts';
import { openLink } from '../engine/link.ts';
import type { LogLine } from '../engine/model.ts';
import { cpuPercent } from '../engine/stats.ts';
import { FleetService } from '../fleet/fleet-service.ts';
import { systemClock } from '../kernel/clock.ts';
import { AppError } from '../kernel/errors.ts';
import { anyHostKey, connectWith, failure } from '../ssh/connection.fixture.ts';
import { routeToTarget } from '../ssh/hop.fixture.ts';
import { type Demo, type DemoHost, startDemo } from './demo.ts';
import { scaledPlan } from './plan.ts';

const never = new AbortController().signal;
const USUAL_SOCKET = { kind: 'socket', path: null, via: 'any' } as const;
let demo: Demo;
beforeAll(async () => {
  demo = await startDemo();
});
afterAll(() => demo[Symbol.asyncDispose]());

const hostNamed = (label: string) => demo.hosts.find((host) => host.label === label) as DemoHost;
const reach = (host: DemoHost) => connectWith({ route: routeToTarget(host) });
const open = async (host: DemoHost) =>
  openLink(await reach(host), USUAL_SOCKET, {
    mode: () => 'observe',
    signal: never,
    clock: systemClock,
    onEvent: () => {},
  });

async function collect(
  batches: AsyncIterable<readonly LogLine[]>,
  most = Number.POSITIVE_INFINITY,
): Promise<LogLine[]> {
  const lines: LogLine[] = [];
  for await (const batch of batches) {
    lines.push(...batch);
    if (lines.length >= most) break;
  }
  return lines;
}

describe('the SSH server', () => {
  test('shows the host key it says it has', async () => {
    const host = hostNamed('atlas');
    await using connection = await reach(host);
    expect(connection.hostKeyFingerprint).toBe(host.hostKeyFingerprint);
    const seen: string[] = [];
    const policy: typeof anyHostKey = {
      ...anyHostKey,
      check: async (_, key) => {
        seen.push(`SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`);
        return { kind: 'accepted', fingerprint: 'any' };
      },
    };
    await using _again = await connectWith({ route: routeToTarget(host), policy });
    expect(seen).toEqual([host.hostKeyFingerprint]);
  });

  test('lets nobody in without the key, which only its owner may read, and no other user', async () => {
    await using other = await startDemo({ plan: scaledPlan({ hosts: 1, containers: 1 }) });
    const [host, stranger] = [hostNamed('atlas'), other.hosts[0] as DemoHost];
    expect(statSync(host.identityFile).mode & 0o777).toBe(0o600);
    const root = { ...host, target: host.target.replace('demo@', 'root@') };
    const tries = [
      failure({ route: routeToTarget({ ...host, identityFile: stranger.identityFile }) }),
      failure({ route: routeToTarget(root) }),
    ];
    expect(await Promise.all(tries)).toMatchObject([{ code: 'AUTH_FAILED' }, { code: 'AUTH_FAILED' }]);
  });

  test('opens Docker’s socket and no other', async () => {
    await using connection = await reach(hostNamed('atlas'));
    await expect(connection.openUnixSocket('/var/run/other.sock', never)).rejects.toMatchObject({
      code: 'FORWARD_REFUSED',
    });
  });
});

describe('the real client', () => {
  test('agrees with both engines, and reads every container of theirs', async () => {
    const read = await Promise.all(
      demo.hosts.map(async (host) => {
        await using link = await open(host);
        const { client } = link;
        const [list, networks] = await Promise.all([client.list(never), client.networks(never)]);
        const details = await Promise.all(list.map(({ id }) => client.inspect(id, never)));
        return {
          label: host.label,
          engine: client.engine,
          near: Math.abs(client.clockOffsetMs) < 2_000,
          containers: list.length,
          same: details.filter((detail, index) => detail.name === list[index]?.name).length,
          lost: details.flatMap((one) =>
            one.networks.filter(({ networkId }) => !networks.some(({ id }) => id === networkId)),
          ),
        };
      }),
    );
    const engine = { name: 'docker', version: '27.5.1', apiVersion: '1.47' };
    expect(read).toEqual(
      ['atlas', 'borealis'].map((label) => ({ label, engine, near: true, containers: 30, same: 30, lost: [] })),
    );
  });

  test('tells what is wrong, as the engine tells it', async () => {
    await using link = await open(hostNamed('atlas'));
    const list = await link.client.list(never);
    const detail = async (name: string) => {
      const { id } = list.find((one) => one.name === name) as { id: string };
      return link.client.inspect(id, never);
    };
    expect(await detail('shop-api-1')).toMatchObject({
      state: 'running',
      health: 'unhealthy',
      healthOutput: 'GET /health answered 503 "db pool exhausted"',
      memoryLimitBytes: 1_024 * 1_024 * 1_024,
      ports: [{ hostIp: '127.0.0.1', hostPort: 8_080, containerPort: 8_080, protocol: 'tcp' }],
    });
    expect(await detail('nextcloud-collabora-1')).toMatchObject({
      state: 'exited',
      exitCode: 0,
      restartPolicy: { name: 'unless-stopped' },
      networks: [{ name: 'nextcloud_default', ip: null }],
    });
    expect((await detail('billing-worker-1')).restartCount).toBeGreaterThan(30);
  });

  test('samples loads that make rates', async () => {
    await using link = await open(hostNamed('borealis'));
    const list = await link.client.list(never);
    const { id } = list.find(({ name }) => name === 'media-transcoder-1') as { id: string };
    const first = await link.client.sample(id, never);
    await systemClock.sleep(200);
    const second = await link.client.sample(id, never);
    const percent = cpuPercent(first, second) ?? 0;
    const share = (second.memoryBytes ?? 0) / (second.memoryLimitBytes ?? 1);
    expect({ cores: percent > 30 && percent < 450, nearLimit: share >= 0.95 && share < 1 }).toEqual({
      cores: true,
      nearLimit: true,
    });
  });

  test('reads logs, framed and not, of both streams, with times in order', async () => {
    await using link = await open(hostNamed('borealis'));
    const list = await link.client.list(never);
    const logs = async (name: string, tty: boolean, tail: number | 'all') => {
      const { id } = list.find((one) => one.name === name) as { id: string };
      return collect(await link.client.logs(id, { follow: false, tail, since: null, tty }, never));
    };
    const [jellyfin, zigbee] = [
      await logs('media-jellyfin-1', false, 'all'),
      await logs('home-zigbee2mqtt-1', true, 100),
    ];
    const times = jellyfin.map(({ time }) => time ?? '');
    expect({
      many: jellyfin.length > 500,
      ordered: times.every((time, index) => index === 0 || (times[index - 1] as string) <= time),
      streams: [...new Set(jellyfin.map(({ stream }) => stream))].sort(),
      zigbee: [zigbee.length, [...new Set(zigbee.map(({ stream }) => stream))]],
      clean: [...jellyfin, ...zigbee].some(({ text }) => /[\r\n]/.test(text)),
    }).toEqual({ many: true, ordered: true, streams: ['stderr', 'stdout'], zigbee: [100, ['tty']], clean: false });
  });

  test('follows a log as it is written, to its end when the container ends', async () => {
    const host = hostNamed('borealis');
    await using link = await open(host);
    const { id } = (await link.client.list(never)).find(({ name }) => name === 'backup-restic-1') as { id: string };
    const batches = await link.client.logs(id, { follow: true, tail: 0, since: null, tty: false }, never);
    const read = collect(batches);
    for (const text of ['first', 'second']) demo.controls.emitLog(host.id, 'backup-restic-1', text, 'stderr');
    demo.controls.kill(host.id, 'backup-restic-1');
    const lines = (await read).filter(({ stream }) => stream === 'stderr').map(({ text }) => text);
    await demo.controls.start(host.id, 'backup-restic-1');
    expect(lines).toEqual(['first', 'second']);
  });

  test('hears of what happens, and of what has happened', async () => {
    const host = hostNamed('atlas');
    await using link = await open(host);
    const stop = new AbortController();
    const events = await link.client.events(Date.now() - 600_000, stop.signal);
    const seen: string[] = [];
    demo.controls.setHealth(host.id, 'photos-server-1', 'no answer');
    demo.controls.setHealth(host.id, 'photos-server-1', null);
    for await (const { action, attributes } of events) {
      seen.push(`${attributes.name} ${action}`);
      if (seen.at(-1) === 'photos-server-1 health_status: healthy') break;
    }
    expect(seen.filter((line) => line === 'billing-worker-1 die').length).toBeGreaterThan(10);
    expect(seen.slice(-2)).toEqual([
      'photos-server-1 health_status: unhealthy',
      'photos-server-1 health_status: healthy',
    ]);
  });
});

test('the fleet comes to the verdicts that were planned', async () => {
  await using fleet = new FleetService({
    members: demo.hosts.map((host) => ({
      id: host.id,
      target: host.target,
      label: host.label,
      mode: 'observe' as const,
      preferences: { pinned: [], accepted: [], protected: [], apps: {} },
      rates: { changesPerMinute: 10, destroysPerMinute: 3 },
      connector: { connect: () => open(host) },
    })),
    intervals: { refreshMs: 10_000, sampleMs: 1_000 },
    retry: false,
    clock: systemClock,
    random: Math.random,
    toAppError: (cause) => (cause instanceof AppError ? cause : new AppError('INTERNAL', String(cause), { cause })),
  });
  await fleet.reached('loaded', AbortSignal.timeout(15_000));
  const view = fleet.view();
  const troubles = view.hosts.flatMap((host) =>
    host.apps.flatMap(({ name, containers }) =>
      containers.flatMap(({ service, verdict, reason }) =>
        verdict === 'green' ? [] : `${name}/${service} ${verdict}: ${reason.replace(/\(.*\)|[\d.]+ of.*/, '…')}`,
      ),
    ),
  );
  expect(troubles.sort()).toEqual([
    'billing/worker down: restarting, last exit 137, out of memory …',
    'media/transcoder attention: near its memory limit: …',
    'shop/api down: unhealthy: GET /health answered 503 "db pool exhausted"',
  ]);
  expect(view.sentence.replace(/\d+ m?s ago/, 'now')).toMatch(
    /^2 down, 1 needs attention · \d\d of 5[78] running are green \(1[12] unchecked\) · 1 stopped · 1 finished · 14 apps · 2 hosts · now$/,
  );
});

test('ids stay the same from run to run; keys and ports do not', async () => {
  await using other = await startDemo();
  const ids = (fleet: Demo) => fleet.hosts.map(({ id, label }) => [id, label]);
  expect(ids(other)).toEqual(ids(demo));
  expect(other.hosts[0]?.hostKeyFingerprint).not.toBe(demo.hosts[0]?.hostKeyFingerprint);
});

test('disposed, it leaves no port, no folder, and nobody waiting, streams that were open included', async () => {
  const before = process
    .getActiveResourcesInfo()
    .filter((name) => /TCP|Timeout/.test(name))
    .sort();
  const own = await startDemo({ plan: scaledPlan({ hosts: 2, containers: 6 }) });
  const host = own.hosts[0] as DemoHost;
  const connection = await reach(host);
  const client = await openEngine(
    { open: (signal) => connection.openUnixSocket('/var/run/docker.sock', signal) },
    { signal: never, mode: () => 'observe' },
  );
  const { id } = (await client.list(never))[0] as { id: string };
  const broken = Promise.allSettled([
    collect(await client.logs(id, { follow: true, tail: 5, since: null, tty: false }, never)),
    (async () => {
      for await (const _ of await client.events(Date.now(), never));
    })(),
  ]);
  await own[Symbol.asyncDispose]();
  expect((await broken).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  await connection.closed;
  await client[Symbol.asyncDispose]();
  const refused = await new Promise((resolve) => {
    createConnection(Number(new URL(host.target).port), '127.0.0.1').on('error', ({ code }: NodeJS.ErrnoException) =>
      resolve(code),
    );
  });
  expect([refused, existsSync(own.folder)]).toEqual(['ECONNREFUSED', false]);
  const left = () =>
    process
      .getActiveResourcesInfo()
      .filter((name) => /TCP|Timeout/.test(name))
      .sort();
  await expect.poll(left).toEqual(before);
});
