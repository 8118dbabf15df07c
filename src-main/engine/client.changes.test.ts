import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { EngineChange } from '#contract/actions.ts';
import { AppError } from '../kernel/errors.ts';
import { never, type Others, withEngine } from './client.fixture.ts';
import type { HostMode } from './gate.ts';

const ID = 'a'.repeat(64);
const operate = (): HostMode => 'operate';
const CHANGES: readonly EngineChange[] = ['start', 'stop', 'restart'];
const message = (text: string) => JSON.stringify({ message: text });
const request = { containerId: ID, graceSeconds: 10 };

/** What each change came to, asked for one after the other. */
async function outcomes(others: Others, mode = operate): Promise<unknown[]> {
  return await withEngine(
    others,
    async (client) => {
      const seen: unknown[] = [];
      for (const what of CHANGES) {
        seen.push(await client.change(what, request, never).catch((error: AppError) => error.code));
      }
      return seen;
    },
    mode,
  );
}

test('each change is asked for exactly as the gate lists it, over a channel of its own', async () => {
  const asked: string[] = [];
  const others: Others = (question, answer) => {
    let bytes = 0;
    question.on('data', (chunk: Buffer) => (bytes += chunk.length));
    question.on('end', () => {
      const { connection, 'content-length': length } = question.headers;
      asked.push(`${question.method} ${question.url} ${length} ${bytes} ${connection}`);
      answer.writeHead(204).end();
    });
  };
  expect(await outcomes(others)).toEqual(['done', 'done', 'done']);
  expect(asked).toEqual([
    `POST /v1.41/containers/${ID}/start 0 0 close`,
    `POST /v1.41/containers/${ID}/stop?t=10 0 0 close`,
    `POST /v1.41/containers/${ID}/restart?t=10 0 0 close`,
  ]);
});

test.each<[string, Others, string]>([
  ['was so before', (_q, answer) => answer.writeHead(304).end(), 'already'],
  ['is denied by a policy', (_q, answer) => answer.writeHead(403).end('<h1>403 Forbidden</h1>'), 'ENGINE_DENIED'],
  ['is of no container', (_q, answer) => answer.writeHead(404).end(message('No such container')), 'ENGINE_NOT_FOUND'],
  ['conflicts', (_q, answer) => answer.writeHead(409).end(message('is being removed')), 'ENGINE_ERROR'],
  ['fails', (_q, answer) => answer.writeHead(500).end(message('cannot stop')), 'ENGINE_ERROR'],
  ['is a bad request', (_q, answer) => answer.writeHead(400).end(message('bad')), 'ENGINE_ERROR'],
  ['does not reach the engine', (_q, answer) => answer.writeHead(503).end('no server'), 'ENGINE_ERROR'],
  ['takes a proxy too long', (_q, answer) => answer.writeHead(504).end('<h1>504'), 'ENGINE_UNREACHABLE'],
  ['is broken off behind a proxy', (_q, answer) => answer.writeHead(502).end('<h1>502'), 'ENGINE_UNREACHABLE'],
  ['is answered as no engine does', (_q, answer) => answer.writeHead(200).end('{}'), 'ENGINE_ANSWER_INVALID'],
  [
    'is answered by a redirection',
    (_q, answer) => answer.writeHead(301, { location: '/' }).end(),
    'ENGINE_ANSWER_INVALID',
  ],
  ['is answered by hanging up', (question) => question.destroy(), 'ENGINE_UNREACHABLE'],
])('a change that %s is sent once, and said to be so', async (_name, answer, outcome) => {
  let asked = 0;
  const others: Others = (question, response) => {
    asked += 1;
    answer(question, response);
  };
  expect(await outcomes(others)).toEqual([outcome, outcome, outcome]);
  expect(asked).toBe(3);
});

test('an engine that hangs up on every channel used before does not make an outcome unknown', async () => {
  const served = new WeakSet<object>();
  const others: Others = (question, answer) => {
    if (served.has(question.socket)) return void question.destroy();
    served.add(question.socket);
    if (question.method === 'POST') answer.writeHead(204).end();
    else answer.end('[]');
  };
  await withEngine(
    others,
    async (client) => {
      // Leaves channels in the pool, all of which the engine would hang up on.
      await Promise.all(Array.from({ length: 4 }, () => client.networks(never)));
      expect(await client.change('stop', request, never)).toBe('done');
    },
    operate,
  );
});

