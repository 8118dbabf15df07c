import { setTimeout as pause } from 'node:timers/promises';
import { expect, test, vi } from 'vitest';
import { AppError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import { never, type Others, withEngine } from './client.fixture.ts';
import { openEngine } from './client.ts';
import { likeDocker, startFakeEngine } from './fake-engine.fixture.ts';

const ID = 'a'.repeat(64);
const LISTED = { Id: ID, Names: ['/web'], Image: 'x', Created: 1 };

test('every question is one the gate knows, asked in the version agreed on', async () => {
  const asked: string[] = [];
  const others: Others = (question, answer) => {
    asked.push(question.url ?? '');
    if (/logs|events/.test(question.url ?? '')) answer.end();
    else if (question.url?.includes('stats'))
      answer.end(JSON.stringify({ read: '', cpu_stats: { cpu_usage: { total_usage: 1 } } }));
    else answer.end('[]');
  };
  await withEngine(others, async (client) => {
    await client.list(never);
    await client.networks(never);
    await client.sample(ID, never);
    await Array.fromAsync(await client.events(1_700_000_000_999, never));
    await Array.fromAsync(
      await client.logs(ID, { follow: true, tail: 50, since: 1_700_000_000_123.4, tty: true }, never),
    );
    await Array.fromAsync(await client.logs(ID, { follow: false, tail: 'all', since: null, tty: true }, never));
    expect(client.engine).toEqual({ name: 'docker', version: '20.10.24', apiVersion: '1.41' });
  });
  expect(asked).toEqual([
    '/v1.41/containers/json?all=true',
    '/v1.41/networks',
    `/v1.41/containers/${ID}/stats?stream=false&one-shot=true`,
    '/v1.41/events?since=1700000000&filters=%7B%22type%22%3A%5B%22container%22%2C%22network%22%5D%7D',
    `/v1.41/containers/${ID}/logs?follow=true&stdout=true&stderr=true&timestamps=true&tail=50&since=1700000000.123`,
    `/v1.41/containers/${ID}/logs?follow=false&stdout=true&stderr=true&timestamps=true`,
  ]);
});

test('an id that is none is not sent', async () => {
  await withEngine(
    () => {},
    async (client) => {
      for (const id of ['web', '../networks', `${ID}/kill?`, '']) {
        await expect(client.inspect(id, never)).rejects.toMatchObject({ code: 'GATE_REFUSED' });
      }
    },
  );
});

const message = (text: string) => JSON.stringify({ message: text });

test.each<[string, Others, object]>([
  ['a web page', (_q, answer) => answer.end('<html>'), { code: 'ENGINE_ANSWER_INVALID', details: { seen: '<html>' } }],
  ['JSON cut off', (_q, answer) => answer.end('[{"Id":'), { code: 'ENGINE_ANSWER_INVALID' }],
  ['JSON of another kind', (_q, answer) => answer.end('"hello"'), { code: 'ENGINE_ANSWER_INVALID' }],
  ['null', (_q, answer) => answer.end('null'), { code: 'ENGINE_ANSWER_INVALID' }],
  ['an empty answer', (_q, answer) => answer.end(), { code: 'ENGINE_ANSWER_INVALID' }],
  [
    'a redirection',
    (_q, answer) => answer.writeHead(301, { location: 'http://elsewhere/' }).end(),
    { code: 'ENGINE_ANSWER_INVALID' },
  ],
  [
    'a hang-up in the middle',
    (_q, answer) => {
      answer.writeHead(200, { 'content-length': 100 });
      answer.write('[{"Id":', () => answer.destroy());
    },
    { code: 'ENGINE_UNREACHABLE', details: { call: 'list containers' } },
  ],
  ['a hang-up at once', (question) => question.destroy(), { code: 'ENGINE_UNREACHABLE' }],
  [
    'a policy',
    (_q, answer) => answer.writeHead(403).end('<html><body><h1>403 Forbidden</h1>\n</body></html>'),
    {
      code: 'ENGINE_DENIED',
      message: '“list containers” is denied on this host (403): Forbidden',
      details: { status: 403 },
    },
  ],
  [
    'a lack',
    (_q, answer) => answer.writeHead(404).end(message('No such container: x')),
    { code: 'ENGINE_NOT_FOUND', message: expect.stringContaining('No such container: x') },
  ],
  [
    'its own trouble',
    (_q, answer) => answer.writeHead(500).end(message(`\u001b]0;x\u0007${'long '.repeat(1_000)}`)),
    { code: 'ENGINE_ERROR', details: { said: expect.stringMatching(/^\u241b\]0;x\u2407(?:long ){10,40}.*…$/) } },
  ],
  ['a conflict', (_q, answer) => answer.writeHead(409).end(message('is paused')), { code: 'ENGINE_ERROR' }],
  ['a bad request', (_q, answer) => answer.writeHead(400).end(message('invalid filter')), { code: 'ENGINE_ERROR' }],
  [
    'trouble without words',
    (_q, answer) => answer.writeHead(500).end(),
    { code: 'ENGINE_ERROR', details: { said: 'no reason given' } },
  ],
  [
    'a proxy that gets nothing from it',
    (_q, answer) => answer.writeHead(504).end('<html><head><title>504 Gateway Time-out</title></head></html>'),
    { code: 'ENGINE_UNREACHABLE', details: { said: 'Gateway Time-out' } },
  ],
  ['a 503 of its own', (_q, answer) => answer.writeHead(503).end(message('no swarm')), { code: 'ENGINE_ERROR' }],
])('an engine that answers with %s', async (_name, others, error) => {
  await withEngine(others, async (client) => {
    await expect(client.list(never)).rejects.toMatchObject(error);
  });
});

