import type { ContainerAction, EngineChange, Run, Unlock } from '#contract/actions.ts';
import type { ContainerState, HostState, Protection } from '#contract/fleet.ts';
import type { JournalStatus } from '#contract/journal.ts';
import type { FleetContainer, FleetHost } from '#contract/updates.ts';
import type { AppView } from './fleet-state.ts';

/**
 * Whether something can be done now, as far as a window can tell; the core judges it again, and has the last word. `why`
 * is a sentence for the operator.
 */
export type Availability =
  | { readonly state: 'allowed'; readonly why: null }
  /** After an unlock with a reason. */
  | { readonly state: 'protected'; readonly why: string }
  /** After changes are allowed on its host. */
  | { readonly state: 'observing'; readonly why: string }
  /** A run acts upon it; null: which one is not told (yet). */
  | { readonly state: 'busy'; readonly why: string; readonly run: string | null }
  /** Something in front of the engine refused it before. */
  | { readonly state: 'policy'; readonly why: string }
  /** There is nothing to do. */
  | { readonly state: 'not-applicable'; readonly why: string }
  /** It, its host or the core is not seen now. */
  | { readonly state: 'unknown'; readonly why: string }
  /** The journal cannot be written, and without it nothing is changed. */
  | { readonly state: 'journal'; readonly why: string };

/** What it depends on, beside what is to be acted upon. */
export interface Surroundings {
  readonly connected: boolean;
  /** null: its host was removed. */
  readonly host: FleetHost | null;
  readonly runs: readonly Run[];
  readonly unlocks: readonly Unlock[];
  /** null before the first snapshot. */
  readonly journal: JournalStatus | null;
}

const ALLOWED: Availability = { state: 'allowed', why: null };

/** Of an action on one container; the first thing that stands in its way, in the order in which it can be put right. */
export function containerAvailability(
  container: FleetContainer,
  action: ContainerAction,
  around: Surroundings,
): Availability {
  const { id, hostId, state, planned } = container;
  const idle = id === '' ? 'It is missing: there is nothing to act upon.' : NOTHING_TO_DO[changeOf(action)][state];
  const run = around.runs.find((one) => isRunning(one) && one.hostId === hostId && one.containerIds.includes(id));
  return (
    notSeen(around) ??
    (run === undefined ? null : busy(run)) ??
    (planned === null ? null : ({ state: 'busy', why: `It is ${BEING[planned]}.`, run: null } as const)) ??
    (idle === undefined ? null : ({ state: 'not-applicable', why: idle } as const)) ??
    notToBeChanged(around, changeOf(action)) ??
    (isLocked(container, action, around.unlocks)
      ? { state: 'protected', why: `${protectionWhy(container.protection)} Unlock it first, with a reason.` }
      : ALLOWED)
  );
}

/** Of a restart of an app, which leaves out what is protected and what does not run. */
export function appAvailability(app: AppView, around: Surroundings): Availability {
  const run = around.runs.find((one) => isRunning(one) && one.hostId === app.hostId && one.app === app.name);
  const up = app.containers.filter(runs);
  const idle =
    up.length === 0
      ? 'Nothing of it runs.'
      : up.every((one) => one.protected)
        ? 'All of it that runs is protected: restart its containers one by one.'
        : null;
  return (
    notSeen(around) ??
    (run === undefined ? null : busy(run)) ??
    (idle === null ? null : ({ state: 'not-applicable', why: idle } as const)) ??
    notToBeChanged(around, 'restart') ??
    ALLOWED
  );
}

/** The unlock that lets `action` be done to a container; null: there is none. */
function unlockFor(
  { id, hostId }: Pick<FleetContainer, 'id' | 'hostId'>,
  action: ContainerAction,
  unlocks: readonly Unlock[],
): Unlock | null {
  return unlocks.find((one) => one.hostId === hostId && one.containerId === id && one.action === action) ?? null;
}

/** Why a container is protected, as a sentence. */
export function protectionWhy(protection: Protection | null): string {
  switch (protection) {
    case 'database':
      return 'It is recognised as a database.';
    case 'label':
      return 'Its label binnacle.protect=true protects it.';
    default:
      return 'You protect it.';
  }
}

