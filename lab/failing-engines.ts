import { chmod, link, mkdtemp, rm } from 'node:fs/promises';
import { createServer as createHttpServer } from 'node:http';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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
