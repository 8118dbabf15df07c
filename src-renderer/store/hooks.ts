import { useStore } from 'zustand/react';
import type { Run } from '#contract/actions.ts';
import type { Question } from '#contract/questions.ts';
import type { Welcome } from '#contract/session.ts';
import type { WindowSettings } from '#contract/settings.ts';
import type { FleetContainer, FleetHost, Summary } from '#contract/updates.ts';
import type { Client } from '../client/client.ts';
import type { ConnectionState } from '../client/connection-controller.ts';
import type { Surroundings } from './availability.ts';
import { connectionStore } from './connection-store.ts';
import type { AppKey, AppView, FleetState } from './fleet-state.ts';
import { fleetStore } from './fleet-store.ts';
import { type UiState, uiStore } from './ui-store.ts';

/** A part of the fleet; `select` must give the same object for the same state. */
export function useFleet<Part>(select: (state: FleetState) => Part): Part {
  return useStore(fleetStore, select);
}

/** null before the first snapshot. */
export function useSummary(): Summary | null {
  return useFleet((state) => state.summary);
}

/** In the operator's order. */
export function useHosts(): readonly FleetHost[] {
  return useFleet((state) => state.hosts);
}

/** null: there is none of that id (any more). */
export function useHost(id: string): FleetHost | null {
  return useFleet((state) => state.hosts.find((host) => host.id === id) ?? null);
}

/** Worst first, unknown last. */
export function useAppKeys(): readonly AppKey[] {
  return useFleet((state) => state.appKeys);
}

/** null: there is none of that key (any more). */
export function useApp(key: AppKey): AppView | null {
  return useFleet((state) => state.apps.get(key) ?? null);
}

/** null: there is none of that key (any more). */
export function useContainer(key: string): FleetContainer | null {
  return useFleet((state) => state.containers.get(key) ?? null);
}

/** Oldest first; those of a trial included. */
export function useQuestions(): readonly Question[] {
  return useFleet((state) => state.questions);
}

/** null before the first snapshot. */
export function useSettings(): WindowSettings | null {
  return useFleet((state) => state.settings);
}

export function useConnection(): ConnectionState {
  return useStore(connectionStore, ({ connection }) => connection);
}

/** null while not connected. */
export function useWelcome(): Welcome | null {
  return useStore(connectionStore, ({ connection }) => (connection.state === 'connected' ? connection.welcome : null));
}

/** null while not connected: what would be asked of the core has to be disabled. */
export function useClient(): Client | null {
  return useStore(connectionStore, ({ connection }) =>
    connection.state === 'connected' ? connection.connection.client : null,
  );
}

export function useUi<Part>(select: (state: UiState) => Part): Part {
  return useStore(uiStore, select);
}

/** Those that run and the last that ended, oldest first. */
export function useRuns(): readonly Run[] {
  return useFleet((state) => state.runs);
}

/** What an action on that host depends on. */
export function useSurroundings(hostId: string): Surroundings {
  const connected = useStore(connectionStore, ({ connection }) => connection.state === 'connected');
  const host = useHost(hostId);
  const runs = useRuns();
  const unlocks = useFleet((state) => state.unlocks);
  const journal = useFleet((state) => state.journal);
  return { connected, host, runs, unlocks, journal };
}