/** What is asked of the engine. */
function changeOf(action: ContainerAction): EngineChange {
  switch (action) {
    case 'container.start':
      return 'start';
    case 'container.stop':
      return 'stop';
    case 'container.restart':
      return 'restart';
  }
}

/** It runs, or is about to again: it can be stopped and restarted, and not started. */
export function isUp({ state }: Pick<FleetContainer, 'state'>): boolean {
  return NOTHING_TO_DO.stop[state] === undefined;
}

/** What an app's restart is about: what the operator stopped or paused stays so. */
export function runs({ state }: Pick<FleetContainer, 'state'>): boolean {
  return state === 'running' || state === 'restarting';
}

/** Starting puts no data at risk. */
function isLocked(container: FleetContainer, action: ContainerAction, unlocks: readonly Unlock[]): boolean {
  return container.protected && action !== 'container.start' && unlockFor(container, action, unlocks) === null;
}

function isRunning({ state }: Run): boolean {
  return state === 'running';
}

function busy({ id, title }: Run): Availability {
  return { state: 'busy', why: `“${title}” is under way.`, run: id };
}

function notSeen({ connected, host }: Surroundings): Availability | null {
  if (!connected) return { state: 'unknown', why: 'This window is not connected to Binnacle’s core.' };
  if (host === null) return { state: 'unknown', why: 'Its host was removed.' };
  const why = NOT_LIVE[host.status.state];
  if (why !== null) return { state: 'unknown', why: `${host.label} ${why}` };
  return null;
}

function notToBeChanged({ host, journal }: Surroundings, change: EngineChange): Availability | null {
  if (journal?.state === 'broken') {
    return {
      state: 'journal',
      why: 'The journal is not what was written: nothing is changed until that is looked at.',
    };
  }
  if (journal?.state === 'unusable') {
    return { state: 'journal', why: 'The journal cannot be written: nothing is changed without it.' };
  }
  if (host?.mode === 'observe') {
    return { state: 'observing', why: `${host.label} is only observed: allow changes on it first.` };
  }
  if (host?.denied.includes(change) === true) {
    return { state: 'policy', why: `Something in front of ${host.label}’s engine refuses to ${change} containers.` };
  }
  return null;
}

/** Why nothing can be done on a host in that state, after its name; null: it is seen now. */
const NOT_LIVE: Readonly<Record<HostState['state'], string | null>> = {
  live: null,
  connecting: 'is being connected: wait until it is reached.',
  authenticating: 'is being logged in to: wait until it is reached.',
  asking: 'waits for you to answer what it asks.',
  stale: 'has not been heard from since this machine slept or changed its network: it is being asked.',
  degraded: 'is reached, but its engine cannot be used now.',
  offline: 'cannot be reached now.',
  blocked: 'cannot be reached before you have put right what keeps Binnacle out.',
};

const BEING = { starting: 'being started', stopping: 'being stopped', restarting: 'being restarted' } as const;

type Reasons = Readonly<Partial<Record<ContainerState, string>>>;

const NOT_ACTED_UPON: Reasons = {
  dead: 'It is dead: it can only be removed and created anew.',
  removing: 'It is being removed.',
  missing: 'It is missing: there is nothing to act upon.',
  unknown: 'Its state is not known.',
};
const NOT_RUNNING = 'It is not running.';
const RUNNING = 'It is running already.';

/** Why a change of a container in that state would do nothing; undefined: it would do something. */
const NOTHING_TO_DO: Readonly<Record<EngineChange, Reasons>> = {
  start: {
    ...NOT_ACTED_UPON,
    running: RUNNING,
    restarting: 'It is being started over and over.',
    paused: 'It is paused.',
  },
  stop: { ...NOT_ACTED_UPON, created: NOT_RUNNING, exited: NOT_RUNNING },
  // One that has ended can be restarted too: a container in a loop is between two runs at any time.
  restart: { ...NOT_ACTED_UPON, created: 'It was never started.' },
};
