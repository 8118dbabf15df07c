import type { ActionRequest, ContainerAction } from '#contract/actions.ts';
import type { FleetContainer } from '#contract/updates.ts';
import { type Availability, appAvailability, containerAvailability, type Surroundings } from './availability.ts';
import { connectionStore } from './connection-store.ts';
import { type AppView, appKey, type FleetState } from './fleet-state.ts';
import { fleetStore } from './fleet-store.ts';
import { type LockedRequest, type Sheet, uiStore } from './ui-store.ts';

/** As the page knows it now. null: what it is about is gone. */
function availabilityOf(request: ActionRequest, state: FleetState, connected: boolean): Availability | null {
  const around = surroundingsOf(state, request.hostId, connected);
  if (request.action === 'app.restart') {
    const app = state.apps.get(appKey(request.hostId, request.app));
    return app === undefined ? null : appAvailability(app, around);
  }
  const container = containerOf(state, request);
  return container === null ? null : containerAvailability(container, request.action, around);
}

function surroundingsOf(state: FleetState, hostId: string, connected: boolean): Surroundings {
  const { hosts, runs, unlocks, journal } = state;
  return { connected, host: hosts.find(({ id }) => id === hostId) ?? null, runs, unlocks, journal };
}

export function containerOf(
  { containers }: Pick<FleetState, 'containers'>,
  { hostId, containerId }: { readonly hostId: string; readonly containerId: string },
): FleetContainer | null {
  for (const one of containers.values()) if (one.id === containerId && one.hostId === hostId) return one;
  return null;
}

export function containerRequest({ hostId, id }: FleetContainer, action: ContainerAction): ActionRequest {
  return { action, hostId, containerId: id };
}

export function appRequest({ hostId, name }: Pick<AppView, 'hostId' | 'name'>): ActionRequest {
  return { action: 'app.restart', hostId, app: name };
}

/**
 * What a click on an action does: opens its plan, or what has to be done before there can be one. Where nothing can be
 * done it says why.
 * @param open over what is there, unless another way is given
 */
export function act(request: ActionRequest, open: (sheet: Sheet) => void = uiStore.getState().openSheet): void {
  const connected = connectionStore.getState().connection.state === 'connected';
  const found = availabilityOf(request, fleetStore.getState(), connected);
  const { say } = uiStore.getState();
  if (found === null) say('It is gone: there is nothing to act upon any more.');
  else if (found.state === 'allowed') open({ kind: 'plan', request });
  else if (found.state === 'observing') open({ kind: 'allow', hostId: request.hostId, wanted: request });
  else if (found.state === 'protected' && isLockable(request)) open({ kind: 'unlock', request });
  else if (found.state === 'busy') open(found.run === null ? { kind: 'runs' } : { kind: 'runs', run: found.run });
  else if (found.state === 'journal') say(found.why, { label: 'Open the journal', goes: { route: 'journal' } });
  else say(found.why);
}

/** One that a protected container needs an unlock for. */
export function isLockable(request: ActionRequest): request is LockedRequest {
  return request.action === 'container.stop' || request.action === 'container.restart';
}
