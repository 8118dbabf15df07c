import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { HostMode } from '#contract/hosts.ts';
import { type HostLink, openLink } from '../engine/link.ts';
import { systemClock } from '../kernel/clock.ts';
import { connectWith } from '../ssh/connection.fixture.ts';
import { routeToTarget } from '../ssh/hop.fixture.ts';
import { type Demo, type DemoHost, startDemo } from './demo.ts';

const never = new AbortController().signal;
const USUAL_SOCKET = { kind: 'socket', path: null, via: 'any' } as const;
let demo: Demo;
let host: DemoHost;
beforeAll(async () => {
  demo = await startDemo();
  host = demo.hosts.find(({ label }) => label === 'borealis') as DemoHost;
});
afterAll(() => demo[Symbol.asyncDispose]());

async function open(mode: HostMode): Promise<HostLink> {
  const connection = await connectWith({ route: routeToTarget(host) });
  return openLink(connection, USUAL_SOCKET, { mode: () => mode, signal: never, clock: systemClock, onEvent: () => {} });
}

describe('what is asked of the engine through the real client', () => {
  const find = async ({ client }: HostLink, name: string) => {
    const one = (await client.list(never)).find((listed) => listed.name === name);
    if (one === undefined) throw new Error(`there is no ${name}`);
    return one.id;
  };

  test('is done where the host may be operated, told by its events, and seen by inspecting', async () => {
    await using link = await open('operate');
    const { client } = link;
    const containerId = await find(link, 'mail-webmail-1');
    const before = await client.inspect(containerId, never);
    // The engine's clock is known within a second.
    const events = (await client.events(Date.now() + client.clockOffsetMs - 1_000, never))[Symbol.asyncIterator]();
    const change = (what: 'start' | 'stop' | 'restart') =>
      client.change(what, { containerId, graceSeconds: 10 }, never);
    const answers = [await change('start'), await change('stop'), await change('stop')];
    const stopped = await client.inspect(containerId, never);
    answers.push(await change('start'), await change('restart'));
    const after = await client.inspect(containerId, never);
    const told: string[] = [];
    while (told.at(-1) !== 'restart') {
      const { value } = await events.next();
      if (value?.id === containerId) told.push(value.action);
    }
    await events.return?.();
    demo.controls.setHealth(host.id, 'mail-webmail-1', null);
    expect({ answers, told }).toEqual({
      answers: ['already', 'done', 'already', 'done', 'done'],
      told: ['kill', 'die', 'stop', 'start', 'kill', 'die', 'stop', 'start', 'restart'],
    });
    expect([before, stopped, after]).toMatchObject([
      { state: 'running', health: 'healthy', finishedAt: null, stopSignal: 'SIGWINCH', healthWaitMs: 135_000 },
      { state: 'exited', exitCode: 0, startedAt: before.startedAt },
      { state: 'running', health: 'starting', exitCode: null, restartCount: 0 },
    ]);
  });

  test('is refused before it is sent where the host is only observed', async () => {
    await using link = await open('observe');
    const containerId = await find(link, 'mail-webmail-1');
    await expect(link.client.change('stop', { containerId, graceSeconds: 1 }, never)).rejects.toMatchObject({
      code: 'GATE_REFUSED',
    });
  });
});
