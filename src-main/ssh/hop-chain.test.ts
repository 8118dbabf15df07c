import { expect, it } from 'vitest';
import { manualClock, settled } from '../kernel/clock.fixture.ts';
import { AppError } from '../kernel/errors.ts';
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
  };
  const connect = (to = chain) => logInThrough(to, false, options, login);
  return { calls, made, clock, connect };
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

it('leaves the reason of whoever cancels it as it is', async () => {
  const cancelled = ({ host: name }: Hop) => (name === 'outer' ? new AppError('CANCELLED', 'It was removed.') : null);
  await expect(logging(cancelled).connect()).rejects.toMatchObject({ message: 'It was removed.', details: {} });
});
