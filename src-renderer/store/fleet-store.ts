import { createStore, type StoreApi } from 'zustand/vanilla';
import { EMPTY_FLEET, type FleetState } from './fleet-state.ts';

export type FleetStore = StoreApi<FleetState>;

/** What the window knows of the fleet; changed by `fleet-feed.ts` alone. */
export const fleetStore: FleetStore = createStore<FleetState>()(() => EMPTY_FLEET);
