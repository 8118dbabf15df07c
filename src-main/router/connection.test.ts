import { describe, expect, test, vi } from 'vitest';
import { CONTRACT_VERSION } from '#contract/version.ts';
import { manualClock, settled } from '../kernel/clock.fixture.ts';
import { limits } from '../kernel/limits.ts';
import { createRouter } from './router.ts';
import { serveWebSocket } from './serve-websocket.ts';
import { fakeServices } from './services.fixture.ts';

const HELLO = JSON.stringify({
  i: '1',
  p: { u: '/session/hello', b: { json: { contractVersion: CONTRACT_VERSION } } },
});

describe('a connection', () => {
  test('that does not say hello in time is closed, and one that did is not', async () => {
    const clock = manualClock(0);
    const router = createRouter(fakeServices(), clock);
    const silent = { send: vi.fn(), close: vi.fn() };
    const polite = { send: vi.fn(), close: vi.fn() };
    router.connect(silent);
    router.connect(polite).receive(HELLO);
    await settled();
    await clock.advance(limits.router.helloMs);
    expect([silent.close.mock.calls.length, polite.close.mock.calls.length, router.live.connections]).toEqual([
      1, 0, 1,
    ]);
    router[Symbol.dispose]();
    expect([polite.close.mock.calls.length, clock.sleeping()]).toEqual([1, []]);
  });

  test('that is over sends nothing, and closes its carrier once', async () => {
    const router = createRouter(fakeServices(), manualClock(0));
    const carrier = { send: vi.fn(), close: vi.fn() };
    const connection = router.connect(carrier);
    connection.receive(HELLO);
    connection[Symbol.dispose]();
    connection[Symbol.dispose]();
    connection.receive(HELLO);
    await settled();
    expect([carrier.send.mock.calls, carrier.close.mock.calls.length]).toEqual([[], 1]);
  });
});

describe('a socket', () => {
  /** A socket whose other end does not read. */
  function aStuckSocket() {
    const listeners = new Map<string, (event: { readonly data: unknown }) => void>();
    const socket = {
      bufferedAmount: limits.router.unreadBytes,
      ended: [] as string[],
      send(_message: string) {
        socket.bufferedAmount += 1;
      },
      close: () => socket.ended.push('close'),
      terminate() {
        socket.ended.push('terminate');
        listeners.get('close')?.({ data: undefined });
      },
      addEventListener(type: string, listener: (event: { readonly data: unknown }) => void) {
        listeners.set(type, listener);
      },
      emit: (type: string, data: unknown) => listeners.get(type)?.({ data }),
    };
    return socket;
  }

  test('whose other end takes nothing in is ended without a goodbye', async () => {
    const router = createRouter(fakeServices(), manualClock(0));
    const socket = aStuckSocket();
    serveWebSocket(router, socket);
    socket.emit('message', HELLO);
    await settled();
    expect([socket.ended[0], router.live.connections]).toEqual(['terminate', 0]);
  });

  test('that fails takes its connection with it', () => {
    const router = createRouter(fakeServices(), manualClock(0));
    const socket = aStuckSocket();
    serveWebSocket(router, socket);
    socket.emit('error', undefined);
    expect(router.live.connections).toBe(0);
  });
});
