import { setImmediate as nextTurn } from 'node:timers/promises';
import { beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import * as sockets from 'ws';
import { CONTRACT_VERSION } from '#contract/version.ts';
import { AppError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import { ask, carriersWith, codeOf, type FakeCarrier, type FakePage } from './carriers.fixture.ts';
import { createRouter, type Router } from './router.ts';
import { aContainer, aHost, aSavedHost, type FakeServices, fakeServices, uuid } from './services.fixture.ts';

const LOG_REQUEST = {
  stream: uuid(52),
  hostId: uuid(1),
  containerId: aContainer(1).id,
  follow: true,
  tail: 100,
  after: '2026-01-05T08:00:00.000000001Z',
  credit: 2,
};

describe.each(carriersWith(sockets))('over a %s', (_name, start) => {
  let carrier: FakeCarrier;
  let services: FakeServices;
  let router: Router;
  /** A page that has said hello. */
  let page: FakePage;

  beforeAll(async () => {
    carrier = await start();
    return () => carrier[Symbol.asyncDispose]();
  });

  beforeEach(async () => {
    services = fakeServices();
    services.fleet.put({ host: aHost(uuid(1)), containers: [{ app: 'shop', container: aContainer(1) }] });
    router = createRouter(services);
    page = await greeted();
    return () => router[Symbol.dispose]();
  });

  async function greeted(): Promise<FakePage> {
    const opened = await carrier.open(router);
    await opened.client.session.hello({ contractVersion: CONTRACT_VERSION });
    return opened;
  }

  test('an abort reaches the domain, and frees what was taken', async () => {
    const signals: AbortSignal[] = [];
    services.hosts.test = async function* (_request, signal) {
      signals.push(signal);
      yield { kind: 'begun', step: 'reach', jump: null };
      await aborted(signal);
    };
    services.fleet.logs = async (_request, signal) => {
      signals.push(signal);
      return quiet(signal);
    };
    for (let round = 0; round < limits.router.logStreams + 1; round += 1) {
      const window = new AbortController();
      const options = { signal: window.signal };
      const trial = await page.client.hosts.test({ trial: uuid(1), target: 'shop', identityFiles: [] }, options);
      await trial.next();
      const lines = await page.client.logs.read(LOG_REQUEST, options);
      const waiting = lines.next().catch(() => 'left');
      window.abort();
      await waiting;
    }
    await vi.waitFor(() => expect(signals.filter((signal) => !signal.aborted)).toEqual([]));
    expect(signals.length).toBe(2 * (limits.router.logStreams + 1));
  });

  test('a call that is aborted before its log was found leaves nothing open', async () => {
    const source = quiet(new AbortController().signal);
    const left = vi.spyOn(source, 'return');
    const found = Promise.withResolvers<typeof source>();
    const asked = Promise.withResolvers<void>();
    services.fleet.logs = () => {
      asked.resolve();
      return found.promise;
    };
    const window = new AbortController();
    const reading = page.client.logs.read(LOG_REQUEST, { signal: window.signal }).catch(() => 'left');
    await asked.promise;
    window.abort();
    await reading;
    // The abort has arrived when what was sent after it has been answered.
    await page.client.hosts.list();
    found.resolve(source);
    await vi.waitFor(() => expect(left).toHaveBeenCalledOnce());
  });

  test('everything of a connection ends with it', async () => {
    const open = new Set<AbortSignal>();
    services.fleet.logs = async (_request, signal) => {
      open.add(signal);
      signal.addEventListener('abort', () => open.delete(signal));
      return quiet(signal);
    };
    const pages: FakePage[] = [];
    for (let tab = 0; tab < 10; tab += 1) {
      const next = await greeted();
      const updates = await next.client.updates.watch({ subscription: uuid(1) });
      await updates.next();
      void updates.next().catch(() => undefined);
      const lines = await next.client.logs.read(LOG_REQUEST);
      void lines.next().catch(() => undefined);
      pages.push(next);
    }
    const during = { ...router.live, logs: open.size, followed: services.fleet.listeners.size };
    for (const next of pages) next.vanish();
    await vi.waitFor(() => expect(router.live.connections).toBe(1));
    expect([during, { ...router.live, logs: open.size, followed: services.fleet.listeners.size }]).toEqual([
      { connections: 11, subscriptions: 10, logs: 10, followed: 1 },
      { connections: 1, subscriptions: 0, logs: 0, followed: 0 },
    ]);
    expect(services.fleet.watched.at(-1)).toEqual([]);
  });

  test('a page that is reloaded again and again leaves nothing behind', async () => {
    for (let reload = 0; reload < 40; reload += 1) {
      const next = await carrier.open(router);
      const hello = next.client.session.hello({ contractVersion: CONTRACT_VERSION });
      if (reload % 4 === 0) void hello.catch(() => undefined);
      else await hello;
      const updates = next.client.updates.watch({ subscription: uuid(1) });
      if (reload % 4 === 3) await (await updates).next();
      else void updates.catch(() => undefined);
      if (reload % 4 === 1) await nextTurn();
      next.vanish();
    }
    await vi.waitFor(() => expect(router.live).toEqual({ connections: 1, subscriptions: 0 }));
    expect(services.fleet.listeners.size).toBe(0);
  });

  test('a window that never acknowledges is sent one batch, however much happens', async () => {
    const updates = await page.client.updates.watch({ subscription: uuid(1) });
    const first = await updates.next();
    let second: unknown = 'nothing';
    void updates.next().then((batch) => {
      second = batch.value;
    });
    for (let number = 2; number < 30; number += 1) {
      const containers = [{ app: 'shop', container: aContainer(number) }];
      services.fleet.put({ host: aHost(uuid(1), { label: `shop ${number}` }), containers });
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await new Promise((resolve) => setTimeout(resolve, limits.router.conflateMs * 2));
    const before = second;
    await page.client.updates.acknowledge({ subscription: uuid(1), seq: 1 });
    await vi.waitFor(() => expect(second).not.toBe('nothing'));
    expect([first.value, before, second]).toEqual([
      expect.objectContaining({ kind: 'snapshot', seq: 1 }),
      'nothing',
      expect.objectContaining({
        kind: 'delta',
        seq: 2,
        hosts: [aHost(uuid(1), { label: 'shop 29' })],
        containers: [expect.objectContaining({ key: `${uuid(1)}/${aContainer(29).id}` })],
      }),
    ]);
  });

  test('more than is allowed is TOO_MANY, and nothing of it is kept', async () => {
    const most = limits.router.subscriptions;
    const answers: unknown[] = [];
    for (let number = 0; number <= most; number += 1) {
      answers.push(await page.client.updates.watch({ subscription: uuid(number) }).then(() => 'open', codeOf));
    }
    const again = await page.client.updates.watch({ subscription: uuid(0) }).catch(codeOf);
    expect([answers, again, router.live.subscriptions]).toEqual([
      [...Array.from({ length: most }, () => 'open'), 'TOO_MANY'],
      'REQUEST_INVALID',
      most,
    ]);
  });

  test('a log that cannot be read takes no room', async () => {
    services.fleet.logs = () => Promise.reject(new AppError('HOST_NOT_LIVE', 'The host is not reached.'));
    const answers: unknown[] = [];
    for (let count = 0; count <= limits.router.logStreams; count += 1) {
      answers.push(await ask(page, 'logs.read', { ...LOG_REQUEST, stream: uuid(count) }));
    }
    expect([...new Set(answers)]).toEqual(['HOST_NOT_LIVE']);
  });

  test('more calls than are allowed at once are TOO_MANY', async () => {
    const answer = Promise.withResolvers<void>();
    services.hosts.retry = () => answer.promise;
    const waiting = Array.from({ length: limits.router.calls }, () => page.client.hosts.retry({ id: uuid(1) }));
    const more = await page.client.hosts.list().catch(codeOf);
    answer.resolve();
    await Promise.all(waiting);
    expect([more, await ask(page, 'hosts.list', undefined)]).toEqual(['TOO_MANY', [aSavedHost(uuid(1))]]);
  });

  test('one connection more than are allowed is told so', async () => {
    const others: FakePage[] = [];
    for (let count = 0; count < limits.router.connections; count += 1) others.push(await carrier.open(router));
    const [last] = others.slice(-1) as [FakePage];
    const answer = await last.client.session.hello({ contractVersion: CONTRACT_VERSION }).catch(codeOf);
    for (const other of others) other.vanish();
    expect(answer).toBe('TOO_MANY');
  });

  test.each([
    ['no JSON', 'hello'],
    ['no message', '{"i":"1"}'],
    ['a message that is none', '[]'],
    ['headers', '{"i":"9","p":{"u":"/hosts/list","h":{"content-type":"text/event-stream"},"b":{}}}'],
    ['a file', '{"i":"9","p":{"u":"/hosts/list","h":{"content-disposition":"attachment"}}}'],
    ['bytes', new Uint8Array([123, 125, 255, 1])],
    ['a message that is too long', `"${'x'.repeat(limits.router.messageChars)}"`],
    ['another address', '{"i":"9","p":{"u":"http://example.org/hosts/list","b":{}}}'],
  ])('%s closes the connection, and no other', async (_what, message) => {
    const other = await greeted();
    page.send(message);
    await page.closed;
    expect([await ask(other, 'hosts.list', undefined), router.live.connections]).toEqual([[aSavedHost(uuid(1))], 1]);
  });

  test('disposing the router closes every connection', async () => {
    const updates = await page.client.updates.watch({ subscription: uuid(1) });
    await updates.next();
    router[Symbol.dispose]();
    await page.closed;
    expect([router.live, services.fleet.listeners.size]).toEqual([{ connections: 0, subscriptions: 0 }, 0]);
  });
});

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}

/** A log in which nothing is written. */
function quiet(signal: AbortSignal) {
  return {
    next: async (): Promise<IteratorResult<never, undefined>> => {
      await aborted(signal);
      return { done: true, value: undefined };
    },
    return: async (): Promise<IteratorResult<never, undefined>> => ({ done: true, value: undefined }),
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
