import { useEffect, useMemo, useState } from 'react';
import type { JournalEntry } from '#contract/journal.ts';
import type { FleetHost } from '#contract/updates.ts';
import { compareNames } from '../../store/app-groups.ts';
import { fleetStore } from '../../store/fleet-store.ts';
import { useFleet, useHosts } from '../../store/hooks.ts';
import type { JournalReading } from './journal-session.ts';

/** What the filter can offer. */
export interface KnownNames {
  readonly hosts: readonly { readonly id: string; readonly label: string }[];
  /** Of one host, or of all. */
  readonly appsOf: (hostId: string | null) => readonly string[];
}

interface Noted {
  readonly hosts: ReadonlyMap<string, string>;
  /** Names of apps, by host. */
  readonly apps: ReadonlyMap<string, ReadonlySet<string>>;
}

/** Hosts and apps that are there, and those that were met in the journal since the page was opened: it remembers more. */
export function useKnownNames(reading: JournalReading): KnownNames {
  const hosts = useHosts();
  const appKeys = useFleet((state) => state.appKeys);
  const entries = reading.state === 'known' ? reading.pages.entries : null;
  const [noted, setNoted] = useState<Noted>({ hosts: new Map(), apps: new Map() });
  useEffect(() => {
    if (entries !== null) setNoted((before) => withEntries(before, entries));
  }, [entries]);
  return useMemo(() => knownNames(hosts, appsOfFleet(appKeys), noted), [hosts, appKeys, noted]);
}

function appsOfFleet(appKeys: readonly string[]): readonly { readonly hostId: string; readonly name: string }[] {
  const { apps } = fleetStore.getState();
  return appKeys.flatMap((key) => apps.get(key) ?? []);
}

/** The same object where they tell nothing new. */
export function withEntries(noted: Noted, entries: readonly JournalEntry[]): Noted {
  const hosts = new Map(noted.hosts);
  const apps = new Map(noted.apps);
  let isNew = false;
  for (const { hostId, host, app } of entries) {
    if (hostId === null) continue;
    if (host !== null && !hosts.has(hostId)) {
      hosts.set(hostId, host);
      isNew = true;
    }
    if (app !== null && apps.get(hostId)?.has(app) !== true) {
      apps.set(hostId, new Set(apps.get(hostId)).add(app));
      isNew = true;
    }
  }
  return isNew ? { hosts, apps } : noted;
}

export function knownNames(
  hosts: readonly Pick<FleetHost, 'id' | 'label'>[],
  fleetApps: readonly { readonly hostId: string; readonly name: string }[],
  noted: Noted,
): KnownNames {
  const there = new Set(hosts.map(({ id }) => id));
  const gone = [...noted.hosts].filter(([id]) => !there.has(id)).map(([id, label]) => ({ id, label }));
  return {
    hosts: [...hosts.map(({ id, label }) => ({ id, label })), ...gone],
    appsOf(hostId) {
      const names = new Set<string>();
      for (const app of fleetApps) if (hostId === null || app.hostId === hostId) names.add(app.name);
      for (const [id, apps] of noted.apps) if (hostId === null || id === hostId) for (const app of apps) names.add(app);
      return [...names].sort(compareNames);
    },
  };
}
