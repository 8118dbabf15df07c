import { describe, expect, it } from 'vitest';
import { settled } from '../kernel/clock.fixture.ts';
import { limits } from '../kernel/limits.ts';
import type { ConnectEvent, HostKeyQuestion, SshPrompts } from './connection-types.ts';
import { hopOf, nobody } from './hop.fixture.ts';
import { bastion, pooled } from './hop-pool.fixture.ts';

const lost = { code: 'CONNECTION_LOST' };

describe('a login to a machine on the way', () => {
  it('is shared by all who want it at once', async () => {
    const { ask, login, begun } = pooled();
    const asking = [ask(), ask(), ask()];
    const { succeed, done } = await login(0);
    succeed();
    const leases = await Promise.all(asking);
    expect([begun(), leases.map(({ connection }) => connection === done)]).toEqual([1, [true, true, true]]);
    expect(done.sharedBy).toBe(3);
    leases[0]?.release();
    leases[0]?.release();
    expect(done.sharedBy).toBe(2);
  });

  it('is not shared where anything of the way differs: the user, a key, the way before it', async () => {
    const { ask, login, begun } = pooled();
    const same = { ...bastion, methods: { ...bastion.methods } };
    const chains = [
      [bastion],
      [same],
      [hopOf({ host: 'bastion', user: 'other' })],
      [hopOf({ host: 'bastion', identityFiles: ['/a'] })],
      [hopOf({ host: 'bastion', knownAs: { host: 'alias', port: 22 } })],
      [hopOf({ host: 'outer' }), bastion],
    ];
    for (const chain of chains) void ask({ chain }).catch(() => {});
    await login(4);
    expect(begun()).toBe(5);
  });

  it('goes on for the others when the first one leaves', async () => {
    const { ask, login } = pooled();
    const stop = new AbortController();
    const first = ask({ signal: stop.signal });
    const second = ask();
    const { succeed, asker } = await login(0);
    stop.abort();
    await expect(first).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(asker.signal.aborted).toBe(false);
    succeed();
    expect((await second).connection.hop).toEqual(bastion);
  });

  it('is given up when all have left, and is nothing for who comes then', async () => {
    const { ask, login, begun } = pooled();
    const stop = new AbortController();
    const first = ask({ signal: stop.signal });
    const { succeed, done, asker } = await login(0);
    stop.abort();
    await expect(first).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(asker.signal.aborted).toBe(true);
    const second = ask();
    (await login(1)).succeed();
    const { connection } = await second;
    expect([connection === done, begun()]).toEqual([false, 2]);
    // A login that came to its end all the same is closed, and not kept.
    succeed();
    await settled();
    expect(done.isClosed).toBe(true);
  });

  it('is not begun for who has left before', async () => {
    const { ask, begun } = pooled();
    await expect(ask({ signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'CANCELLED' });
    await settled();
    expect(begun()).toBe(0);
  });

  it('fails for all who waited for it, and is tried anew for who comes later', async () => {
    const { ask, login, begun } = pooled();
    const asking = [ask(), ask()];
    (await login(0)).fail();
    for (const each of asking) await expect(each).rejects.toMatchObject({ code: 'CONNECT_REFUSED' });
    const later = ask();
    (await login(1)).succeed();
    await later;
    expect(begun()).toBe(2);
  });

  it('asks the first who is there, and the next where that one leaves before it has answered', async () => {
    const { ask, login } = pooled();
    const asked: string[] = [];
    const prompts = (name: string, answer: Promise<'accept'>): SshPrompts => ({
      ...nobody,
      acceptHostKey: (_question, signal) => {
        asked.push(name);
        signal.addEventListener('abort', () => asked.push(`${name} withdrawn`));
        return answer;
      },
    });
    const question: HostKeyQuestion = { hop: bastion, isJump: true, keyType: 'ssh-ed25519', fingerprint: 'SHA256:x' };
    const stop = new AbortController();
    const first = ask({ signal: stop.signal, prompts: prompts('first', new Promise(() => {})) });
    const second = ask({ prompts: prompts('second', Promise.resolve('accept')) });
    const { asker, succeed } = await login(0);
    const answer = asker.prompts.acceptHostKey(question, asker.signal);
    await settled();
    expect(asked).toEqual(['first']);
    stop.abort();
    expect(await answer).toBe('accept');
    expect(asked).toEqual(['first', 'first withdrawn', 'second']);
    succeed();
    await expect(first).rejects.toMatchObject({ code: 'CANCELLED' });
    await second;
  });

  it('tells its steps to all, and to who comes later what it has missed', async () => {
    const { ask, login } = pooled();
    const told: string[][] = [[], [], []];
    const onEvent = (index: number) => (event: ConnectEvent) =>
      void told[index]?.push(
        `${event.kind} ${event.step}${event.kind === 'passed' ? ` ${event.ms} ${event.seen}` : ''}`,
      );
    const about = { hop: bastion, isJump: true };
    const first = ask({ onEvent: onEvent(0) });
    const { asker, succeed } = await login(0);
    asker.onEvent({ kind: 'begun', step: 'resolve', ...about });
    const second = ask({ onEvent: onEvent(1) });
    asker.onEvent({ kind: 'passed', step: 'resolve', ...about, ms: 7, seen: '192.0.2.7' });
    succeed();
    await Promise.all([first, second]);
    await ask({ onEvent: onEvent(2) });
    const all = ['begun resolve', 'passed resolve 7 192.0.2.7'];
    expect(told).toEqual([all, all, ['begun resolve', 'passed resolve 0 192.0.2.7 (connected before)']]);
  });
});

describe('a connection to a machine on the way', () => {
  it('is given to who comes while it stands, and closed some time after the last lease', async () => {
    const { clock, ask, stand, begun } = pooled();
    const { lease, connection } = await stand();
    const other = await ask();
    lease.release();
    await clock.advance(limits.ssh.jumpLingerMs * 2);
    expect(connection.isClosed).toBe(false);
    other.release();
    await clock.advance(limits.ssh.jumpLingerMs - 1);
    const again = await ask();
    await clock.advance(limits.ssh.jumpLingerMs);
    expect([connection.isClosed, begun()]).toEqual([false, 1]);
    again.release();
    await clock.advance(limits.ssh.jumpLingerMs);
    expect([connection.isClosed, clock.sleeping()]).toEqual([true, []]);
  });

  it('waits longer for a host that tries again than that host waits', () => {
    expect(limits.ssh.jumpLingerMs).toBeGreaterThan(limits.fleet.reconnect.capMs);
  });

  it('is not given to anybody new once it is lost', async () => {
    const { stand, begun } = pooled();
    const { lease, connection } = await stand();
    connection.lose();
    expect(await lease.connection.closed).toMatchObject(lost);
    const next = await stand();
    expect([next.connection === connection, begun()]).toEqual([false, 2]);
  });

  it('is not given to anybody new once it is doubted, and stays for who has it, no longer', async () => {
    const { pool, stand, clock } = pooled();
    const { lease, connection } = await stand();
    pool.doubt();
    const next = await stand();
    expect([next.connection === connection, connection.isClosed]).toEqual([false, false]);
    lease.release();
    expect([connection.isClosed, next.connection.isClosed, clock.sleeping()]).toEqual([true, false, []]);
  });

  it('is closed at once where it is doubted while nobody uses it', async () => {
    const { pool, stand, clock } = pooled();
    const { lease, connection } = await stand();
    lease.release();
    pool.doubt();
    expect([connection.isClosed, clock.sleeping()]).toEqual([true, []]);
  });

  it('is not doubted for what comes after: a login under way proves that the machine is there', async () => {
    const { pool, ask, login, begun } = pooled();
    const first = ask();
    const { succeed } = await login(0);
    pool.doubt();
    const second = ask();
    succeed();
    await Promise.all([first, second]);
    await ask();
    expect(begun()).toBe(1);
  });

  it('is not given to anybody new while it has been silent for longer than a channel may take', async () => {
    const { stand, ask, begun } = pooled();
    const { connection } = await stand();
    connection.silentForMs = limits.ssh.openChannelMs - 1;
    expect((await ask()).connection).toBe(connection);
    connection.silentForMs = limits.ssh.openChannelMs;
    const next = await stand();
    expect([next.connection === connection, begun()]).toEqual([false, 2]);
    // Who has it finds out by itself.
    expect(connection.isClosed).toBe(false);
  });

  it('counts every host that goes through it, through other machines too', async () => {
    const { stand, ask } = pooled();
    const { connection } = await stand({ hosts: () => 3 });
    await ask();
    expect(connection.sharedBy).toBe(4);
  });
});

it('closes all when it is disposed, gives up what is under way, and takes nobody any more', async () => {
  const { pool, ask, login, stand } = pooled();
  const { connection, lease } = await stand();
  const waiting = ask({ chain: [hopOf({ host: 'other' })] });
  const { asker, done, succeed } = await login(1);
  const disposing = pool[Symbol.asyncDispose]();
  await expect(waiting).rejects.toMatchObject({ code: 'CANCELLED' });
  expect([asker.signal.aborted, connection.isClosed]).toEqual([true, true]);
  succeed();
  await disposing;
  expect(done.isClosed).toBe(true);
  lease.release();
  await expect(ask()).rejects.toMatchObject({ code: 'CANCELLED' });
});
