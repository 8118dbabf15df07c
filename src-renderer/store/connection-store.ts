import { createStore } from 'zustand/vanilla';
import type { Client } from '../client/client.ts';
import type { ConnectionState } from '../client/connection-controller.ts';

/** Where the page stands with its core. */
export const connectionStore = createStore<{ readonly connection: ConnectionState }>()(() => ({
  connection: { state: 'connecting' },
}));

/** What can be asked at this moment; null: there is no connection. A component uses `useClient`. */
export function clientNow(): Client | null {
  const { connection } = connectionStore.getState();
  return connection.state === 'connected' ? connection.connection.client : null;
}
