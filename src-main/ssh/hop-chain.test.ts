import { describe, expect, it } from 'vitest';
import { manualClock, settled } from '../kernel/clock.fixture.ts';
import { AppError } from '../kernel/errors.ts';
import type { ConnectEvent, SshPrompts } from './connection-types.ts';
import { hopOf, nobody } from './hop.fixture.ts';
import type { Hop } from './hop.ts';
import { type ChainOptions, type HopLogin, logInThrough } from './hop-chain.ts';
import { createHopPool } from './hop-pool.ts';
import { type FakeJump, fakeJump } from './jump.fixture.ts';

const [outer, inner, host] = [hopOf({ host: 'outer' }), hopOf({ host: 'inner' }), hopOf({ host: 'host' })];
const chain = [outer, inner, host];

/** Logs in to everything but what `failing` says, and writes down how. */
function logging(failing: (hop: Hop) => Error | null = () => null) {
  const clock = manualClock(0);
  const hops = createHopPool({ clock });
  const calls: unknown[] = [];
  const made = new Map<string, FakeJump>();
  const login: HopLogin = async ({ hop, isJump, through, mode }) => {
    calls.push([hop.host, isJump, through?.hop.host ?? null, mode()]);
    const error = failing(hop);
    if (error !== null) throw error;
    const connection = fakeJump(hop);
    made.set(hop.host, connection);
    return connection;
  };
  const options: ChainOptions = {
    prompts: nobody,
    hops,
    mode: () => 'operate',
    clock,
    signal: new AbortController().signal,
    onEvent: () => {},
    hosts: () => 1,
    isWished: false,
  };
  const connect = (to = chain) => logInThrough(to, false, options, login);
  return { calls, made, clock, connect, options, login };
}

it('logs in to each machine through the one before, and operates none but the last', async () => {
  const { calls, connect } = logging();
  const connection = await connect();
  expect(connection.hop).toBe(host);
  expect(calls).toEqual([
    ['outer', true, null, 'observe'],
    ['inner', true, 'outer', 'observe'],
    ['host', false, 'inner', 'operate'],
  ]);
});

it('gives back what it used when it is lost or disposed, and not before', async () => {
  const { made, connect } = logging();
  const first = await connect();
  const second = await connect();
  const users = () => ['outer', 'inner'].map((name) => made.get(name)?.sharedBy);
  expect(users()).toEqual([2, 2]);
  (first as FakeJump).lose();
  await settled();
  expect(users()).toEqual([1, 1]);
  await second[Symbol.asyncDispose]();
  // The inner one lingers, and so the outer one is still used by it.
  expect(made.get('inner')?.sharedBy).toBe(0);
});

it('gives back what it used where the login fails', async () => {
  const { made, connect } = logging(({ host: name }) => (name === 'host' ? new AppError('AUTH_FAILED', 'No.') : null));
  await expect(connect()).rejects.toMatchObject({ code: 'AUTH_FAILED', message: 'No.', details: {} });
  expect(made.get('inner')?.sharedBy).toBe(0);
});

it('names the machine on the way that did not let us by, and blames no other', async () => {
  const failing = ({ host: name }: Hop) =>
    name === 'inner' ? new AppError('AUTH_FAILED', 'No.', { hint: 'Look there.', details: { tried: [] } }) : null;
  await expect(logging(failing).connect()).rejects.toMatchObject({
    code: 'AUTH_FAILED',
    message: 'On the way to host:22: No.',
    hint: 'Look there.',
    details: { jump: 'me@inner:22', tried: [] },
  });
  const first = ({ host: name }: Hop) => (name === 'outer' ? new AppError('CONNECT_REFUSED', 'Refused.') : null);
  await expect(logging(first).connect()).rejects.toMatchObject({
    message: 'On the way to inner:22: Refused.',
    details: { jump: 'me@outer:22' },
  });
});

it('says that the machine before was lost, where that is what cut the login short', async () => {
  const lost = new AppError('CONNECTION_LOST', 'The connection to inner:22 was lost: it was reset.');
  const cut = ({ host: name }: Hop) =>
    name === 'host' ? new AppError('HANDSHAKE_FAILED', 'host:22 cut the connection.', { cause: lost }) : null;
  await expect(logging(cut).connect()).rejects.toMatchObject({
    code: 'CONNECTION_LOST',
    message: 'The way to host:22 was lost. The connection to inner:22 was lost: it was reset.',
    details: { jump: 'me@inner:22' },
  });
});

