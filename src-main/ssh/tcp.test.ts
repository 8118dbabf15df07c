import { type Duplex, PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import type { HopReport } from '#contract/hosts.ts';
import { manualClock, settled } from '../kernel/clock.fixture.ts';
import { systemClock } from '../kernel/clock.ts';
import { AppError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import { blackHole } from './black-hole.fixture.ts';
import { tcpServer } from './connection.fixture.ts';
import type { ConnectEvent, KeyOptions, SshConnection } from './connection-types.ts';
import { hopOf } from './hop.fixture.ts';
import { fakeJump } from './jump.fixture.ts';
import { dialHop } from './tcp.ts';

const bastion = hopOf({ user: 'ana', host: 'bastion' });
const hop = hopOf({ host: 'app' });
const signal = new AbortController().signal;

/** A machine on the way that answers an open as it is told. */
function jump(openTcp: SshConnection['openTcp'], keyOptions: KeyOptions | null = null) {
  let received = 0;
  const through: SshConnection = {
    ...fakeJump(bastion),
    keyOptions,
    openTcp,
    report: () => [{ bytes: { received, sent: 0 } } as HopReport],
  };
  return {
    through,
    hear() {
      received += 1;
    },
  };
}

const refusing = (reason: number | null, seen: string, keyOptions: KeyOptions | null = null) =>
  jump(async () => {
    throw new AppError('FORWARD_REFUSED', 'No.', { details: { reason, seen } });
  }, keyOptions).through;

const dial = (through: SshConnection | null, changes: Partial<Parameters<typeof dialHop>[2]> = {}) =>
  dialHop(hop, through, { clock: systemClock, signal, onEvent: () => {}, isJump: false, ...changes });

describe('a machine behind another', () => {
  it.each([
    ['Connection refused', 'CONNECT_REFUSED', 'app:22 refused the connection of bastion:22.'],
    ['Connection timed out', 'CONNECT_TIMEOUT', 'app:22 did not answer bastion:22.'],
    [
      'Name or service not known',
      'ADDRESS_NOT_FOUND',
      'bastion:22 finds no address for the name in app:22 (Name or service not known).',
    ],
    [
      'Temporary failure in name resolution',
      'ADDRESS_NOT_FOUND',
      'bastion:22 finds no address for the name in app:22 (Temporary failure in name resolution).',
    ],
    ['No route to host', 'UNREACHABLE', 'app:22 cannot be reached from bastion:22 (No route to host).'],
    ['Network is unreachable', 'UNREACHABLE', 'app:22 cannot be reached from bastion:22 (Network is unreachable).'],
    ['open failed', 'UNREACHABLE', 'bastion:22 did not connect to app:22, and does not say why ("open failed").'],
    ['\u001b[2J', 'UNREACHABLE', 'bastion:22 did not connect to app:22, and does not say why ("␛[2J").'],
  ])('is not reached, in the words of that one: %j', async (seen, code, message) => {
    const error = await dial(refusing(2, seen)).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code, message, details: { reason: 2, seenFrom: 'ana@bastion:22' } });
    // It is not the other one's doing.
    expect((error as AppError).details.jump).toBeUndefined();
  });

  it.each([
    [1, null, 'bastion:22 does not let ana forward to app:22.', 'AllowTcpForwarding'],
    [
      1,
      { portForwarding: false, command: true, pty: true },
      'bastion:22 does not let ana forward to app:22.',
      'take "restrict"',
    ],
    [
      1,
      { portForwarding: true, command: true, pty: true },
      'bastion:22 does not let ana forward to app:22.',
      'AllowTcpForwarding',
    ],
    [3, null, 'The SSH server on bastion:22 cannot forward to other machines.', 'OpenSSH'],
  ])('is refused by that one: reason %j, key %j', async (reason, keyOptions, message, hint) => {
    await expect(dial(refusing(reason, 'open failed', keyOptions))).rejects.toMatchObject({
      code: 'JUMP_REFUSED',
      message,
      hint: expect.stringContaining(hint),
      details: { jump: 'ana@bastion:22' },
    });
  });

  it('is waited for no longer than any other, and the one before is blamed only where nothing came from it', async () => {
    const waiting = () => new Promise<Duplex>(() => {});
    const outcome = async (heard: boolean) => {
      const clock = manualClock(0);
      const { through, hear } = jump(waiting);
      const dialling = dial(through, { clock }).catch((thrown: unknown) => thrown);
      await clock.advance(limits.ssh.connectMs - 1);
      if (heard) hear();
      await clock.advance(1);
      return dialling;
    };
    expect(await outcome(true)).toMatchObject({
      code: 'CONNECT_TIMEOUT',
      message: 'app:22 did not answer bastion:22 within 5 s.',
    });
    expect(await outcome(false)).toMatchObject({
      code: 'CONNECTION_LOST',
      message: 'bastion:22, through which app:22 is reached, has not answered for 5 s.',
      details: { jump: 'ana@bastion:22' },
    });
  });

  it('closes a channel that comes too late', async () => {
    const { promise, resolve } = Promise.withResolvers<Duplex>();
    const stop = new AbortController();
    const dialling = dial(jump(() => promise).through, { signal: stop.signal });
    await settled();
    stop.abort();
    await expect(dialling).rejects.toMatchObject({ code: 'CANCELLED' });
    const late = new PassThrough();
    resolve(late);
    await settled();
    expect(late.destroyed).toBe(true);
  });

  it('names the one before where that was lost', async () => {
    const through = jump(async () => {
      throw new AppError('CONNECTION_LOST', 'The connection to bastion:22 was lost: it was reset.');
    }).through;
    await expect(dial(through)).rejects.toMatchObject({
      code: 'CONNECTION_LOST',
      message: 'The way to app:22 was lost. The connection to bastion:22 was lost: it was reset.',
      details: { jump: 'ana@bastion:22' },
    });
  });
});

