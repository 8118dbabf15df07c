import type { ActionRequest } from '#contract/actions.ts';
import { containerOf } from '../../store/act.ts';
import type { FleetState } from '../../store/fleet-state.ts';
import { ACTION_WORDS } from '../../store/run-words.ts';

/** `Restart shop / api on atlas`, as the core would say it; known before its plan is. */
export function titleOf(request: ActionRequest, fleet: Pick<FleetState, 'hosts' | 'containers'>): string {
  const host = fleet.hosts.find(({ id }) => id === request.hostId);
  return `${ACTION_WORDS[request.action].verb} ${subjectOf(request, fleet)}${host === undefined ? '' : ` on ${host.label}`}`;
}

function subjectOf(request: ActionRequest, fleet: Pick<FleetState, 'containers'>): string {
  if (request.action === 'app.restart') return request.app;
  const container = containerOf(fleet, request);
  if (container === null) return 'a container';
  const { app, service } = container;
  return app === service ? app : `${app} / ${service}`;
}