describe('an engine that no longer speaks the version agreed on', () => {
  const told = 'client version 1.41 is too old. Minimum supported API version is 1.44, please upgrade';

  test('has done nothing yet, and is asked once more in its own', async () => {
    const asked: string[] = [];
    const others: Others = (question, answer) => {
      asked.push(`${question.method} ${question.url}`);
      if (question.url?.startsWith('/v1.44/')) answer.writeHead(204).end();
      else answer.writeHead(400).end(message(told));
    };
    await withEngine(
      others,
      async (client) => expect(await client.change('restart', request, never)).toBe('done'),
      operate,
    );
    expect(asked).toEqual([`POST /v1.41/containers/${ID}/restart?t=10`, `POST /v1.44/containers/${ID}/restart?t=10`]);
  });

  test('is not asked a third time', async () => {
    let asked = 0;
    const others: Others = (_question, answer) => {
      asked += 1;
      answer.writeHead(400).end(message(told));
    };
    await withEngine(
      others,
      (client) => expect(client.change('stop', request, never)).rejects.toMatchObject({ code: 'ENGINE_ERROR' }),
      operate,
    );
    expect(asked).toBe(2);
  });

  test.each([500, 409, 403])('is not asked again where it says so with the status %i', async (status) => {
    let asked = 0;
    const others: Others = (_question, answer) => {
      asked += 1;
      answer.writeHead(status).end(message(told));
    };
    expect(await outcomes(others)).toHaveLength(3);
    expect(asked).toBe(3);
  });

  test('is not asked again by a host that was set to observe meanwhile', async () => {
    let mode: HostMode = 'operate';
    let asked = 0;
    const others: Others = (_question, answer) => {
      asked += 1;
      mode = 'observe';
      answer.writeHead(400).end(message(told));
    };
    await withEngine(
      others,
      (client) => expect(client.change('stop', request, never)).rejects.toMatchObject({ code: 'GATE_REFUSED' }),
      () => mode,
    );
    expect(asked).toBe(1);
  });
});

test('nothing is changed on a host that is observed, and all is still read there', async () => {
  let changes = 0;
  let mode: HostMode = 'observe';
  const others: Others = (question, answer) => {
    if (question.method === 'POST') changes += 1;
    answer.writeHead(question.method === 'POST' ? 204 : 200).end(question.method === 'POST' ? undefined : '[]');
  };
  await withEngine(
    others,
    async (client) => {
      const stop = () => client.change('stop', request, never).catch((error: AppError) => error.code);
      const seen = [await stop()];
      mode = 'operate';
      seen.push(await stop());
      mode = 'observe';
      seen.push(await stop());
      expect([seen, await client.networks(never)]).toEqual([['GATE_REFUSED', 'done', 'GATE_REFUSED'], []]);
    },
    () => mode,
  );
  expect(changes).toBe(1);
});

test('what is no whole id and no whole number of seconds within the bound is not sent', async () => {
  let asked = 0;
  const others: Others = (_question, answer) => {
    asked += 1;
    answer.writeHead(204).end();
  };
  const ids = [
    'web',
    ID.slice(0, 12),
    ID.toUpperCase(),
    `${ID}/kill?`,
    `${ID}?`,
    `../${ID}`,
    '',
    `${ID}#`,
    `${ID}\r\n`,
  ];
  const graces = [-1, 601, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 1e21, '1&signal=9' as unknown as number];
  await withEngine(
    others,
    async (client) => {
      const refusals = [
        ...ids.flatMap((containerId) =>
          CHANGES.map((what) => client.change(what, { containerId, graceSeconds: 1 }, never)),
        ),
        ...graces.map((graceSeconds) => client.change('stop', { containerId: ID, graceSeconds }, never)),
        client.change('kill' as EngineChange, request, never),
      ];
      const settled = await Promise.allSettled(refusals);
      expect(settled.map((one) => (one.status === 'rejected' ? one.reason.code : 'sent'))).toEqual(
        refusals.map(() => 'GATE_REFUSED'),
      );
      expect(await client.change('start', { containerId: ID, graceSeconds: Number.NaN }, never)).toBe('done');
    },
    operate,
  );
  expect(asked).toBe(1);
});

test('an abort ends the waiting at once, with its own reason', async () => {
  await withEngine(
    () => {},
    async (client) => {
      const stop = new AbortController();
      const reason = new AppError('TIMEOUT', 'Enough.');
      const change = client.change('stop', request, stop.signal).catch((error: unknown) => error);
      await pause(20);
      stop.abort(reason);
      expect(await change).toBe(reason);
    },
    operate,
  );
});
