import { once } from 'node:events';
import {
  type Agent,
  type ClientRequest,
  request as httpRequest,
  type IncomingMessage,
  type RequestOptions,
} from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { inspect } from 'node:util';
import Docker from 'dockerode';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { AppError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import type { Channels } from './channels.ts';
import { type FakeEngine, likeDocker, startFakeEngine } from './fake-engine.fixture.ts';
import type { HostMode } from './gate.ts';
import { createTunnelAgent } from './tunnel-agent.ts';

const ID = 'a'.repeat(64);
const INSPECT = `/v1.41/containers/${ID}/json`;
const STOP = `/v1.41/containers/${ID}/stop?t=10`;
const LOGS = `/v1.41/containers/${ID}/logs?follow=true&stdout=true&stderr=true&timestamps=true`;

afterEach(() => void vi.useRealTimers());

/** Nothing answers here, and each channel opened is one too many. */
const untouched: Channels = {
  open: () => {
    throw new Error('a channel was opened');
  },
};

async function failure(request: ClientRequest): Promise<unknown> {
  const [error] = await once(request, 'error');
  return error;
}

async function get(agent: Agent, path: string, options: RequestOptions = {}): Promise<string> {
  const request = httpRequest({ agent, path, host: 'localhost', ...options });
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  return (await response.setEncoding('utf8').toArray()).join('');
}

describe('the gate', () => {
  test.each<[string, RequestOptions]>([
    ['a path that is not listed', { path: '/info' }],
    ['a method that is not listed', { path: '/_ping', method: 'POST' }],
    ['a body of known length', { path: '/_ping', headers: { 'content-length': 5 } }],
    ['a body of unknown length', { path: '/_ping', headers: { 'transfer-encoding': 'chunked' } }],
    ['an upgrade', { path: '/_ping', headers: { connection: 'Upgrade', upgrade: 'tcp' } }],
    ['a registry login', { path: '/_ping', headers: { 'x-registry-auth': 'e30=' } }],
    ['a change by another method', { path: STOP, method: 'PUT' }],
    ['a change of which only the head is asked', { path: STOP, method: 'HEAD' }],
    ['a change with a body of known length', { path: STOP, method: 'POST', headers: { 'content-length': 5 } }],
    ['a length of nothing written otherwise', { path: STOP, method: 'POST', headers: { 'content-length': '00' } }],
    ['two lengths of nothing', { path: STOP, method: 'POST', headers: { 'content-length': '0, 0' } }],
    ['a read with a length of nothing', { path: '/_ping', headers: { 'content-length': 0 } }],
    ['a change in chunks', { path: STOP, method: 'POST', headers: { 'transfer-encoding': 'chunked' } }],
    ['a change that says what its body is', { path: STOP, method: 'POST', headers: { 'content-type': 'text/plain' } }],
    ['a change that waits to go on', { path: STOP, method: 'POST', headers: { expect: '100-continue' } }],
    ['headers nobody can look at', { path: '/_ping', headers: ['host', 'localhost', 'content-length', '5'] }],
  ])('refuses %s before a channel is opened', async (_name, options) => {
    const agent = createTunnelAgent(untouched, { mode: () => 'operate', pooled: true });
    const error = await failure(httpRequest({ agent, host: 'localhost', ...options }));
    expect(error).toMatchObject({ name: 'AppError', code: 'GATE_REFUSED' });
  });

  test.each([[{}], [{ 'content-length': 0 }], [{ 'content-length': '0', accept: '*/*' }]])(
    'lets a change through that has no body, with headers %j',
    async (headers) => {
      const seen: unknown[] = [];
      await using engine = await startFakeEngine((question, answer) => {
        seen.push([question.method, question.url, question.headers['content-length']]);
        answer.writeHead(204).end();
      });
      const agent = createTunnelAgent(engine.channels, { mode: () => 'operate', pooled: false });
      expect(await get(agent, STOP, { method: 'POST', headers })).toBe('');
      expect(seen).toEqual([['POST', STOP, '0']]);
    },
  );

  test('gives no channel to whoever asks for one without a request', async () => {
    const agent = createTunnelAgent(untouched, { mode: () => 'operate', pooled: true });
    const error = await new Promise((resolve) => void agent.createConnection({}, (failed) => resolve(failed)));
    expect(error).toMatchObject({ code: 'GATE_REFUSED' });
  });

  test('lets nothing be added to a request it has passed', async () => {
    const seen: string[] = [];
    await using engine = await startFakeEngine((question, answer) => {
      let body = '';
      question
        .on('data', (chunk) => (body += chunk))
        .on('end', () => {
          seen.push(`${question.method} ${question.url} ${question.headers.upgrade ?? '-'} ${body || '-'}`);
          answer.end();
        });
    });
    const agent = createTunnelAgent(engine.channels, { mode: () => 'observe', pooled: false });
    const smuggled = `POST /v1.41/containers/${ID}/kill HTTP/1.1\r\nHost: x\r\n\r\n`;
    const request = httpRequest({ agent, path: '/_ping', host: 'localhost' });
    request.on('error', () => {});
    Object.assign(request, { path: `/v1.41/containers/${ID}/kill`, method: 'POST' });
    expect(() => request.setHeader('upgrade', 'tcp')).toThrow('after they are sent');
    request.write(smuggled);
    request.end(smuggled);
    await new Promise((resolve) => request.once('close', resolve));
    expect(seen.filter((line) => line !== 'GET /_ping - -')).toEqual([]);

    expect(await get(agent, '/_ping')).toBe('');
    expect(seen.at(-1)).toBe('GET /_ping - -');
    agent.destroy();
  });

  test('stands below dockerode as well', async () => {
    await using engine = await startFakeEngine(likeDocker((_question, answer) => answer.end('[]')));
    const agent = createTunnelAgent(engine.channels, { mode: () => 'observe', pooled: true });
    const docker = dockerodeOn(agent);
    expect(await docker.listContainers({ all: true })).toEqual([]);
    await expect(docker.getContainer(ID).kill()).rejects.toMatchObject({ code: 'GATE_REFUSED' });
    await expect(docker.createContainer({ Image: 'x' })).rejects.toMatchObject({ code: 'GATE_REFUSED' });
    agent.destroy();
  });
});

test('docker-modem, which inspects whatever it is given, does not get to see the channels', async () => {
  await using engine = await startFakeEngine(likeDocker((_question, answer) => answer.end('{}')));
  let walks = 0;
  const walk = () => {
    walks += 1;
    return 'the whole SSH client';
  };
  const channels: Channels = {
    async open(signal) {
      const channel = await engine.channels.open(signal);
      return Object.assign(channel, { client: { [inspect.custom]: walk } });
    },
  };
  const agent = createTunnelAgent(channels, { mode: () => 'observe', pooled: true });
  const docker = dockerodeOn(agent);
  await Promise.all(Array.from({ length: 4 }, () => docker.getContainer(ID).inspect()));
  // Now there are idle channels below the agent.
  await docker.getContainer(ID).inspect();
  expect([engine.open(), walks]).toEqual([4, 0]);
  agent.destroy();
});

function dockerodeOn(agent: Agent): Docker {
  const options: Docker.DockerOptions & { agent: Agent } = {
    protocol: 'http',
    host: 'localhost',
    version: 'v1.41',
    agent,
  };
  return new Docker(options);
}

describe.each(['channels', 'sshChannels'] as const)('over %s', (kind) => {
  test('an answer comes through whole, and the next request takes the same channel', async () => {
    const body = JSON.stringify({ text: 'é'.repeat(300_000) });
    await using engine = await startFakeEngine((_question, answer) => answer.end(body));
    const agent = createTunnelAgent(engine[kind], { mode: () => 'observe', pooled: true });
    const answers: boolean[] = [];
    for (let round = 0; round < 12; round += 1) answers.push((await get(agent, INSPECT)) === body);
    expect([answers.every(Boolean), engine.opened()]).toEqual([true, 1]);
    agent.destroy();
    await vi.waitFor(() => expect(engine.open()).toBe(0));
  });

  test('500 requests at once are all answered, over no more channels than allowed', async () => {
    let most = 0;
    await using engine: FakeEngine = await startFakeEngine((_question, answer) => {
      most = Math.max(most, engine.open());
      setTimeout(() => answer.end('OK'), 5);
    });
    const agent = createTunnelAgent(engine[kind], { mode: () => 'observe', pooled: true });
    const answers = await Promise.all(Array.from({ length: 500 }, () => get(agent, '/_ping')));
    expect(answers.every((answer) => answer === 'OK')).toBe(true);
    expect([most, engine.opened()]).toEqual([limits.engine.channels, limits.engine.channels]);
    agent.destroy();
  });

  test('streams have channels of their own, however many short requests wait', async () => {
    await using engine = await startFakeEngine((question, answer) => {
      if (question.url === LOGS) answer.end('a line');
    });
    const agent = createTunnelAgent(engine[kind], { mode: () => 'observe', pooled: true });
    const waiting = Array.from({ length: limits.engine.channels + 10 }, () => get(agent, '/_ping').catch(codeOf));
    expect(await get(agent, LOGS)).toBe('a line');
    agent.destroy();
    expect(new Set(await Promise.all(waiting))).toEqual(new Set(['CANCELLED']));
  });

  test('without a pool each request has its own channel, which closes with it', async () => {
    await using engine = await startFakeEngine((_question, answer) => answer.end('OK'));
    const agent = createTunnelAgent(engine[kind], { mode: () => 'observe', pooled: false });
    await get(agent, '/_ping');
    await get(agent, '/_ping');
    await vi.waitFor(() => expect([engine.opened(), engine.open()]).toEqual([2, 0]));
  });

  test('a change has a channel of its own beside the pool, which closes with it', async () => {
    const served: unknown[] = [];
    await using engine = await startFakeEngine((question, answer) => {
      served.push([question.method, question.headers.connection]);
      answer.end();
    });
    const agent = createTunnelAgent(engine[kind], { mode: () => 'operate', pooled: true });
    await get(agent, '/_ping');
    await get(agent, STOP, { method: 'POST' });
    await get(agent, '/_ping');
    expect(served).toEqual([
      ['GET', 'keep-alive'],
      ['POST', 'close'],
      ['GET', 'keep-alive'],
    ]);
    await vi.waitFor(() => expect([engine.opened(), engine.open()]).toEqual([2, 1]));
    agent.destroy();
  });

  test('a channel nobody needs is closed after a while, not before', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    await using engine = await startFakeEngine((_question, answer) => answer.end('OK'));
    const agent = createTunnelAgent(engine[kind], { mode: () => 'observe', pooled: true });
    await get(agent, '/_ping');
    await pause(20);
    vi.advanceTimersByTime(limits.engine.idleChannelMs - 1);
    await get(agent, '/_ping');
    await pause(20);
    vi.advanceTimersByTime(limits.engine.idleChannelMs - 1);
    await pause(20);
    expect([engine.opened(), engine.open()]).toEqual([1, 1]);
    vi.advanceTimersByTime(1);
    await expect.poll(() => engine.open()).toBe(0);
  });

  test.each([
    ['in its head', (answer: { flushHeaders(): void }) => void answer],
    ['in its body', (answer: { flushHeaders(): void }) => answer.flushHeaders()],
  ])('an answer that hangs %s is given up at the deadline', async (_name, begin) => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const { promise: asked, resolve } = Promise.withResolvers<void>();
    await using engine = await startFakeEngine((_question, answer) => {
      begin(answer);
      resolve();
    });
    const agent = createTunnelAgent(engine[kind], { mode: () => 'observe', pooled: true });
    const answer = get(agent, '/_ping').catch((error: unknown) => error);
    await asked;
    await pause(20);
    vi.advanceTimersByTime(limits.engine.requestMs);
    expect(await answer).toMatchObject({ code: 'ENGINE_TIMEOUT', details: { call: 'ping' } });
    await expect.poll(() => engine.open()).toBe(0);
  });

  test('a change may take its grace, and a little longer', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    let arrived = Promise.withResolvers<() => void>();
    await using engine = await startFakeEngine((_question, answer) =>
      arrived.resolve(() => answer.writeHead(204).end()),
    );
    const agent = createTunnelAgent(engine[kind], { mode: () => 'operate', pooled: false });
    const stop = () => get(agent, STOP, { method: 'POST' }).catch((error: unknown) => error);
    const deadlineMs = 10_000 + limits.actions.answerMs;
    const inTime = stop();
    const answer = await arrived.promise;
    vi.advanceTimersByTime(deadlineMs - 1);
    answer();
    expect(await inTime).toBe('');

    arrived = Promise.withResolvers();
    const late = stop();
    await arrived.promise;
    vi.advanceTimersByTime(deadlineMs);
    expect(await late).toMatchObject({
      code: 'ENGINE_TIMEOUT',
      message: 'The engine did not answer “stop container” within 30 s.',
      hint: expect.stringContaining('It may have been done'),
    });
    await expect.poll(() => engine.open()).toBe(0);
  });

  test('a stream has a deadline for its head only', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const { promise: more, resolve } = Promise.withResolvers<void>();
    await using engine = await startFakeEngine((_question, answer) => {
      answer.write('begun, ');
      void more.then(() => answer.end('ended'));
    });
    const agent = createTunnelAgent(engine[kind], { mode: () => 'observe', pooled: false });
    const request = httpRequest({ agent, path: LOGS, host: 'localhost' });
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    vi.advanceTimersByTime(limits.engine.requestMs * 10);
    resolve();
    expect((await response.setEncoding('utf8').toArray()).join('')).toBe('begun, ended');
  });

  test.each([
    ['an endless answer', INSPECT, 200, limits.engine.inspectAnswerBytes],
    ['an endless error', INSPECT, 500, limits.engine.smallAnswerBytes],
    ['an endless refusal of a stream', LOGS, 404, limits.engine.smallAnswerBytes],
  ])('%s is broken off at its bound, and not held', async (_name, path, status, bound) => {
    await using engine = await startFakeEngine((_question, answer) => {
      answer.writeHead(status);
      const flood = () => {
        while (!answer.destroyed && answer.write(FLOOD));
      };
      answer.on('drain', flood);
      flood();
    });
    const agent = createTunnelAgent(engine[kind], { mode: () => 'observe', pooled: true });
    const request = httpRequest({ agent, path, host: 'localhost' });
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    let read = 0;
    const error = await (async () => {
      for await (const chunk of response) read += chunk.length;
    })().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'ENGINE_ANSWER_TOO_LARGE' });
    expect(read).toBeGreaterThan(0);
    expect(read).toBeLessThanOrEqual(bound);
    await vi.waitFor(() => expect(engine.open()).toBe(0));
  });

  test('an answer that announces too much is not read at all', async () => {
    await using engine = await startFakeEngine((_question, answer) => {
      answer.writeHead(200, { 'content-length': 1024 ** 3 });
      answer.write('[');
    });
    const agent = createTunnelAgent(engine[kind], { mode: () => 'observe', pooled: true });
    await expect(get(agent, '/_ping')).rejects.toMatchObject({ code: 'ENGINE_ANSWER_TOO_LARGE' });
  });
});

