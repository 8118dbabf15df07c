import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import type { EngineChange } from '#contract/actions.ts';
import { describeLab } from '../../lab/vitest.ts';
import type { Channels } from './channels.ts';
import { openEngine } from './client.ts';
import type { HostMode } from './gate.ts';
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
    client = await openEngine(channels, { signal: never, mode: () => 'observe' });
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

  it('stops, starts and restarts a container, as the docker CLI reads back; and sends nothing where it may only look', async () => {
    let mode: HostMode = 'observe';
    await using operator = await openEngine(channels, { signal: never, mode: () => mode });
    const name = `client-change-${process.pid}`;
    // Ends at once on SIGTERM, which a shell that is process 1 would not do by itself.
    const script = 'trap "exit 0" TERM; while :; do sleep 0.1; done';
    const id = await lab.runContainer({ name, command: ['sh', '-c', script] });
    onTestFinished(() => lab.removeContainer(id));
    const seen = async () => {
      const format = '{{.State.Status}} {{.State.ExitCode}} {{.State.StartedAt}}';
      const [status, exitCode, startedAt = ''] = (await lab.docker(['inspect', '--format', format, id]))
        .trim()
        .split(' ');
      return { is: `${status} ${exitCode}`, startedAt };
    };
    const change = (what: EngineChange) => operator.change(what, { containerId: id, graceSeconds: 10 }, never);

    const first = await seen();
    await expect(change('stop')).rejects.toMatchObject({ code: 'GATE_REFUSED' });
    expect(await seen()).toEqual(first);

    mode = 'operate';
    expect([first.is, await change('stop'), (await seen()).is]).toEqual(['running 0', 'done', 'exited 0']);
    expect([await change('stop'), await change('start'), (await seen()).is]).toEqual(['already', 'done', 'running 0']);
    const started = await seen();
    expect([await change('start'), await change('restart')]).toEqual(['already', 'done']);
    const restarted = await seen();
    expect([restarted.is, restarted.startedAt > started.startedAt]).toEqual(['running 0', true]);
    await expect(
      operator.change('start', { containerId: '0'.repeat(64), graceSeconds: 0 }, never),
    ).rejects.toMatchObject({ code: 'ENGINE_NOT_FOUND' });
  });

  it('reads what a container is to be ended with, and how long its health check may take', async () => {
    const args = ['--stop-signal', '3', '--stop-timeout', '45', '--health-cmd', 'true', '--health-interval', '7s'];
    const more = ['--health-timeout', '2s', '--health-retries', '4', '--health-start-period', '5s'];
    const image = (await lab.docker(['ps', '--format', '{{.Image}}'])).split('\n')[0] ?? '';
    const name = `client-configured-${process.pid}`;
    const id = (
      await lab.docker(['create', '--name', name, ...args, ...more, '-v', `${name}:/data`, image, 'true'])
    ).trim();
    onTestFinished(async () => {
      await lab.removeContainer(id);
      await lab.docker(['volume', 'rm', name]);
    });
    expect(await client.inspect(id, never)).toMatchObject({
      state: 'created',
      health: 'none',
      stopSignal: 'SIGQUIT',
      stopTimeoutSeconds: 45,
      healthWaitMs: 5_000 + 4 * 9_000,
      volumes: [name],
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
