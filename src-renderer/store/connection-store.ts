import { createStore } from 'zustand/vanilla';
import type { ConnectionState } from '../client/connection-controller.ts';

/** Where the page stands with its core. */
export const connectionStore = createStore<{ readonly connection: ConnectionState }>()(() => ({
  connection: { state: 'connecting' },
}));