const FLOOD = Buffer.alloc(64 * 1024, '[');

describe('a mode that changes', () => {
  test('counts from the next request on', async () => {
    let mode: HostMode = 'observe';
    const asked: string[] = [];
    await using engine = await startFakeEngine((question, answer) => {
      asked.push(question.method ?? '');
      answer.writeHead(204).end();
    });
    const agent = createTunnelAgent(engine.channels, { mode: () => mode, pooled: false });
    const stop = () => get(agent, STOP, { method: 'POST' }).catch(codeOf);
    const outcomes = [await stop()];
    mode = 'operate';
    outcomes.push(await stop());
    mode = 'observe';
    outcomes.push(await stop());
    expect([outcomes, asked]).toEqual([['GATE_REFUSED', '', 'GATE_REFUSED'], ['POST']]);
  });

  test('counts for a change whose channel is still being opened: it is not sent, and the channel is closed', async () => {
    let mode: HostMode = 'operate';
    const asked: string[] = [];
    await using engine = await startFakeEngine((question, answer) => {
      asked.push(question.method ?? '');
      answer.writeHead(204).end();
    });
    const { promise: go, resolve } = Promise.withResolvers<void>();
    const channels: Channels = { open: (signal) => go.then(() => engine.channels.open(signal)) };
    const agent = createTunnelAgent(channels, { mode: () => mode, pooled: true });
    const [stop, ping] = [get(agent, STOP, { method: 'POST' }).catch(codeOf), get(agent, '/_ping')];
    mode = 'observe';
    resolve();
    expect([await stop, await ping, asked]).toEqual(['GATE_REFUSED', '', ['GET']]);
    agent.destroy();
    await expect.poll(() => engine.open()).toBe(0);
  });
});

