import type { Server as EngineServer } from 'node:http';
import { createServer, type Socket } from 'node:net';
import ssh2, { type AuthContext, type ServerChannel } from 'ssh2';
import { limits } from '../kernel/limits.ts';
import { ChannelSocket } from './channel-socket.ts';
import type { DemoKeys } from './keys.ts';

export const DEMO_USER = 'demo';
/** The one path behind which an engine answers. */
const SOCKET_PATH = '/var/run/docker.sock';

export interface SshHost extends AsyncDisposable {
  readonly port: number;
}

/**
 * An SSH server on a free port of 127.0.0.1: lets in whoever has the client key, as `demo`; passes channels to Docker's
 * socket on to `engine`; runs `true`, and nothing else.
 */
export async function openSshHost(
  engine: EngineServer,
  { hostKey, clientKey }: Pick<DemoKeys, 'hostKey' | 'clientKey'>,
): Promise<SshHost> {
  const server = new ssh2.Server({ hostKeys: [hostKey], ident: 'BinnacleDemo' }, (connection) => {
    // Whatever goes wrong with one connection ends that connection, which ssh2 sees to.
    connection.on('error', () => {});
    // ssh2 ends channels it has lost only once they have been read to their end, which may be never.
    const channels = new Set<ChannelSocket>();
    connection.on('close', () => {
      for (const channel of channels) channel.destroy();
    });
    let tries = 0;
    connection.on('authentication', (login) => {
      tries += 1;
      if (isLetIn(login, clientKey)) login.accept();
      else if (tries >= limits.demo.authTries) connection.end();
      else login.reject(['publickey']);
    });
    connection.on('openssh.streamlocal', (accept, reject, { socketPath }) => {
      if (socketPath !== SOCKET_PATH) {
        reject();
        return;
      }
      const channel = new ChannelSocket(accept());
      channels.add(channel);
      channel.on('close', () => channels.delete(channel));
      engine.emit('connection', channel);
    });
    connection.on('session', (accept) => {
      accept().on('exec', (agree, _refuse, { command }) => run(agree(), command));
    });
  });
  const sockets = new Set<Socket>();
  // Not ssh2's own listener: it keeps its sockets to itself, and those of a demo that ends have to be closed.
  const listener = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    server.injectSocket(socket);
  });
  listener.maxConnections = limits.demo.connections;
  await new Promise<void>((resolve, reject) => {
    listener.once('error', reject);
    listener.listen(0, '127.0.0.1', resolve);
  });
  const address = listener.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((resolve) => listener.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

function isLetIn(login: AuthContext, key: DemoKeys['clientKey']): boolean {
  if (login.method !== 'publickey' || login.username !== DEMO_USER) return false;
  if (login.key.algo !== key.type || !login.key.data.equals(key.getPublicSSH())) return false;
  // Without a signature the client only asks whether the key would do.
  if (login.signature === undefined || login.blob === undefined) return true;
  return key.verify(login.blob, login.signature, login.hashAlgo) === true;
}

function run(channel: ServerChannel, command: string): void {
  channel.on('error', () => {});
  channel.resume();
  const isKnown = command === 'true';
  if (!isKnown) channel.stderr.write('The demo runs no commands.\n');
  channel.exit(isKnown ? 0 : 127);
  channel.end();
}
