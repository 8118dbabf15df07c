import { expect, test } from 'vitest';
import type { SshConnection } from '../ssh/connection-types.ts';
import { never } from './client.fixture.ts';
import { likeDocker, startFakeEngine } from './fake-engine.fixture.ts';
import type { HostMode } from './gate.ts';
import { openLink } from './link.ts';

test('a link says who we are to the host, obeys its mode from one request to the next, and takes the connection with it', async () => {
  const asked: string[] = [];
  await using engine = await startFakeEngine(
    likeDocker((question, answer) => {
      asked.push(`${question.method} ${question.url}`);
      answer.writeHead(204).end();
    }),
  );
  let disposed = 0;
  const connection: SshConnection = {
    target: { user: 'me', host: 'atlas', port: 22, socketPath: '/run/docker.sock' },
    hostKeyFingerprint: 'SHA256:host',
    loginKeyFingerprint: 'SHA256:login',
    closed: new Promise(() => {}),
    openUnixSocket: (_path, signal) => engine.sshChannels.open(signal),
    exec: () => Promise.reject(new Error('not asked for')),
    [Symbol.asyncDispose]: async () => {
      disposed += 1;
    },
  };
  let mode: HostMode = 'observe';
  {
    await using link = await openLink(connection, { mode: () => mode, signal: never });
    expect(link.login).toEqual({ user: 'me', hostKey: 'SHA256:host', loginKey: 'SHA256:login' });
    const start = () => link.client.change('start', { containerId: 'a'.repeat(64), graceSeconds: 0 }, never);
    await expect(start()).rejects.toMatchObject({ code: 'GATE_REFUSED' });
    mode = 'operate';
    expect(await start()).toBe('done');
  }
  expect([asked, disposed]).toEqual([[`POST /v1.41/containers/${'a'.repeat(64)}/start`], 1]);
});