describe('what a machine on the way asks', () => {
  /** Logs in to the outer machine with what a person says there. */
  const asking: HopLogin = async ({ hop, isJump, prompts, signal, onEvent }) => {
    if (hop.host === 'outer') {
      onEvent({ kind: 'begun', step: 'authenticate', hop, isJump });
      const question = { hop, isJump, title: '', instructions: '', prompts: [], withinMs: 1 };
      if ((await prompts.challenge(question, signal)) === null) throw new AppError('AUTH_UNANSWERED', 'Nobody.');
    }
    return fakeJump(hop);
  };
  const said = (told: string[]) => (event: ConnectEvent) =>
    void told.push(`${event.kind} ${event.step}${'what' in event ? ` ${event.what}` : ''}`);
  const [other, straight] = [hopOf({ host: 'other' }), hopOf({ host: 'straight' })];

  it('is asked once, and told to all who wait for the answer while it is open, by whatever way they came', async () => {
    const { options } = logging();
    const open: { answer(answers: readonly string[] | null): void; over: AbortSignal }[] = [];
    const prompts: SshPrompts = {
      ...nobody,
      challenge: (_question, over) => new Promise((answer) => open.push({ answer, over })),
    };
    const told: string[][] = [[], [], [], []];
    const connect = (to: readonly Hop[], index: number) =>
      logInThrough(to, false, { ...options, prompts, onEvent: said(told[index] ?? []) }, asking);
    const first = [connect(chain, 0), connect([outer, inner, other], 1)];
    await settled();
    const later = connect([outer, straight], 2);
    await settled();
    const during = told.map((events) => events.at(-1));
    open[0]?.answer(['1']);
    await Promise.all([...first, later]);
    const after = told.map((events) => [...events]);
    await connect([outer, straight], 3);
    const whole = ['begun authenticate', 'asking authenticate code', 'asked authenticate code'];
    expect([open.length, during, after, told[3]]).toEqual([
      1,
      [...Array(3).fill('asking authenticate code'), undefined],
      [whole, whole, whole, []],
      [],
    ]);
  });

  it('is over for who comes later once it is answered, although the login goes on', async () => {
    const { options } = logging();
    const goOn = Promise.withResolvers<void>();
    const slow: HopLogin = async (login) => {
      const connection = await asking(login);
      if (login.hop.host === 'outer') await goOn.promise;
      return connection;
    };
    const prompts: SshPrompts = {
      ...nobody,
      challenge: async () => {
        await settled();
        return ['1'];
      },
    };
    const told: string[][] = [[], []];
    const connect = (index: number) =>
      logInThrough([outer, straight], false, { ...options, prompts, onEvent: said(told[index] ?? []) }, slow);
    const first = connect(0);
    await settled();
    await settled();
    const later = connect(1);
    await settled();
    goOn.resolve();
    await Promise.all([first, later]);
    expect(told).toEqual([
      ['begun authenticate', 'asking authenticate code', 'asked authenticate code'],
      ['begun authenticate'],
    ]);
  });

  it('stays open, and told, when who was asked leaves: the next one is asked', async () => {
    const { options } = logging();
    const asked: string[] = [];
    const prompts = (name: string): SshPrompts => ({
      ...nobody,
      challenge: (_question, over) =>
        new Promise(() => {
          asked.push(name);
          over.addEventListener('abort', () => asked.push(`${name} withdrawn`));
        }),
    });
    const told: string[] = [];
    const stop = [new AbortController(), new AbortController()] as const;
    const connect = (index: 0 | 1, onEvent: (event: ConnectEvent) => void) =>
      logInThrough(
        [outer, straight],
        false,
        { ...options, prompts: prompts(`host ${index}`), signal: stop[index].signal, onEvent },
        asking,
      );
    const leaving = [connect(0, () => {}), connect(1, said(told))];
    await settled();
    stop[0].abort();
    await expect(leaving[0]).rejects.toMatchObject({ code: 'CANCELLED' });
    await settled();
    const before = [...told];
    stop[1].abort();
    await expect(leaving[1]).rejects.toMatchObject({ code: 'CANCELLED' });
    expect([asked, before]).toEqual([
      ['host 0', 'host 0 withdrawn', 'host 1', 'host 1 withdrawn'],
      ['begun authenticate', 'asking authenticate code'],
    ]);
  });
});

it('keeps a refusal with the machine that it is of: who goes another way through it is not let in either', async () => {
  let refuses = true;
  const failing = ({ host: name }: Hop) =>
    name === 'outer' && refuses ? new AppError('AUTH_FAILED', 'Refused.') : null;
  const { calls, connect, options, login } = logging(failing);
  const names = () => calls.map((call) => (call as string[])[0]);
  await expect(connect()).rejects.toMatchObject({ code: 'AUTH_FAILED' });
  await expect(connect([outer, host])).rejects.toMatchObject({
    code: 'AUTH_FAILED',
    message: expect.stringMatching(/^On the way to host:22: Refused\. That was at \d\d:\d\d: nothing was sent now/),
    details: { jump: 'me@outer:22' },
  });
  await expect(connect()).rejects.toMatchObject({
    message: expect.stringMatching(/^On the way to inner:22: Refused\. That was at /),
  });
  const before = names();
  refuses = false;
  // Wished for over the shorter way, it is open for the longer one: the failure was the outer machine's alone.
  await logInThrough([outer, host], false, { ...options, isWished: true }, login);
  await connect();
  expect([before, names()]).toEqual([['outer'], ['outer', 'outer', 'host', 'inner', 'host']]);
});

it('leaves the reason of whoever cancels it as it is', async () => {
  const cancelled = ({ host: name }: Hop) => (name === 'outer' ? new AppError('CANCELLED', 'It was removed.') : null);
  await expect(logging(cancelled).connect()).rejects.toMatchObject({ message: 'It was removed.', details: {} });
});
