import { setTimeout as pause } from 'node:timers/promises';
import { expect, test, vi } from 'vitest';
import { limits } from '../kernel/limits.ts';
import { never, withEngine } from './client.fixture.ts';
import { CallCost, EngineCosts } from './costs.ts';

const ID = 'a'.repeat(64);

test('each kind of request is counted by itself, with what came back and what did not', async () => {
  await withEngine(
    (question, answer) => {
      if (question.url?.includes('/logs')) answer.write('a line\n');
      else if (question.url?.endsWith('/containers/json?all=true')) answer.end('[]');
      else if (question.url?.endsWith('/networks')) setTimeout(() => answer.end('[]'), 60);
      else answer.writeHead(404).end('{"message":"gone"}');
    },
    async (client) => {
      await client.list(never);
      await client.list(never);
      await client.networks(never);
      await client.inspect(ID, never).catch(() => {});
      await client.inspect('nothing', never).catch(() => {});
      const reading = new AbortController();
      const options = { follow: true, tail: 'all', since: null, tty: true } as const;
      for await (const lines of await client.logs(ID, options, reading.signal)) if (lines.length > 0) break;
      reading.abort();
      await pause(20);
      const costs = client.costs();
      const all = costs.map(({ call, count, failed, bytes }) => [call, count, failed, bytes]);
      expect(all).toEqual([
        ['ping', 1, 0, 2],
        ['version', 1, 0, expect.any(Number)],
        ['list containers', 2, 0, 4],
        ['list networks', 1, 0, 2],
        // What the gate refuses was never asked.
        ['inspect container', 1, 1, 18],
        ['container logs', 1, 0, 7],
      ]);
      const [networks, logs] = costs.filter(({ call }) => /networks|logs/.test(call));
      expect([(networks?.medianMs ?? 0) >= 59, (networks?.medianMs ?? 0) < 1_000]).toEqual([true, true]);
      // Of a stream, its head.
      expect(logs?.slowestMs).toBeLessThan(1_000);
    },
  );
});

test('a request that was never answered has no time', async () => {
  await withEngine(
    (question) => question.destroy(),
    async (client) => {
      await client.networks(never).catch(() => {});
      await vi.waitFor(() =>
        expect(client.costs().at(-1)).toEqual({
          call: 'list networks',
          // Its channel had been used before, so that it was asked a second time, over another.
          count: 2,
          failed: 2,
          medianMs: null,
          slowestMs: null,
          bytes: 0,
        }),
      );
    },
  );
});

test('median and slowest are of the last ones only', () => {
  const cost = new CallCost();
  cost.answered(9_000);
  for (let ms = 1; ms <= limits.engine.costTimes; ms += 1) cost.answered(ms);
  expect(cost.report()).toMatchObject({
    slowestMs: limits.engine.costTimes,
    medianMs: limits.engine.costTimes / 2 + 1,
  });
  const few = new CallCost();
  for (const ms of [10, 2, 30]) few.answered(ms);
  expect(few.report()).toMatchObject({ medianMs: 10, slowestMs: 30 });
});

test('one kind is one entry', () => {
  const costs = new EngineCosts();
  costs.of('ping').count += 1;
  costs.of('ping').count += 1;
  expect(costs.report().map(({ call, count }) => [call, count])).toEqual([['ping', 2]]);
});
