import { RPCHandler } from '@orpc/server/ws';
import { type Clock, systemClock } from '../kernel/clock.ts';
import { limits } from '../kernel/limits.ts';
import { answerCall, answerRequest } from './calls.ts';
import { type Carrier, type Connection, connect, type RouterContext } from './connection.ts';
import { createProcedures } from './procedures.ts';
import type { Services } from './services.ts';
import { Publisher } from './updates/publisher.ts';

/** The contract over the domains, for any number of windows. Disposing it ends their connections. */
export interface Router extends Disposable {
  /** For whoever carries messages: `serveMessagePort`, `serveWebSocket`. */
  connect(carrier: Carrier): Connection;
  /** Connections that are open, and subscriptions of all of them together. */
  readonly live: { readonly connections: number; readonly subscriptions: number };
}

export function createRouter(services: Services, clock: Clock = systemClock): Router {
  const publisher = new Publisher(services, clock);
  const handler = new RPCHandler<RouterContext>(createProcedures(services, publisher), {
    interceptors: [({ next }) => answerRequest(() => next())],
    clientInterceptors: [(call) => answerCall(call, services)],
  });
  const connections = new Set<Connection>();
  return {
    connect(carrier) {
      const handshake = connections.size < limits.router.connections ? 'awaited' : 'too many connections';
      const connection = connect({ handler, handshake, clock, ended: () => connections.delete(connection) }, carrier);
      connections.add(connection);
      return connection;
    },
    get live() {
      return { connections: connections.size, subscriptions: publisher.subscribers };
    },
    [Symbol.dispose]() {
      for (const connection of connections) connection[Symbol.dispose]();
      publisher[Symbol.dispose]();
    },
  };
}
