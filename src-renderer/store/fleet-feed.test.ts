import { describe, expect, test } from 'vitest';
import { createStore } from 'zustand/vanilla';
import type { Batch } from '#contract/updates.ts';
import type { Client } from '../client/client.ts';
import { delta, snapshot } from './fleet.fixture.ts';
import { followFleet } from './fleet-feed.ts';
import { EMPTY_FLEET, type FleetState } from './fleet-state.ts';

/** A core that sends what it is told to, and a page that paints when it is told to. */
function setting() {
  const asked: string[] = [];
  const streams: ReadableStreamDefaultController<Batch>[] = [];
  const waits: (() => void)[] = [];
  let paint: (() => void) | null = null;
  let visible = true;
  let refuses = false;
  let ids = 0;
  let close = () => {};
  const closed = new Promise<void>((resolve) => {
    close = resolve;
  });
  const updates = {
    watch: async ({ subscription }: { subscription: string }, { signal }: { signal: AbortSignal }) => {
      asked.push(`watch ${subscription}`);
      return new ReadableStream<Batch>({
        start: (controller) => {
          streams.push(controller);
          signal.addEventListener('abort', () => {
            asked.push('abort');
            controller.error(signal.reason);
          });
        },
      });
    },
    acknowledge: async ({ subscription, seq }: { subscription: string; seq: number }) => {
      if (refuses) throw new Error('too many calls');
      asked.push(`acknowledge ${subscription} ${seq}`);
    },
    interest: async ({ visible: seen, hosts }: { visible: boolean; hosts: string[] | null }) => {
      asked.push(`interest ${seen} ${hosts === null ? 'all' : hosts.length}`);
    },
  };
  const store = createStore<FleetState>()(() => EMPTY_FLEET);
  const feed = followFleet(
    { client: { updates } as unknown as Client, closed },
    {
      store,
      now: () => 0,
      newId: () => {
        ids += 1;
        return `s${ids}`;
      },
      visible: () => visible,
      afterPaint: (action) => {
        paint = action;
        return () => {
          paint = null;
        };
      },
      after: (_ms, action) => {
        waits.push(action);
        return () => undefined;
      },
    },
    null,
  );
  const settle = () => new Promise((resolve) => setTimeout(resolve, 0));
  return {
    feed,
    store,
    asked,
    close,
    settle,
    async send(batch: Batch) {
      await settle();
      streams.at(-1)?.enqueue(batch);
      await settle();
    },
    async end() {
      streams.at(-1)?.close();
      await settle();
    },
    paint() {
      const action = paint;
      paint = null;
      action?.();
    },
    refuse(refused: boolean) {
      refuses = refused;
    },
    see(seen: boolean) {
      visible = seen;
      feed.setInterest(null);
    },
    async wait() {
      waits.shift()?.();
      await settle();
    },
  };
}

describe('the feed', () => {
  test('acknowledges the first batch at once, the next ones when they are on the screen', async () => {
    const { send, paint, asked } = setting();
    await send(snapshot());
    await send(delta(2));
    const before = [...asked];
    paint();
    expect([before, asked.slice(before.length)]).toEqual([
      ['watch s1', 'interest true all', 'acknowledge s1 1'],
      ['acknowledge s1 2'],
    ]);
  });

  test('a hidden page acknowledges nothing after the first, until it is seen again', async () => {
    const { send, see, paint, asked, store } = setting();
    await send(snapshot());
    see(false);
    await send(delta(2, { hosts: [] }));
    paint();
    const hidden = asked.filter((call) => call.startsWith('acknowledge'));
    see(true);
    paint();
    expect([hidden, asked.at(-1), store.getState().seq]).toEqual([['acknowledge s1 1'], 'acknowledge s1 2', 2]);
  });

  test('what was drawn but not yet painted when the page was hidden is acknowledged when it is seen again', async () => {
    const { send, see, paint, asked } = setting();
    await send(snapshot());
    await send(delta(2));
    see(false);
    paint();
    const hidden = asked.filter((call) => call.startsWith('acknowledge'));
    see(true);
    paint();
    expect([hidden, asked.at(-1)]).toEqual([['acknowledge s1 1'], 'acknowledge s1 2']);
  });

  test('a gap ends the subscription and begins another, which starts from a snapshot', async () => {
    const { send, wait, asked, store } = setting();
    await send(snapshot());
    await send(delta(7));
    const kept = store.getState().seq;
    await wait();
    await send(snapshot({ seq: 1 }));
    expect([kept, asked.filter((call) => !call.startsWith('interest')), store.getState().seq]).toEqual([
      1,
      ['watch s1', 'acknowledge s1 1', 'watch s2', 'acknowledge s2 1'],
      1,
    ]);
  });

  test('a subscription that ends while the connection stands is asked for again; with the connection it is not', async () => {
    const standing = setting();
    await standing.send(snapshot());
    await standing.end();
    await standing.wait();
    const ended = setting();
    await ended.send(snapshot());
    ended.close();
    await ended.end();
    await ended.wait();
    const watches = ({ asked }: { asked: string[] }) => asked.filter((call) => call.startsWith('watch'));
    expect([watches(standing), watches(ended)]).toEqual([['watch s1', 'watch s2'], ['watch s1']]);
  });

  test('an acknowledgement that is refused would leave it waiting for ever: it begins anew', async () => {
    const { send, paint, refuse, settle, wait, asked } = setting();
    await send(snapshot());
    await send(delta(2));
    refuse(true);
    paint();
    await settle();
    refuse(false);
    await wait();
    await send(snapshot());
    expect(asked.filter((call) => !call.startsWith('interest'))).toEqual([
      'watch s1',
      'acknowledge s1 1',
      'abort',
      'watch s2',
      'acknowledge s2 1',
    ]);
  });

  test('says goodbye to a core that is there, and nothing to one that is gone', async () => {
    const there = setting();
    await there.send(snapshot());
    there.feed.dispose();
    const gone = setting();
    await gone.send(snapshot());
    gone.close();
    await gone.settle();
    gone.feed.dispose();
    expect([there.asked.includes('abort'), gone.asked.includes('abort')]).toEqual([true, false]);
  });
});
