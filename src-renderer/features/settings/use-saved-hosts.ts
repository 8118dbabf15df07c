import { useCallback, useEffect, useRef, useState } from 'react';
import type { SavedHost } from '#contract/hosts.ts';
import type { FleetHost } from '#contract/updates.ts';
import { type CallProblem, callProblem } from '../../client/call-problem.ts';
import { fleetStore } from '../../store/fleet-store.ts';
import { useClient } from '../../store/hooks.ts';

type SavedHosts =
  | { readonly state: 'reading' }
  | { readonly state: 'known'; readonly hosts: readonly SavedHost[] }
  | { readonly state: 'failed'; readonly problem: CallProblem };

/** The hosts as they are saved; read again whenever the fleet's hosts are others, and when `reload` is called. */
export function useSavedHosts(): { readonly saved: SavedHosts; readonly reload: () => void } {
  const client = useClient();
  const [saved, setSaved] = useState<SavedHosts>({ state: 'reading' });
  const asked = useRef(0);
  const reload = useCallback(() => {
    // Of two readings that overlap the later asked for counts, whichever comes last.
    asked.current += 1;
    const mine = asked.current;
    const show = (next: SavedHosts) => {
      if (mine === asked.current) setSaved(next);
    };
    client?.hosts.list().then(
      (hosts) => show({ state: 'known', hosts }),
      (error: unknown) => show({ state: 'failed', problem: callProblem(error) }),
    );
  }, [client]);
  useEffect(() => {
    reload();
    return fleetStore.subscribe(({ hosts }, before) => {
      if (hosts !== before.hosts && namesOf(hosts) !== namesOf(before.hosts)) reload();
    });
  }, [reload]);
  return { saved, reload };
}

function namesOf(hosts: readonly FleetHost[]): string {
  return hosts.map(({ id, label, mode }) => `${id} ${mode} ${label}`).join('\n');
}
