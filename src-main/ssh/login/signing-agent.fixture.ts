import { createServer, type Socket } from 'node:net';
import type { ParsedKey } from 'ssh2';

const uint32 = (value: number) => Buffer.from([value >>> 24, value >>> 16, value >>> 8, value]);
const field = (data: Buffer | string) => Buffer.concat([uint32(Buffer.byteLength(data)), Buffer.from(data)]);

interface SigningAgent extends AsyncDisposable {
  /** Requests to sign that are open: asked, not answered, and not given up by whoever asked. */
  readonly asked: number;
}

/**
 * An agent at `path` that holds `keys` (ed25519), and signs with them, as draft-miller-ssh-agent has it.
 * @param confirmed as with `ssh-add -c`: signs once it has resolved
 */
export async function signingAgent(
  path: string,
  keys: readonly ParsedKey[],
  confirmed: () => Promise<unknown> = async () => {},
): Promise<SigningAgent> {
  let asked = 0;
  const identities = keys.flatMap((key, index) => [field(key.getPublicSSH()), field(`key ${index}`)]);
  const answerTo = (request: Buffer): Buffer => {
    if (request[4] === 11) return Buffer.concat([Buffer.of(12), uint32(keys.length), ...identities]);
    const length = request.readUInt32BE(5);
    const blob = request.subarray(9, 9 + length);
    const at = 9 + length;
    const data = request.subarray(at + 4, at + 4 + request.readUInt32BE(at));
    const key = keys.find((each) => each.getPublicSSH().equals(blob));
    const signature = key?.sign(data);
    if (!Buffer.isBuffer(signature)) return Buffer.of(5);
    return Buffer.concat([Buffer.of(14), field(Buffer.concat([field('ssh-ed25519'), field(signature)]))]);
  };
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => open.delete(socket));
    socket.on('data', (request) => {
      if (request[4] === 11) {
        socket.write(field(answerTo(request)));
        return;
      }
      asked += 1;
      let isOpen = true;
      const done = () => {
        if (isOpen) asked -= 1;
        isOpen = false;
      };
      socket.once('close', done);
      void confirmed().then(() => {
        done();
        socket.write(field(answerTo(request)));
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return {
    get asked() {
      return asked;
    },
    [Symbol.asyncDispose]: () => {
      for (const socket of open) socket.destroy();
      return new Promise((resolve) => void server.close(() => resolve()));
    },
  };
}
