import type { FleetHost } from '#contract/updates.ts';
import { compareNames, verdictRank } from './app-groups.ts';
import type { FleetState } from './fleet-state.ts';

/** True where what is shown of a host is what is there now. */
export function isSeen({ status }: FleetHost): boolean {
  return status.state === 'live';
}

/** Keys of the containers that need attention, worst first. Those of a host that is not seen count as one: the host. */
export function troubledKeys(containers: FleetState['containers'], hosts: readonly FleetHost[]): readonly string[] {
  const place = new Map(hosts.flatMap((host, index) => (isSeen(host) ? [[host.id, index] as const] : [])));
  return [...containers.values()]
    .filter(({ verdict, hostId }) => verdict !== 'green' && place.has(hostId))
    .sort(
      (a, b) =>
        verdictRank(a.verdict) - verdictRank(b.verdict) ||
        (place.get(a.hostId) ?? 0) - (place.get(b.hostId) ?? 0) ||
        compareNames(a.app, b.app) ||
        compareNames(a.service, b.service) ||
        compareNames(a.name, b.name) ||
        (a.key < b.key ? -1 : 1),
    )
    .map(({ key }) => key);
}
