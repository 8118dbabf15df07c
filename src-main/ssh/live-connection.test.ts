import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import ssh2, { type ServerChannel } from 'ssh2';
import { expect, it } from 'vitest';
import type { HostMode } from '#contract/hosts.ts';
import { systemClock } from '../kernel/clock.ts';
import { createExecGate } from './exec-gate.ts';
import { generateKeyPair } from './key-pair.fixture.ts';
import { LiveConnection } from './live-connection.ts';

const signal = new AbortController().signal;
const hostKey = generateKeyPair('ed25519').private;

// The registry of the product has reads only: these stand for what may come into it.
const gate = createExecGate({
  look: { effect: 'read', holes: {}, argv: () => ['look'] },
  change: { effect: 'change', holes: {}, argv: () => ['change'] },
});
const look = gate.registeredCommand('look', {});
const change = gate.registeredCommand('change', {});

/** A connection to a host that writes down what it is told to run; each command ends when `end` is called for it. */
async function connected(mode: () => HostMode) {
  const ran: string[] = [];
  const running: ServerChannel[] = [];
  const server = new ssh2.Server({ hostKeys: [hostKey] }, (client) => {
    client.on('error', () => {});
    client.on('authentication', (context) => context.accept());
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
    target: { user: 'me', host: '127.0.0.1', port: 22, socketPath: '/run/docker.sock' },
    hostKeyFingerprint: '',
    loginKeyFingerprint: null,
    checkCommand: (command) => gate.requireAllowed(command, mode()),
    client,
    socket,
    clock: systemClock,
  });
  return {
    connection,
    ran,
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
