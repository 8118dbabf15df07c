import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Conditions, Lane, type Shape } from './traffic.ts';

/** What can go wrong with a way. Each lasts until {@link FaultProxy.heal}, but for `reset`, which is over at once. */
export type Fault =
  | { readonly kind: 'cut' }
  | { readonly kind: 'reset' }
  | { readonly kind: 'refuse' }
  | { readonly kind: 'black hole' }
  | { readonly kind: 'latency'; readonly ms: number }
  | { readonly kind: 'drip'; readonly bytesPerSecond: number }
  | { readonly kind: 'cut after'; readonly bytes: number; readonly further: Further };

/** What becomes of connections that come after a cut. */
type Further = 'accepted' | 'refused';

/**
 * A way to a server that fails when it is told to, while both ends stay well. Latency and drip go together with each
 * other and with all the rest.
 */
export interface FaultProxy extends AsyncDisposable {
  readonly host: '127.0.0.1';
  /** The same for as long as it lives. */
  readonly port: number;
  /** Connections that go through it now, held ones included. */
  readonly connections: number;
  /** Connections that it has taken since it stands. */
  readonly accepted: number;
  /** When it took the last of them, milliseconds since the epoch; 0: none yet. */
  readonly acceptedAt: number;
  /** Resets every connection, at both ends; further ones are refused. */
  cut(): void;
  /** Resets every connection, at both ends; further ones are welcome. */
  reset(): void;
  /** Refuses further connections; those that stand go on. */
  refuse(): void;
  /** Keeps every connection, and takes further ones, and lets nothing through: no byte, no end, no reset. */
  blackHole(): void;
  /** Makes every byte `ms` milliseconds late, each way; the order stays. A reset is not late. */
  latency(ms: number): void;
  /** Lets each direction of each connection through in tiny pieces, `bytesPerSecond` in all. */
  drip(bytesPerSecond: number): void;
  /**
   * Lets `bytes` more through from the server to who came for it, counted from now on over all connections, the last
   * of them included; then resets every connection.
   * @param further what becomes of those that come then. Default `accepted`
   */
  cutAfter(bytes: number, further?: Further): void;
  apply(fault: Fault): void;
  /** Undoes everything. What was held back goes on where it stood. */
  heal(): Promise<void>;
}

interface Pair {
  readonly near: Socket;
  readonly far: Socket;
  readonly lanes: readonly Lane[];
}

interface Budget {
  /** Still to be let through. */
  bytes: number;
  readonly further: Further;
}

const unshaped: Shape = { latencyMs: 0, bytesPerSecond: null };

/** Starts one before `target`, on a free port of loopback. */
export async function startFaultProxy(target: { readonly host: string; readonly port: number }): Promise<FaultProxy> {
  let isHeld = false;
  let shape = unshaped;
  let budget: Budget | null = null;
  let accepted = 0;
  let acceptedAt = 0;
  const pairs = new Set<Pair>();

  const outward: Conditions = {
    isHeld: () => isHeld,
    shape: () => shape,
    grant: (length) => ({ length }),
  };
  const homeward: Conditions = {
    ...outward,
    grant(length) {
      if (budget === null) return { length };
      const granted = Math.min(length, budget.bytes);
      budget.bytes -= granted;
      if (budget.bytes > 0) return { length: granted };
      const spent = budget;
      return { length: granted, onSent: () => cutNow(spent) };
    },
  };
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (near) => {
    accepted += 1;
    acceptedAt = Date.now();
    const far = connect({ ...target, allowHalfOpen: true });
    const lanes = [new Lane(near, far, outward), new Lane(far, near, homeward)];
    const pair = { near, far, lanes };
    pairs.add(pair);
    for (const end of [near, far]) {
      // What went wrong is told to the other end by a reset.
      end.on('error', () => {});
      end.on('close', () => settle(pair));
    }
    for (const lane of lanes) lane.flow();
  });

  /** Where one end has gone without a goodbye, so does the other: unless nothing is let through. */
  const settle = (pair: Pair) => {
    if (isHeld) return;
    const ends = [pair.near, pair.far];
    if (ends.some((each) => each.destroyed && !saidGoodbye(each))) end(pair);
    else if (ends.every((each) => each.destroyed)) pairs.delete(pair);
  };
  const end = (pair: Pair) => {
    for (const lane of pair.lanes) lane.hold();
    pair.near.resetAndDestroy();
    pair.far.resetAndDestroy();
    pairs.delete(pair);
  };
  const reset = () => {
    for (const pair of pairs) end(pair);
  };
  const refuse = () => {
    if (server.listening) server.close();
  };
  const cut = () => {
    refuse();
    reset();
  };
  const cutNow = (spent: Budget) => {
    // Undone, or done by another connection, meanwhile.
    if (budget !== spent) return;
    budget = null;
    if (spent.further === 'refused') cut();
    else reset();
  };
  const flow = () => {
    for (const pair of pairs) {
      for (const lane of pair.lanes) lane.flow();
      settle(pair);
    }
  };
  const listen = async (port: number) => {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  };

  const port = await listen(0);
  const proxy: FaultProxy = {
    host: '127.0.0.1',
    port,
    get connections() {
      return pairs.size;
    },
    get accepted() {
      return accepted;
    },
    get acceptedAt() {
      return acceptedAt;
    },
    cut,
    reset,
    refuse,
    blackHole() {
      isHeld = true;
      flow();
    },
    latency(ms) {
      shape = { ...shape, latencyMs: ms };
    },
    drip(bytesPerSecond) {
      shape = { ...shape, bytesPerSecond };
    },
    cutAfter(bytes, further = 'accepted') {
      budget = { bytes, further };
    },
    apply(fault) {
      if (fault.kind === 'cut') proxy.cut();
      else if (fault.kind === 'reset') proxy.reset();
      else if (fault.kind === 'refuse') proxy.refuse();
      else if (fault.kind === 'black hole') proxy.blackHole();
      else if (fault.kind === 'latency') proxy.latency(fault.ms);
      else if (fault.kind === 'drip') proxy.drip(fault.bytesPerSecond);
      else proxy.cutAfter(fault.bytes, fault.further);
    },
    async heal() {
      isHeld = false;
      shape = unshaped;
      budget = null;
      flow();
      if (!server.listening) await patiently(() => listen(port));
    },
    async [Symbol.asyncDispose]() {
      reset();
      if (server.listening) await new Promise((resolve) => server.close(resolve));
    },
  };
  return proxy;
}

/** Both ways. */
const saidGoodbye = (socket: Socket) => socket.readableEnded && socket.writableFinished;

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
