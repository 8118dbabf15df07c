import type { RPCHandler } from '@orpc/server/ws';
import type { Clock } from '../kernel/clock.ts';
import { limits } from '../kernel/limits.ts';
import { isFrame } from './frame.ts';
import type { LogCredit } from './log-credit.ts';
import { Slots } from './slots.ts';
import type { Subscription } from './updates/subscription.ts';

/** What carries the messages of one connection. Neither may throw. */
export interface Carrier {
  send(message: string): void;
  close(): void;
}

/** Where a connection stands: what it may call depends on it. */
export type Handshake = 'awaited' | 'done' | 'too many connections';

/** What one window has, and what ends with it. */
export interface Session {
  handshake: Handshake;
  /** Calls that have not been answered. */
  calls: number;
  readonly subscriptions: Slots<Subscription>;
  readonly logs: Slots<LogCredit>;
  readonly trials: Slots<true>;
  /** Aborted when the connection ends. */
  readonly signal: AbortSignal;
}

export interface RouterContext {
  readonly session: Session;
}

/** One connection of a window. Disposing it closes the carrier; what the window had running is over at once. */
export interface Connection extends Disposable {
  /** Takes what the window sent; what is no message of the protocol closes the connection. */
  receive(message: unknown): void;
}

export interface ConnectionOptions {
  readonly handler: RPCHandler<RouterContext>;
  readonly handshake: Handshake;
  readonly clock: Clock;
  /** Called once, when it is over for whatever reason. */
  readonly ended: () => void;
}

export function connect({ handler, handshake, clock, ended }: ConnectionOptions, carrier: Carrier): Connection {
  const over = new AbortController();
  const session: Session = {
    handshake,
    calls: 0,
    subscriptions: new Slots(limits.router.subscriptions, 'subscriptions'),
    logs: new Slots(limits.router.logStreams, 'logs'),
    trials: new Slots(limits.router.trials, 'trials'),
    signal: over.signal,
  };
  const wire = createWire(carrier);
  // The handler of sockets serves ports as well: unlike the one for ports it leaves no rejection unhandled, and Node
  // ends a process over one.
  void handler.upgrade(wire, { context: { session } });

  const end = () => {
    if (over.signal.aborted) return;
    over.abort();
    wire.end();
    carrier.close();
    ended();
  };
  void clock.sleep(limits.router.helloMs, over.signal).then(
    () => session.handshake !== 'done' && end(),
    () => undefined,
  );

  return {
    receive(message) {
      if (over.signal.aborted) return;
      if (isFrame(message)) wire.deliver(message);
      else end();
    },
    [Symbol.dispose]: end,
  };
}

/** What oRPC takes for a socket. */
function createWire(carrier: Carrier) {
  const listeners = new Map<string, (event: { readonly data: string }) => unknown>();
  let open = true;
  return {
    addEventListener(type: string, listener: unknown) {
      if (typeof listener === 'function') listeners.set(type, (event) => listener(event));
    },
    send(message: unknown) {
      if (open && typeof message === 'string') carrier.send(message);
    },
    deliver(message: string) {
      listeners.get('message')?.({ data: message });
    },
    end() {
      open = false;
      listeners.get('close')?.({ data: '' });
    },
  };
}
