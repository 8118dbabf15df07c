import { once } from 'node:events';
import { type Agent, request as httpRequest, type IncomingMessage } from 'node:http';
import { describe, expect, test, vi } from 'vitest';
import { limits } from '../kernel/limits.ts';
import { startFakeEngine } from './fake-engine.fixture.ts';
import { Lanes, stdioBudget } from './lanes.ts';
import { createTunnelAgent } from './tunnel-agent.ts';

const INSPECT = `/v1.41/containers/${'a'.repeat(64)}/json`;
const STOP = `/v1.41/containers/${'a'.repeat(64)}/stop?t=10`;
const STATS = `/v1.41/containers/${'a'.repeat(64)}/stats?stream=false&one-shot=true`;

async function get(agent: Agent, path: string, method = 'GET'): Promise<string> {
  const request = httpRequest({ agent, path, method, host: 'localhost' });
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  return (await response.setEncoding('utf8').toArray()).join('');
}

describe.each(['channels', 'sshChannels'] as const)('over %s', (kind) => {
  test('hundreds of load samples leave room for everything else, and are all answered in the end', async () => {
    let held: (() => void)[] | null = [];
    let sampled = 0;
    await using engine = await startFakeEngine((question, answer) => {
      if (!question.url?.includes('/stats')) return void answer.end('OK');
      sampled += 1;
      if (held === null) answer.end('{}');
      else held.push(() => answer.end('{}'));
    });
    const agent = createTunnelAgent(engine[kind], { mode: () => 'observe', pooled: true });
    const samples = Promise.all(Array.from({ length: 300 }, () => get(agent, STATS)));
    await vi.waitFor(() => expect(sampled).toBe(limits.engine.bulkChannels));
    const others = await Promise.all(Array.from({ length: 200 }, () => get(agent, INSPECT)));
    expect([others.every((answer) => answer === 'OK'), sampled]).toEqual([true, limits.engine.bulkChannels]);
    const release = held;
    held = null;
    for (const answer of release) answer();
    expect([(await samples).length, engine.opened() <= limits.engine.channels]).toEqual([300, true]);
    agent.destroy();
  });

  test('where there is room for fewer channels than there was, idle ones are closed, and used ones when they are', async () => {
    const answers: (() => void)[] = [];
    await using engine = await startFakeEngine((_question, answer) => {
      answers.push(() => answer.end('OK'));
    });
    for (const when of ['idle', 'in use']) {
      const lanes = new Lanes(stdioBudget());
      const agent = createTunnelAgent(engine[kind], { mode: () => 'observe', pooled: true, lanes });
      const both = [get(agent, '/_ping'), get(agent, '/_ping')];
      await vi.waitFor(() => expect(answers).toHaveLength(2));
      if (when === 'in use') lanes.narrow(4);
      for (const answer of answers.splice(0)) answer();
      await Promise.all(both);
      if (when === 'idle') lanes.narrow(4);
      await vi.waitFor(() => expect([when, engine.open()]).toEqual([when, 1]));
      agent.destroy();
      await vi.waitFor(() => expect(engine.open()).toBe(0));
    }
  });

  test('a sample that waits lets those go first that came after it', async () => {
    const asked: string[] = [];
    const answers: (() => void)[] = [];
    await using engine = await startFakeEngine((question, answer) => {
      asked.push(question.url ?? '');
      answers.push(() => answer.end('OK'));
    });
    const agent = createTunnelAgent(engine[kind], { mode: () => 'observe', pooled: true });
    const busy = Array.from({ length: limits.engine.channels }, () => get(agent, '/_ping'));
    await vi.waitFor(() => expect(asked).toHaveLength(limits.engine.channels));
    const [sample, inspected] = [get(agent, STATS), get(agent, INSPECT)];
    for (const answer of answers.splice(0, 2)) {
      const before = asked.length;
      answer();
      await vi.waitFor(() => expect(asked).toHaveLength(before + 1));
    }
    for (const answer of answers) answer();
    await Promise.all([...busy, sample, inspected]);
    expect(asked.slice(limits.engine.channels)).toEqual([INSPECT, STATS]);
    agent.destroy();
  });

  test('a change goes before all that waits, and keeps no room from it while a container takes its time', async () => {
    const asked: string[] = [];
    let held: (() => void)[] | null = [];
    const { promise: stopped, resolve: goDown } = Promise.withResolvers<void>();
    await using engine = await startFakeEngine((question, answer) => {
      asked.push(question.url ?? '');
      if (question.method === 'POST') void stopped.then(() => answer.end('stopped'));
      else if (held === null) answer.end('OK');
      else held.push(() => answer.end('OK'));
    });
    const agent = createTunnelAgent(engine[kind], { mode: () => 'operate', pooled: true });
    const count = limits.engine.channels * 2;
    const reads = Promise.all(Array.from({ length: count }, (_, at) => get(agent, at % 2 === 0 ? STATS : INSPECT)));
    await vi.waitFor(() => expect(asked).toHaveLength(limits.engine.channels));
    const stop = get(agent, STOP, 'POST');
    await vi.waitFor(() => expect(asked.slice(limits.engine.channels)).toEqual([STOP]));
    const release = held;
    held = null;
    for (const answer of release) answer();
    expect(await reads).toHaveLength(count);
    goDown();
    expect(await stop).toBe('stopped');
    agent.destroy();
  });
});
