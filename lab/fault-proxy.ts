import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** A way to a server that fails when it is told to, while both ends stay well. */
export interface FaultProxy extends AsyncDisposable {
  readonly host: '127.0.0.1';
  /** The same for as long as it lives. */
  readonly port: number;
  /** Connections that go through it now, held ones included. */
  readonly connections: number;
  /** Resets every connection, at both ends; further ones are refused until `heal`. */
  cut(): void;
  /** Keeps every connection, and takes further ones, and lets nothing through: no byte, no end, no reset. */
  blackHole(): void;
  /** Undoes either. What was held back by a black hole goes on where it stood. */
  heal(): Promise<void>;
}

interface Pair {
  readonly near: Socket;
  readonly far: Socket;
}

type State = 'well' | 'cut' | 'black hole';

/** Starts one before `target`, on a free port of loopback. */
export async function startFaultProxy(target: { readonly host: string; readonly port: number }): Promise<FaultProxy> {
  let state: State = 'well';
  const pairs = new Set<Pair>();

  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (near) => {
    const far = connect({ ...target, allowHalfOpen: true });
    const pair = { near, far };
    pairs.add(pair);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      from.on('data', (bytes) => {
        if (!to.write(bytes)) from.pause();
      });
      from.on('end', () => to.end());
      from.on('drain', () => {
        if (state === 'well') to.resume();
      });
      // What went wrong is told to the other end by a reset.
      from.on('error', () => {});
      from.on('close', () => settle(pair));
    }
    if (state === 'well') flow(pair);
    else far.pause();
  });

  /** Where one end has gone, so does the other: unless nothing is let through. */
  const settle = (pair: Pair) => {
    if (state === 'black hole' || !(pair.near.destroyed || pair.far.destroyed)) return;
    // Both ends said goodbye: each has been handed on already.
    const isDone = [pair.near, pair.far].every((end) => end.readableEnded && end.writableFinished);
    if (!isDone) reset(pair);
    pairs.delete(pair);
  };
  const listen = async (port: number) => {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  };
  const end = () => {
    for (const pair of pairs) reset(pair);
    pairs.clear();
  };

  const port = await listen(0);
  return {
    host: '127.0.0.1',
    port,
    get connections() {
      return pairs.size;
    },
    cut() {
      state = 'cut';
      if (server.listening) server.close();
      end();
    },
    blackHole() {
      state = 'black hole';
      for (const { near, far } of pairs) {
        near.pause();
        far.pause();
      }
    },
    async heal() {
      state = 'well';
      for (const pair of pairs) {
        flow(pair);
        settle(pair);
      }
      if (!server.listening) await patiently(() => listen(port));
    },
    async [Symbol.asyncDispose]() {
      end();
      if (server.listening) await new Promise((resolve) => server.close(resolve));
    },
  };
}

function flow({ near, far }: Pair): void {
  near.resume();
  far.resume();
}

function reset({ near, far }: Pair): void {
  near.resetAndDestroy();
  far.resetAndDestroy();
}

/** Somebody may have been given the port meanwhile, for a connection of theirs that does not last. */
async function patiently(listen: () => Promise<unknown>): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return void (await listen());
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE' || attempt === 50) throw error;
      await sleep(100);
    }
  }
}
