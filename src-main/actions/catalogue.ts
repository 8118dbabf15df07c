import type { ActionName, ContainerAction, EngineChange, LockedAction } from '#contract/actions.ts';
import type { ContainerState } from '#contract/fleet.ts';

export interface CatalogueEntry {
  readonly effect: 'change' | 'destroy';
  /** What is asked of the engine, for each container. */
  readonly what: EngineChange;
  /** As a title begins. */
  readonly verb: string;
  /** What a protected container must be unlocked for; null: nothing is at risk, or it is left out. */
  readonly locked: LockedAction | null;
}

/** All that can be done. What is not in it does not exist: no window can name an engine request. */
export const CATALOGUE: Readonly<Record<ActionName, CatalogueEntry>> = {
  'container.start': { effect: 'change', what: 'start', verb: 'Start', locked: null },
  'container.stop': { effect: 'change', what: 'stop', verb: 'Stop', locked: 'container.stop' },
  'container.restart': { effect: 'change', what: 'restart', verb: 'Restart', locked: 'container.restart' },
  'app.restart': { effect: 'change', what: 'restart', verb: 'Restart', locked: null },
};

/** Why there is nothing to do; the name of the container goes before it. */
interface Refusal {
  readonly message: string;
  readonly hint: string;
}

const removing: Refusal = { message: 'is being removed', hint: 'What comes after it can be acted upon.' };
const unclear: Refusal = {
  message: 'is in a state that is not known',
  hint: 'Look at it on its host.',
};
/** `docker start` of one fails: an engine marks what it could not remove, and never runs it again. */
const dead: Refusal = { message: 'is dead: its engine cannot run it again', hint: 'Remove it by hand.' };

const REFUSALS: Readonly<Record<EngineChange, Partial<Readonly<Record<ContainerState, Refusal>>>>> = {
  start: {
    running: { message: 'runs already', hint: 'Restart it if that is what you want.' },
    restarting: { message: 'is being started by its engine already', hint: 'Its logs say why it ends.' },
    paused: { message: 'is paused, not stopped', hint: 'Restart it, or let it go on by hand: docker unpause.' },
    removing,
    dead,
    missing: unclear,
    unknown: unclear,
  },
  stop: {
    created: { message: 'was never started', hint: 'There is nothing to stop.' },
    exited: { message: 'is stopped already', hint: 'There is nothing to stop.' },
    dead: { message: 'does not run: it is dead', hint: 'There is nothing to stop.' },
    removing,
    missing: unclear,
    unknown: unclear,
  },
  // One that has ended is restarted too: a container in a loop is between two runs at any time.
  restart: {
    created: { message: 'was never started', hint: 'Start it.' },
    removing,
    dead,
    missing: unclear,
    unknown: unclear,
  },
};

/** Why an action does nothing to a container in this state; null: it does something. */
export function refusalOf(action: ContainerAction, state: ContainerState): Refusal | null {
  return REFUSALS[CATALOGUE[action].what][state] ?? null;
}

/** An app's restart is about what runs; what the operator stopped or paused stays so. */
export function isRunning(state: ContainerState): boolean {
  return state === 'running' || state === 'restarting';
}
