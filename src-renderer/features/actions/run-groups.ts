import type { RunStep } from '#contract/actions.ts';

export type StepState = RunStep['state'];

/** The steps of one of a run's containers, in their order. */
export interface StepGroup {
  readonly containerId: string;
  /** `skipped` where any of it was left out: the words tell whether all of it was. */
  readonly state: StepState;
  readonly steps: readonly RunStep[];
}

/** A run's steps by container, in the order in which it comes to them. */
export function groupSteps(steps: readonly RunStep[]): readonly StepGroup[] {
  const groups = Map.groupBy(steps, ({ containerId }) => containerId);
  return [...groups].map(([containerId, own]) => ({ containerId, state: stateOf(own), steps: own }));
}

/** The worst comes first; what is between two of its steps is under way. */
function stateOf(steps: readonly RunStep[]): StepState {
  const has = (state: StepState) => steps.some((step) => step.state === state);
  if (has('failed')) return 'failed';
  if (has('unknown')) return 'unknown';
  if (has('running')) return 'running';
  if (has('skipped')) return 'skipped';
  if (!has('done')) return 'waiting';
  return has('waiting') ? 'running' : 'done';
}

/** Begun, and then left. */
export function isCutShort({ state, steps }: StepGroup): boolean {
  return state === 'skipped' && steps.some((step) => step.state === 'done');
}

/** How many containers are done with, of how many. null: it is about one alone. */
export function progressOf(steps: readonly RunStep[]): { readonly done: number; readonly of: number } | null {
  const groups = groupSteps(steps);
  return groups.length < 2 ? null : { done: groups.filter(({ state }) => state === 'done').length, of: groups.length };
}

/** Containers in a row that stand alike: one line, where there are many of them. */
export interface Stretch {
  readonly state: StepState;
  readonly groups: readonly StepGroup[];
  readonly folded: boolean;
}

/** So few are read faster than they are opened. */
const SHOWN_ALIKE = 4;

/** What has to be read stays; many that are done with, wait, or were left out are folded. */
export function stretches(groups: readonly StepGroup[]): readonly Stretch[] {
  const found: StepGroup[][] = [];
  for (const group of groups) {
    const last = found.at(-1);
    const alike = last?.[0];
    if (last !== undefined && alike?.state === group.state && !isCutShort(alike) && !isCutShort(group))
      last.push(group);
    else found.push([group]);
  }
  return found.map((alike) => {
    const state = alike[0]?.state ?? 'waiting';
    const calm = state === 'done' || state === 'waiting' || state === 'skipped';
    return { state, groups: alike, folded: calm && alike.length > SHOWN_ALIKE };
  });
}

/** Milliseconds from its first step's beginning to its last one's end; null where that is not known. */
export function groupMs({ steps }: StepGroup): number | null {
  const from = steps.find(({ startedAt }) => startedAt !== null)?.startedAt ?? null;
  const to = steps.findLast(({ endedAt }) => endedAt !== null)?.endedAt ?? null;
  return from === null || to === null ? null : Date.parse(to) - Date.parse(from);
}