describe('a machine that is dialled', () => {
  it('is told of step by step, with the addresses of its name and the one that answered', async () => {
    await using server = await tcpServer(() => {});
    const told: ConnectEvent[] = [];
    const at = hopOf({ host: 'localhost', port: server.port });
    const onEvent = (event: ConnectEvent) => void told.push(event);
    const dialled = await dialHop(at, null, { clock: systemClock, signal, onEvent, isJump: true });
    dialled.stream.destroy();
    expect(dialled.address).toBe('127.0.0.1');
    const about = { hop: at, isJump: true };
    expect(told).toEqual([
      { kind: 'begun', step: 'resolve', ...about },
      {
        kind: 'passed',
        step: 'resolve',
        ...about,
        ms: expect.any(Number),
        seen: expect.stringMatching(/127\.0\.0\.1/),
      },
      { kind: 'begun', step: 'reach', ...about },
      { kind: 'passed', step: 'reach', ...about, ms: expect.any(Number), seen: '127.0.0.1' },
    ]);
  });

  it('is not told of any more once it was cancelled', async () => {
    const told: string[] = [];
    const stop = new AbortController();
    const onEvent = (event: ConnectEvent) => {
      told.push(`${event.kind} ${event.step}`);
      stop.abort();
    };
    const options = { clock: systemClock, signal: stop.signal, onEvent, isJump: false };
    await expect(dialHop(hopOf({ host: 'localhost' }), null, options)).rejects.toMatchObject({ code: 'CANCELLED' });
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(told).toEqual(['begun resolve']);
  });

  it.each(['begun reach', 'passed reach'])(
    'leaves nothing open where it is cancelled by who was told “%s”',
    async (at) => {
      const closed = Promise.withResolvers<void>();
      await using server = await tcpServer((socket) => void socket.resume().once('close', () => closed.resolve()));
      const stop = new AbortController();
      const onEvent = ({ kind, step }: ConnectEvent) => {
        if (`${kind} ${step}` === at) stop.abort();
      };
      const options = { clock: systemClock, signal: stop.signal, onEvent, isJump: false };
      const hop = hopOf({ host: '127.0.0.1', port: server.port });
      await expect(dialHop(hop, null, options)).rejects.toMatchObject({ code: 'CANCELLED' });
      if (at === 'passed reach') await closed.promise;
      await new Promise((resolve) => setTimeout(resolve, 100));
      expect(server.connections).toBe(at === 'begun reach' ? 0 : 1);
    },
  );

  it.each([
    ['the refusal first', ['127.0.0.2', '127.0.0.1']],
    ['the silence first', ['127.0.0.1', '127.0.0.2']],
  ])('names what came of each of its addresses where one refuses and one is silent: %s', async (_, addresses) => {
    await using hole = await blackHole();
    const resolve = async () => addresses.map((address) => ({ address, family: 4 }));
    const options = { clock: systemClock, signal, onEvent: () => {}, isJump: false, resolve };
    const seen = { '127.0.0.2': '127.0.0.2: ECONNREFUSED', '127.0.0.1': '127.0.0.1: no answer' };
    await expect(dialHop(hopOf({ host: 'two', port: hole.port }), null, options)).rejects.toMatchObject({
      code: 'CONNECT_REFUSED',
      details: { seen: addresses.map((address) => seen[address as keyof typeof seen]) },
    });
  });

  it('fails at the step that failed', async () => {
    const told: string[] = [];
    const onEvent = (event: ConnectEvent) => void told.push(`${event.kind} ${event.step}`);
    const options = { clock: systemClock, signal, onEvent, isJump: false };
    await expect(dialHop(hopOf({ host: 'no-such-host.invalid' }), null, options)).rejects.toMatchObject({
      code: 'ADDRESS_NOT_FOUND',
    });
    expect(told).toEqual(['begun resolve']);
  });
});
