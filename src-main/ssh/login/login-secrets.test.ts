import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import ssh2, { type ParsedKey } from 'ssh2';
import { expect, it } from 'vitest';
import { systemClock } from '../../kernel/clock.ts';
import { usableAlgorithms } from '../algorithms.ts';
import { anyHostKey, nobody } from '../connection.fixture.ts';
import type { Hop } from '../hop.ts';
import { refuse, scriptedHost } from '../scripted-host.fixture.ts';
import type { LoginPlan } from './auth-order.ts';
import { generateKeyPair } from './key-pair.fixture.ts';
import { login } from './login.ts';

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

/** Logs in with what `make` makes, which nobody but the login knows. */
async function loggedIn(hop: Hop, make: () => LoginPlan) {
  const plan = make();
  const result = await login({
    ...{ hop, isJump: false, through: null, policy: anyHostKey, pinned: null, prompts: nobody, plan },
    ...{ mode: () => 'observe', algorithms: usableAlgorithms(), clock: systemClock, onEvent: () => {} },
    signal: new AbortController().signal,
  });
  if (result.kind !== 'open') throw new Error(result.kind);
  return { connection: result.connection, plan: new WeakRef(plan), key: new WeakRef(plan.offers[0]?.key ?? {}) };
}

const offered = (): LoginPlan => {
  const key = ssh2.utils.parseKey(generateKeyPair('ed25519').private) as ParsedKey;
  return { offers: [{ label: 'key', key, agentSocket: null }], password: null, interactive: false };
};

it.each([
  ['a private key', 'publickey', offered],
  ['a password', 'password', (): LoginPlan => ({ offers: [], password: 'hunter2', interactive: false })],
])('leaves nothing of %s to a connection that stands', async (_, method, make) => {
  await using host = await scriptedHost((context) => {
    if (context.method === method) context.accept();
    else refuse(context, [method]);
  });
  const { connection, plan, key } = await loggedIn(host.hop(), make);
  await using standing = connection;
  await new Promise((resolve) => setTimeout(resolve, 50));
  collectGarbage();
  expect([plan.deref(), key.deref(), standing.report().length]).toEqual([undefined, undefined, 1]);
});

it('leaves no password to ssh2, which keeps what it was given', async () => {
  const given: Buffer[] = [];
  const from = Buffer.from;
  await using host = await scriptedHost((context) => {
    if (context.method === 'password') context.accept();
    else refuse(context, ['password']);
  });
  // The one place where it is made into bytes for ssh2.
  Buffer.from = ((...args: Parameters<typeof from>) => {
    const made = from(...args);
    if ((args[0] as unknown) === 'swordfish') given.push(made);
    return made;
  }) as typeof from;
  try {
    const { connection } = await loggedIn(host.hop(), () => ({
      offers: [],
      password: 'swordfish',
      interactive: false,
    }));
    await using _standing = connection;
    expect([host.heard, given.map((bytes) => bytes.toString('hex'))]).toEqual([
      ['1 password swordfish'],
      ['00'.repeat(9)],
    ]);
  } finally {
    Buffer.from = from;
  }
});