describe('opening', () => {
  test('what the channels reject with is what the request fails with', async () => {
    const refused = new AppError('FORWARD_REFUSED', 'open failed');
    const agent = createTunnelAgent({ open: () => Promise.reject(refused) }, { mode: () => 'observe', pooled: true });
    expect(await failure(httpRequest({ agent, path: '/_ping', host: 'localhost' }))).toBe(refused);
  });

  test('that never ends is given up at the deadline; a channel that comes late is closed', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    await using engine = await startFakeEngine((_question, answer) => answer.end());
    const { promise: late, resolve } = Promise.withResolvers<Awaited<ReturnType<Channels['open']>>>();
    const agent = createTunnelAgent({ open: () => late }, { mode: () => 'observe', pooled: true });
    const request = httpRequest({ agent, path: '/_ping', host: 'localhost' });
    const failed = failure(request);
    vi.advanceTimersByTime(limits.engine.requestMs);
    expect(await failed).toMatchObject({ code: 'ENGINE_TIMEOUT' });
    resolve(await engine.channels.open(new AbortController().signal));
    await expect.poll(() => engine.open()).toBe(0);
  });

  test('is given up when the agent is destroyed, and so is what waits and what comes later', async () => {
    const agent = createTunnelAgent({ open: () => new Promise(() => {}) }, { mode: () => 'observe', pooled: true });
    const waiting = Array.from({ length: limits.engine.channels + 1 }, () => get(agent, '/_ping').catch(codeOf));
    agent.destroy();
    waiting.push(get(agent, '/_ping').catch(codeOf));
    expect(new Set(await Promise.all(waiting))).toEqual(new Set(['CANCELLED']));
  });
});

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : error;
}
