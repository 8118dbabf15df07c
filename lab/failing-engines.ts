import { chmod, link, mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer as createHttpServer } from 'node:http';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startBackground } from './background-process.ts';
import { listenAtSocket, type SocketOwner, type SocketServer } from './unix-server.ts';

/**
 * A hung engine: it takes every connection, and answers nothing. For the lab's own, which all tests share, must not be
 * stopped for long.
 */
export function startSilentEngine(owner: SocketOwner = {}): Promise<SocketServer> {
  return listenAtSocket(
    createServer((socket) => socket.resume()),
    owner,
  );
}

/** Listens, with room for one that waits. */
const LISTENS = `
  const server = require('node:net').createServer();
  server.listen({ path: process.argv[1], backlog: 1 }, () => console.log('listens'));
`;

/**
 * A hung engine for which so many wait that the kernel turns further ones away (EAGAIN, unix(7)): its process is stopped,
 * as one that hangs takes no more of them.
 */
export async function startOverrunEngine({ mode = 0o660 }: Pick<SocketOwner, 'mode'> = {}): Promise<SocketServer> {
  await using undo = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'binnacle-engine-'));
  undo.defer(() => rm(folder, { recursive: true, force: true }));
  await chmod(folder, 0o711);
  const socketPath = join(folder, 'docker.sock');
  const engine = undo.use(startBackground([process.execPath, '--eval', LISTENS, socketPath]));
  await until(
    async () => engine.log().includes('listens'),
    () => `It does not listen: ${engine.exit() ?? engine.log()}`,
  );
  await chmod(socketPath, mode);
  process.kill(engine.pid, 'SIGSTOP');
  const isStopped = async () => /^\d+ \(.*\) T /.test(await readFile(`/proc/${engine.pid}/stat`, 'utf8'));
  await until(isStopped, () => 'It does not stop.');
  const waiting: Socket[] = [];
  undo.defer(() => {
    for (const socket of waiting) socket.destroy();
  });
  for (let isFull = false; !isFull; ) {
    const socket = connect(socketPath);
    waiting.push(socket);
    isFull = await new Promise<boolean>((resolve, reject) => {
      socket.once('connect', () => resolve(false));
      socket.once('error', (error) => ('code' in error && error.code === 'EAGAIN' ? resolve(true) : reject(error)));
    });
  }
  const started = undo.move();
  return { socketPath, connections: waiting.length - 1, [Symbol.asyncDispose]: () => started.disposeAsync() };
}

async function until(done: () => Promise<boolean>, late: () => string): Promise<void> {
  for (const end = Date.now() + 10_000; !(await done()); ) {
    if (Date.now() > end) throw new Error(late());
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** A stopped engine: its socket is there, as it leaves it when it is killed, and nobody listens. */
export async function startDeadEngine(owner: SocketOwner = {}): Promise<SocketServer> {
  await using undo = new AsyncDisposableStack();
  const server = undo.use(await listenAtSocket(createServer(), owner));
  // The name of a socket goes with the server that made it; a further name does not.
  const left = await mkdtemp(join(tmpdir(), 'binnacle-engine-'));
  undo.defer(() => rm(left, { recursive: true, force: true }));
  await chmod(left, 0o711);
  const socketPath = join(left, 'docker.sock');
  await link(server.socketPath, socketPath);
  await server[Symbol.asyncDispose]();
  const stays = undo.move();
  return { socketPath, connections: 0, [Symbol.asyncDispose]: () => stays.disposeAsync() };
}

/**
 * An engine whose API is older, or newer, than Binnacle speaks. As Docker answers: which versions it speaks, on
 * `/_ping` and `/version`; on every versioned path outside of them, 400 with which one it was.
 * @param versions such as `{ min: '1.12', max: '1.24' }`
 */
export function startEngineOfVersion(
  versions: { readonly min: string; readonly max: string },
  owner: SocketOwner = {},
): Promise<SocketServer> {
  const number = (version: string) => Number(version.split('.')[1]);
  const server = createHttpServer((request, response) => {
    const [, asked = null, path = ''] = /^(?:\/v(1\.\d+))?(\/.*)$/.exec(request.url ?? '') ?? [];
    const answer = (status: number, body: object | string) => {
      const text = typeof body === 'string' ? body : `${JSON.stringify(body)}\n`;
      const type = typeof body === 'string' ? 'text/plain; charset=utf-8' : 'application/json';
      const named = { 'api-version': versions.max, ostype: 'linux', server: 'Docker/1.12.6 (linux)' };
      response.writeHead(status, { ...named, 'content-type': type }).end(text);
    };
    if (asked !== null && number(asked) > number(versions.max)) {
      const message = `client version ${asked} is too new. Maximum supported API version is ${versions.max}`;
      return answer(400, { message });
    }
    if (asked !== null && number(asked) < number(versions.min)) {
      const message = `client version ${asked} is too old. Minimum supported API version is ${versions.min}, please upgrade your client to a newer version`;
      return answer(400, { message });
    }
    if (path === '/_ping') return answer(200, 'OK');
    if (path === '/version') {
      const about = { Version: '1.12.6', Os: 'linux', Arch: 'amd64', KernelVersion: '4.4.0' };
      return answer(200, { ...about, ApiVersion: versions.max, MinAPIVersion: versions.min });
    }
    return answer(404, { message: 'page not found' });
  });
  return listenAtSocket(server, owner);
}

/** Another way to a socket, with another owner: an engine as one user's own, such as a rootless one. */
export function startSocketRelay(target: string, owner: SocketOwner): Promise<SocketServer> {
  const server = createServer({ allowHalfOpen: true }, (near) => {
    const far = connect({ path: target, allowHalfOpen: true });
    near.pipe(far).pipe(near);
    far.on('error', () => near.resetAndDestroy());
    near.on('close', () => far.destroy());
    far.on('close', () => near.destroy());
  });
  return listenAtSocket(server, owner);
}
