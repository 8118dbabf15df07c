import { createStore } from 'zustand/vanilla';
import type { FleetState } from './fleet-state.ts';
import type { FleetStore } from './fleet-store.ts';
import { isSeen } from './troubled.ts';

/** CPU of each host's containers together, in cores, oldest first; kept while the window is open, for a line a thumb wide. */
export type HostHistory = ReadonlyMap<string, readonly number[]>;

const EVERY_MS = 4_000;
const KEPT = 30;

export function createHistoryStore() {
  return createStore<{ readonly history: HostHistory }>()(() => ({ history: new Map() }));
}

export const historyStore = createHistoryStore();

/** Adds a point for each host that is seen, at most every four seconds, as loads arrive. */
export function recordHistory(fleet: FleetStore, history: ReturnType<typeof createHistoryStore>, now: () => number) {
  let lastAt = Number.NEGATIVE_INFINITY;
  return fleet.subscribe((state, before) => {
    if (state.containers === before.containers || now() - lastAt < EVERY_MS) return;
    lastAt = now();
    history.setState({ history: withPoint(history.getState().history, state) });
  });
}

function withPoint(history: HostHistory, { hosts, apps }: FleetState): HostHistory {
  const cores = new Map<string, number>();
  for (const { hostId, cpuPercent } of apps.values()) {
    if (cpuPercent !== null) cores.set(hostId, (cores.get(hostId) ?? 0) + cpuPercent / 100);
  }
  return new Map(
    hosts.map((host) => {
      const points = history.get(host.id) ?? [];
      const now = isSeen(host) ? cores.get(host.id) : undefined;
      return [host.id, now === undefined ? points : [...points, now].slice(-KEPT)];
    }),
  );
}
