import { useMemo } from 'react';
import type { FleetHost } from '#contract/updates.ts';
import type { AppKey } from '../../store/fleet-state.ts';
import { fleetStore } from '../../store/fleet-store.ts';
import { useAppKeys, useFleet, useHosts, useQuestions } from '../../store/hooks.ts';
import { isSeen } from '../../store/troubled.ts';
import { type Filter, isEmpty, matchesApp, matchesContainer, matchesHost } from './filter.ts';
import { questionOf } from './question-of.ts';

/** What the page lists, as the filter leaves it. */
export interface Found {
  /** Hosts that are not seen, in the operator's order. */
  readonly hosts: readonly string[];
  /** Containers that need attention, worst first. */
  readonly troubled: readonly string[];
  readonly apps: readonly AppKey[];
}

/** A host that is being reached for the first time is nothing to attend to, unless it asks: its chip says so. */
function isFirstTry({ status, freshAt }: FleetHost): boolean {
  const reaching = status.state === 'connecting' || status.state === 'authenticating';
  return reaching && status.attempt === 1 && freshAt === null;
}

/**
 * What the filter finds. It looks again when what it lists comes or goes, or is typed anew, and not at every load: what
 * it looks at hardly changes under a filter, and a row must not vanish under the hand.
 */
export function useFound(filter: Filter): Found {
  const hosts = useHosts();
  const appKeys = useAppKeys();
  const troubled = useFleet((state) => state.troubled);
  const questions = useQuestions();
  return useMemo(() => {
    const asks = (host: FleetHost) => questionOf(questions, host) !== null;
    const unseen = hosts.filter((host) => !isSeen(host) && (!isFirstTry(host) || asks(host)));
    if (isEmpty(filter)) return { hosts: unseen.map(({ id }) => id), troubled, apps: appKeys };
    const { apps, containers } = fleetStore.getState();
    const labels = new Map(hosts.map(({ id, label }) => [id, label]));
    return {
      hosts: unseen.filter((host) => matchesHost(filter, host)).map(({ id }) => id),
      troubled: troubled.filter((key) => {
        const container = containers.get(key);
        return container !== undefined && matchesContainer(filter, container, labels.get(container.hostId) ?? '');
      }),
      apps: appKeys.filter((key) => {
        const app = apps.get(key);
        return app !== undefined && matchesApp(filter, app, labels.get(app.hostId) ?? '');
      }),
    };
  }, [filter, hosts, appKeys, troubled, questions]);
}
