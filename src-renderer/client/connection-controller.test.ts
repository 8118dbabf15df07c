import { describe, expect, test } from 'vitest';
import type { Welcome } from '#contract/session.ts';
import { CONTRACT_VERSION } from '#contract/version.ts';
import type { Client, Connection } from './client.ts';
import { type ConnectionState, keepConnected } from './connection-controller.ts';
import { NoSessionError } from './no-session.ts';

const welcome: Welcome = { contractVersion: CONTRACT_VERSION, appVersion: '0.1.0', shell: 'browser', demo: false };

type Opening = 'refused' | 'no-session' | 'mismatch' | 'newer' | 'silent' | 'too-many' | 'open';

/** A carrier that does as it is told, one connection after the other, and a clock that stands. */
function setting(...openings: readonly Opening[]) {
  const states: ConnectionState[] = [];
  const waits: { readonly ms: number; readonly action: () => void; taken: boolean }[] = [];
  const closes: (() => void)[] = [];
  let opened = 0;
  const controller = keepConnected({
    open: async () => {
      const opening = openings[opened] ?? 'refused';
      opened += 1;
      if (opening === 'refused') throw new Error('connection refused');
      if (opening === 'no-session') throw new NoSessionError('used');
      let end = () => {};
      const closed = new Promise<void>((resolve) => {
        end = resolve;
      });
      closes.push(end);
      const connection: Connection = {
        client: { session: { hello: () => hello(opening) } } as unknown as Client,
        closed,
        close: end,
      };
      return connection;
    },
    now: () => 1_000,
    after: (ms, action) => {
      const wait = { ms, action, taken: false };
      waits.push(wait);
      return () => {
        wait.taken = true;
      };
    },
    random: () => 1,
    onState: (state) => states.push(state),
  });
  const settle = () => new Promise((resolve) => setTimeout(resolve, 0));
  return {
    controller,
    waits,
    refusals: () => states.map((state) => (state.state === 'lost' ? (state.refusal?.message ?? null) : state.state)),
    words: () => states.map((state) => (state.state === 'lost' ? `lost ${state.nextTryAt ?? 'trying'}` : state.state)),
    opened: () => opened,
    settle,
    async passWait() {
      waits.at(-1)?.action();
      await settle();
    },
    async drop() {
      closes.at(-1)?.();
      await settle();
    },
  };
}

async function hello(opening: Opening): Promise<Welcome> {
  if (opening === 'silent') return new Promise(() => undefined);
  if (opening === 'newer') return { ...welcome, contractVersion: CONTRACT_VERSION + 1 };
  if (opening === 'too-many') {
    const data = { hint: 'Close one.', details: {} };
    throw Object.assign(new Error('64 windows are open.'), { code: 'TOO_MANY', data });
  }
  if (opening === 'mismatch') throw Object.assign(new Error('versions differ'), { code: 'CONTRACT_MISMATCH' });
  return welcome;
}

describe('the connection', () => {
  test('is lost when it ends, tried again after a wait, and found again', async () => {
    const { settle, drop, passWait, words } = setting('open', 'refused', 'open');
    await settle();
    await drop();
    await passWait();
    await passWait();
    expect(words()).toEqual([
      'connecting',
      'connected',
      'lost 1400',
      'lost trying',
      'lost 1800',
      'lost trying',
      'connected',
    ]);
  });

  test('waits twice as long each time, at most five seconds', async () => {
    const { settle, passWait, waits } = setting();
    await settle();
    for (let tries = 0; tries < 6; tries += 1) await passWait();
    expect(waits.map(({ ms }) => ms)).toEqual([400, 800, 1_600, 3_200, 5_000, 5_000, 5_000]);
  });

  test('is tried at once when a person asks, and the wait is taken back', async () => {
    const { settle, controller, waits, opened } = setting('refused', 'open');
    await settle();
    controller.retryNow();
    controller.retryNow();
    await settle();
    expect([opened(), waits.map(({ taken }) => taken)]).toEqual([2, [true]]);
  });

  test('that ends before the core has answered is tried again', async () => {
    const { settle, drop, words } = setting('silent');
    await settle();
    await drop();
    expect(words()).toEqual(['connecting', 'lost 1400']);
  });

  test('that the core refuses keeps its words until it has it, or nobody answers', async () => {
    const { settle, passWait, refusals } = setting('too-many', 'refused', 'too-many', 'open');
    await settle();
    for (let tries = 0; tries < 3; tries += 1) await passWait();
    const said = '64 windows are open.';
    expect(refusals()).toEqual(['connecting', said, said, null, null, said, said, 'connected']);
  });

  test.each([
    ['no-session', 'no-session'],
    ['mismatch', 'mismatch'],
    ['newer', 'mismatch'],
  ] as const)('%s is a matter for a person: it is not tried again', async (opening, state) => {
    const { settle, words, waits } = setting(opening);
    await settle();
    expect([words(), waits]).toEqual([['connecting', state], []]);
  });

  test('that was given up stays so', async () => {
    const { settle, controller, words } = setting('open');
    await settle();
    controller.dispose();
    await settle();
    expect(words()).toEqual(['connecting', 'connected']);
  });
});