test('a refused stream is told as any other refusal', async () => {
  await withEngine(
    (_question, answer) => answer.writeHead(404).end(message('No such container')),
    async (client) => {
      const options = { follow: true, tail: 'all', since: null, tty: false } as const;
      await expect(client.logs(ID, options, never)).rejects.toMatchObject({ code: 'ENGINE_NOT_FOUND' });
      await expect(client.events(0, never)).rejects.toMatchObject({ code: 'ENGINE_NOT_FOUND' });
    },
  );
});

test('a gigabyte of list is given up at its bound, without the memory for it', async () => {
  const chunk = Buffer.alloc(1024 * 1024, '[');
  let sent = 0;
  const others: Others = (_question, answer) => {
    const flood = () => {
      while (!answer.destroyed && sent < 1024 ** 3) {
        sent += chunk.length;
        if (!answer.write(chunk)) return;
      }
    };
    answer.on('drain', flood);
    flood();
  };
  await withEngine(others, async (client) => {
    const before = process.memoryUsage.rss();
    let most = before;
    const watch = setInterval(() => {
      most = Math.max(most, process.memoryUsage.rss());
    }, 5);
    await expect(client.list(never)).rejects.toMatchObject({ code: 'ENGINE_ANSWER_TOO_LARGE' });
    clearInterval(watch);
    expect(sent).toBeLessThan(limits.engine.listAnswerBytes * 2);
    expect(most - before).toBeLessThan(limits.engine.listAnswerBytes * 3);
  });
});

test('one call that fails leaves the others alone, on the same pool', async () => {
  const others: Others = (question, answer) => {
    const id = question.url?.split('/')[3] ?? '';
    if (id.startsWith('0')) question.destroy();
    else if (id.startsWith('1')) answer.end('{');
    else answer.writeHead(404).end(message(id));
  };
  await withEngine(others, async (client) => {
    const ids = Array.from(
      { length: 60 },
      (_, index) => `${index % 3}${String(index).padStart(2, '0')}${'a'.repeat(61)}`,
    );
    const results = await Promise.allSettled(ids.map((id) => client.inspect(id, never)));
    const codes = results.map((result) => (result.status === 'rejected' ? result.reason.code : 'fulfilled'));
    expect(codes).toEqual(
      ids.map((id) => ['ENGINE_UNREACHABLE', 'ENGINE_ANSWER_INVALID', 'ENGINE_NOT_FOUND'][Number(id[0])]),
    );
  });
});

test('a pooled channel that has gone stale is replaced, once', async () => {
  const served = new WeakMap<object, number>();
  let hangUps = 0;
  const others: Others = (question, answer) => {
    const round = (served.get(question.socket) ?? 0) + 1;
    served.set(question.socket, round);
    if (round === 1) answer.end(JSON.stringify([LISTED]));
    else {
      hangUps += 1;
      question.destroy();
    }
  };
  await withEngine(others, async (client) => {
    for (let round = 0; round < 4; round += 1) expect(await client.list(never)).toHaveLength(1);
  });
  expect(hangUps).toBeGreaterThanOrEqual(1);
});

