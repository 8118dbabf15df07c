import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { text } from 'node:stream/consumers';
import ssh2, { type ServerChannel } from 'ssh2';
import { describe, expect, it } from 'vitest';
import type { HostMode } from '#contract/hosts.ts';
import { type Clock, systemClock } from '../kernel/clock.ts';
import { limits } from '../kernel/limits.ts';
import { createExecGate } from './exec-gate.ts';
import { hopOf } from './hop.fixture.ts';
import type { LoginFacts } from './hop-report.ts';
import { LiveConnection } from './live-connection.ts';
import { generateKeyPair } from './login/key-pair.fixture.ts';

const signal = new AbortController().signal;
const hostKeys = generateKeyPair('ed25519');
const facts: LoginFacts = {
  hostKey: Buffer.from(hostKeys.public.split(' ')[1] ?? '', 'base64'),
  software: 'ssh2js',
  login: { method: 'password', label: 'password', fingerprint: null },
  algorithms: { kex: 'curve25519-sha256', hostKey: 'ssh-ed25519', cipher: 'aes128-gcm@openssh.com', mac: null },
  cutUnseen: false,
  keyOptions: null,
};

// The registry of the product has reads only: these stand for what may come into it.
const gate = createExecGate({
  look: { effect: 'read', holes: {}, argv: () => ['look'] },
  change: { effect: 'change', holes: {}, argv: () => ['change'] },
});
const look = gate.registeredCommand('look', {});
const change = gate.registeredCommand('change', {});

/** A connection to a host that writes down what it is told to run; each command ends when `end` is called for it. */
async function connected(mode: () => HostMode, told: Partial<LoginFacts> = {}, clock: Clock = systemClock) {
  const ran: string[] = [];
  let slept = 0;
  const running: ServerChannel[] = [];
  const server = new ssh2.Server({ hostKeys: [hostKeys.private] }, (client) => {
    client.on('error', () => {});
    client.on('authentication', (context) => context.accept());
    client.on('tcpip', (accept, reject, { destIP }) => {
      if (destIP === 'nobody') reject();
      if (destIP !== 'engine') return;
      const channel = accept();
      channel.pipe(channel);
    });
    client.on('session', (accept) => {
      accept().on('exec', (acceptExec, _reject, { command }) => {
        ran.push(command);
        running.push(acceptExec());
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const client = new ssh2.Client();
  client.connect({ sock: socket, username: 'me', password: 'any', hostVerifier: () => true });
  await once(client, 'ready');
  const connection = new LiveConnection({
    hop: hopOf(),
    facts: Object.assign(told, { ...facts, ...told }),
    through: null,
    address: '127.0.0.1',
    checkCommand: (command) => gate.requireAllowed(command, mode()),
    client,
    stream: socket,
    clock: { ...clock, now: () => clock.now() + slept },
  });
  return {
    connection,
    ran,
    /** As if this machine had slept. */
    sleepFor(ms: number) {
      slept += ms;
    },
    async end() {
      await expect.poll(() => running.length).toBeGreaterThan(0);
      const channel = running.shift();
      channel?.exit(0);
      channel?.end();
    },
    async [Symbol.asyncDispose]() {
      await connection[Symbol.asyncDispose]();
      await new Promise<void>((resolve) => void server.close(() => resolve()));
    },
  };
}

const notAllowed = { code: 'EXEC_NOT_ALLOWED' };

it('sends nothing but reads to a host that is observed, and changes once it may be operated', async () => {
  let mode: HostMode = 'observe';
  await using host = await connected(() => mode);
  await expect(host.connection.exec(change, signal)).rejects.toMatchObject(notAllowed);
  const looked = host.connection.exec(look, signal);
  await host.end();
  expect(await looked).toMatchObject({ exitCode: 0 });
  expect(host.ran).toEqual(["'look'"]);

  mode = 'operate';
  const changed = host.connection.exec(change, signal);
  await host.end();
  expect(await changed).toMatchObject({ exitCode: 0 });
  expect(host.ran).toEqual(["'look'", "'change'"]);
});

it('does not send a change that waited for its turn until the host was observed again', async () => {
  let mode: HostMode = 'operate';
  await using host = await connected(() => mode);
  const first = host.connection.exec(look, signal);
  const waiting = host.connection.exec(change, signal);
  mode = 'observe';
  await host.end();
  await first;
  await expect(waiting).rejects.toMatchObject(notAllowed);
  expect(host.ran).toEqual(["'look'"]);
});

it('knows what sshd says of the key only later', async () => {
  const told: Partial<{ -readonly [Name in keyof LoginFacts]: LoginFacts[Name] }> = {};
  await using host = await connected(() => 'observe', told);
  expect(host.connection.keyOptions).toBeNull();
  told.keyOptions = { portForwarding: false, command: true, pty: false };
  expect(host.connection.keyOptions).toEqual(told.keyOptions);
});

it('reports for how many hosts it is there, and how many bytes went over it', async () => {
  await using host = await connected(() => 'observe');
  const [alone] = host.connection.report();
  host.connection.countHosts(() => 3);
  const looked = host.connection.exec(look, signal);
  await host.end();
  await looked;
  const [shared] = host.connection.report();
  expect([alone?.sharedBy, shared?.sharedBy]).toEqual([1, 3]);
  expect(shared?.bytes.received).toBeGreaterThan(alone?.bytes.received ?? 0);
  expect(shared?.bytes.sent).toBeGreaterThan(alone?.bytes.sent ?? 0);
});

it('knows for how long nothing has come from the host', async () => {
  await using host = await connected(() => 'observe');
  await new Promise((resolve) => setTimeout(resolve, 200));
  const quiet = host.connection.silentMs();
  const looked = host.connection.exec(look, signal);
  await host.end();
  await looked;
  expect(quiet).toBeGreaterThan(150);
  expect(host.connection.silentMs()).toBeLessThan(quiet);
});

describe('a way to a port of the host', () => {
  it('carries both ways', async () => {
    await using host = await connected(() => 'observe');
    const channel = await host.connection.openTcp({ host: 'engine', port: 2375 }, signal);
    channel.end('there and back');
    expect(await text(channel)).toBe('there and back');
  });

  it('that is refused says why, as the host said it', async () => {
    await using host = await connected(() => 'observe');
    await expect(host.connection.openTcp({ host: 'nobody', port: 1 }, signal)).rejects.toMatchObject({
      code: 'FORWARD_REFUSED',
      message: '127.0.0.1:22 did not open a way to nobody:1.',
      details: { host: 'nobody', port: 1, reason: 2, seen: '' },
    });
  });

  it('that is not answered is lost only where the host itself is silent', async () => {
    const clock = { ...systemClock, sleep: (ms: number, over?: AbortSignal) => systemClock.sleep(ms / 10, over) };
    await using host = await connected(() => 'observe', {}, clock);
    await expect(host.connection.openTcp({ host: 'black-hole', port: 1 }, signal)).rejects.toMatchObject({
      code: 'FORWARD_REFUSED',
      details: { reason: null, seen: 'no answer' },
    });
    host.sleepFor(limits.ssh.openChannelMs);
    await expect(host.connection.openTcp({ host: 'black-hole', port: 1 }, signal)).rejects.toMatchObject({
      code: 'CONNECTION_LOST',
    });
  });
});
