import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { describeLab } from '../../lab/vitest.ts';
import type { Channels } from './channels.ts';
import { openEngine } from './client.ts';
import type { EngineClient, EngineEvent, LogLine } from './model.ts';
import { cpuPercent } from './stats.ts';

describeLab('the engine client and a real dockerd', (lab) => {
  const never = new AbortController().signal;
  const channels: Channels = {
    async open() {
      const socket = connect(lab.socketPath);
      await once(socket, 'connect');
      return socket;
    },
  };
  let client: EngineClient & AsyncDisposable;

  beforeAll(async () => {
    client = await openEngine(channels, { signal: never, mode: 'observe' });
  });
  afterAll(() => client[Symbol.asyncDispose]());

  it('greets it', async () => {
    const raw = await lab.api.get<{ Version: string; ApiVersion: string }>('/version');
    expect(client.engine).toEqual({ name: 'docker', version: raw.Version, apiVersion: raw.ApiVersion });
    expect(Math.abs(client.clockOffsetMs)).toBeLessThan(1_500);
  });

  it('lists what docker ps lists, and inspects all of it', async () => {
    const summaries = await client.list(never);
    const lines = (await lab.docker(['ps', '--all', '--no-trunc', '--format', '{{.ID}} {{.Names}}']))
      .trim()
      .split('\n');
    const listed = new Set(summaries.map(({ id, name }) => `${id} ${name}`));
    // Other suites make and remove containers of their own meanwhile.
    expect(lines.filter((line) => !listed.has(line)).length).toBeLessThan(5);
    expect(summaries.length).toBeGreaterThan(60);

    const running = summaries.filter(
      ({ state, labels }) => state === 'running' && labels['com.docker.compose.project'],
    );
    const details = await Promise.all(running.map(({ id }) => client.inspect(id, never)));
    const common = details.map(({ id, name, imageId, labels, ports, networks }) => ({
      id,
      name,
      imageId,
      labels,
      ports,
      networks,
    }));
    expect(common).toEqual(
      running.map(({ id, name, imageId, labels, ports, networks }) => ({ id, name, imageId, labels, ports, networks })),
    );
  });

  it('knows the networks and their subnets', async () => {
    const raw = await lab.docker(['network', 'ls', '--no-trunc', '--format', '{{.ID}} {{.Name}} {{.Driver}}']);
    const networks = await client.networks(never);
    const lines = networks.map(({ id, name, driver }) => `${id} ${name} ${driver}`);
    expect(lines.toSorted()).toEqual(raw.trim().split('\n').toSorted());
    const bridge = await lab.docker(['network', 'inspect', 'bridge', '--format', '{{(index .IPAM.Config 0).Subnet}}']);
    expect(networks.find(({ name }) => name === 'bridge')?.subnets).toEqual([bridge.trim()]);
  });

  it('follows a container through its life, tells each event once, and reads what it left', async () => {
    const stop = new AbortController();
    onTestFinished(() => stop.abort());
    const since = Date.now() + client.clockOffsetMs - 2_000;
    const events = await client.events(since, stop.signal);

    const name = `client-life-${process.pid}`;
    const script = 'echo out; echo err >&2; printf "no newline \\303\\251"; exit 3';
    const id = await lab.runContainer({ name, command: ['sh', '-c', script] });
    onTestFinished(() => lab.removeContainer(id));
    const mine = await collect(
      events,
      (event) => event.id === id,
      ({ action }) => action === 'die',
    );
    expect(mine.map(({ action, attributes }) => [action, attributes.name, attributes.exitCode])).toEqual([
      ['create', name, undefined],
      ['start', name, undefined],
      ['die', name, '3'],
    ]);

    // The next stream asks again from before all of it; only what came since is told.
    const overlapping = await client.events(since, stop.signal);
    await lab.api.post(`/containers/${id}/start`);
    const again = await collect(
      overlapping,
      (event) => event.id === id,
      ({ action }) => action === 'die',
    );
    expect(again.map(({ action }) => action)).toEqual(['start', 'die']);

    const lines: LogLine[] = [];
    for await (const batch of await client.logs(id, { follow: false, tail: 'all', since: null, tty: false }, never)) {
      lines.push(...batch);
    }
    const texts = (stream: LogLine['stream']) => lines.filter((line) => line.stream === stream).map(({ text }) => text);
    expect([texts('stdout'), texts('stderr')]).toEqual([
      ['out', 'no newline é', 'out', 'no newline é'],
      ['err', 'err'],
    ]);
    expect(lines.every(({ time }) => Number.isFinite(Date.parse(time ?? '')))).toBe(true);

    const detail = await client.inspect(id, never);
    expect([detail.state, detail.exitCode, detail.startedAt !== null]).toEqual(['exited', 3, true]);
    expect(await client.sample(id, never)).toMatchObject({ readAt: 0, memoryBytes: null, systemCpuNs: null });
  });

  it('counts the load as docker stats does', async () => {
    const id = await lab.runContainer({
      name: `client-load-${process.pid}`,
      command: ['sh', '-c', 'while :; do :; done'],
    });
    onTestFinished(() => lab.removeContainer(id));
    const first = await client.sample(id, never);
    const second = await client.sample(id, never);
    const percent = cpuPercent(first, second) ?? Number.NaN;
    // A busy loop gets what the machine has left for one core.
    expect(percent).toBeGreaterThan(1);
    expect(percent).toBeLessThan(110);
    const told = await lab.docker(['stats', '--no-stream', '--format', '{{.MemUsage}}', id]);
    const [, used = '', unit = ''] = /^([\d.]+)(KiB|MiB)/.exec(told) ?? [];
    const bytes = Number(used) * (unit === 'MiB' ? 1024 ** 2 : 1024);
    expect(Math.abs((second.memoryBytes ?? 0) - bytes)).toBeLessThan(512 * 1024);
  });

  it('says what a container that is not there is', async () => {
    await expect(client.inspect('0'.repeat(64), never)).rejects.toMatchObject({
      code: 'ENGINE_NOT_FOUND',
      message: expect.stringContaining('No such container'),
    });
  });

  it('answers 500 pings at once', async () => {
    const times = await Promise.all(Array.from({ length: 500 }, () => client.ping(never)));
    expect(times.filter((ms) => ms > 0)).toHaveLength(500);
  });
});

/** Events that pass `wanted`, up to and with the first that is the `last`. */
async function collect(
  events: AsyncIterable<EngineEvent>,
  wanted: (event: EngineEvent) => boolean,
  last: (event: EngineEvent) => boolean,
): Promise<EngineEvent[]> {
  const collected: EngineEvent[] = [];
  for await (const event of events) {
    if (!wanted(event)) continue;
    collected.push(event);
    if (last(event)) break;
  }
  return collected;
}