test('an engine replaced behind the connection is asked again in its own version, and remembered', async () => {
  const asked: string[] = [];
  const others: Others = (question, answer) => {
    asked.push(question.url ?? '');
    if (question.url?.startsWith('/v1.44/')) answer.end('[]');
    else
      answer
        .writeHead(400)
        .end(message('client version 1.41 is too old. Minimum supported API version is 1.44, please upgrade'));
  };
  await withEngine(others, async (client) => {
    await client.networks(never);
    await client.networks(never);
    expect(client.engine.apiVersion).toBe('1.44');
  });
  expect(asked).toEqual(['/v1.41/networks', '/v1.44/networks', '/v1.44/networks']);
});

test('an engine that refuses every version is asked twice, not for ever', async () => {
  let asked = 0;
  const others: Others = (_question, answer) => {
    asked += 1;
    answer.writeHead(400).end(message('client version 1.44 is too old. Minimum supported API version is 1.44'));
  };
  await withEngine(others, (client) => expect(client.list(never)).rejects.toMatchObject({ code: 'ENGINE_ERROR' }));
  expect(asked).toBe(2);
});

test('an abort ends a call at once, with its own reason', async () => {
  await withEngine(
    () => {},
    async (client) => {
      const stop = new AbortController();
      const reason = new AppError('TIMEOUT', 'Enough.');
      const calls = [client.list(stop.signal), client.inspect(ID, stop.signal), client.events(0, stop.signal)];
      await pause(20);
      stop.abort(reason);
      const settled = await Promise.allSettled([...calls, client.list(stop.signal)]);
      expect(settled).toEqual(Array.from({ length: 4 }, () => ({ status: 'rejected', reason })));
    },
  );
});

test('500 pings at once', async () => {
  await withEngine(
    () => {},
    async (client, opened) => {
      const times = await Promise.all(Array.from({ length: 500 }, () => client.ping(never)));
      expect(times.every((ms) => ms > 0)).toBe(true);
      expect(opened()).toBeLessThanOrEqual(limits.engine.channels);
    },
  );
});

test('a ping tells of the engine, not of the queue before it', async () => {
  const others: Others = (_question, answer) => setTimeout(() => answer.writeHead(404).end(), 400);
  await withEngine(others, async (client) => {
    const busy = Array.from({ length: limits.engine.channels }, () => client.inspect(ID, never).catch(() => 'gone'));
    const start = performance.now();
    const ms = await client.ping(never);
    // The others hold it up for 400 ms; how long a ping itself takes is the machine's affair.
    expect(performance.now() - start - ms).toBeGreaterThan(300);
    await Promise.all(busy);
  });
});

test.each([
  ['announced too large', { 'content-length': 1024 ** 4 }, 'ENGINE_ANSWER_TOO_LARGE'],
  ['of another protocol', { connection: 'Upgrade', upgrade: 'tcp' }, 'ENGINE_ANSWER_INVALID'],
])('an answer %s ends the call, and leaves its channel to the next', async (_name, headers, code) => {
  const others: Others = (_question, answer) => {
    answer.writeHead('upgrade' in headers ? 101 : 200, headers);
    answer.flushHeaders();
  };
  await withEngine(others, async (client) => {
    const calls = Array.from({ length: limits.engine.channels * 2 }, () => client.list(never).catch((e) => e.code));
    expect([new Set(await Promise.all(calls)), (await client.ping(never)) > 0]).toEqual([new Set([code]), true]);
  });
});

test('disposing ends what is under way, and refuses what comes after', async () => {
  await using engine = await startFakeEngine(likeDocker(() => {}));
  const client = await openEngine(engine.channels, { signal: never, mode: () => 'observe' });
  const call = client.list(never).catch((error: unknown) => error);
  await pause(20);
  await client[Symbol.asyncDispose]();
  expect(await call).toMatchObject({ code: 'CANCELLED' });
  await expect(client.list(never)).rejects.toMatchObject({ code: 'CANCELLED' });
  await vi.waitFor(() => expect(engine.open()).toBe(0));
});

test('opening that fails leaves no channel open', async () => {
  await using engine = await startFakeEngine((question, answer) => {
    if (question.url === '/_ping') answer.end('OK');
    else answer.end('[]');
  });
  await expect(openEngine(engine.sshChannels, { signal: never, mode: () => 'observe' })).rejects.toMatchObject({
    code: 'ENGINE_ANSWER_INVALID',
  });
  await vi.waitFor(() => expect([engine.opened(), engine.open()]).toEqual([2, 0]));
});
