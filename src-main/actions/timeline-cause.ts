import type { EngineChange, Run } from '#contract/actions.ts';
import type { EngineEvent } from '../engine/model.ts';
import { plainAction } from '../fleet/event-facts.ts';
import { limits } from '../kernel/limits.ts';

/** What engines tell of each change, Docker and Podman together. */
const CAUSES: Readonly<Record<EngineChange, ReadonlySet<string>>> = {
  start: new Set(['start']),
  stop: new Set(['kill', 'die', 'stop']),
  restart: new Set(['kill', 'die', 'stop', 'start', 'restart']),
};

/**
 * The run of ours that was doing such a thing to the container of `event` when it happened; null: none was. A run acts
 * upon a container from the start of the first of its steps to the end of the last, give or take what the engine's clock
 * may be out; what ended unknown may have gone on for its grace.
 * @param at milliseconds of this machine's clock
 */
export function runBehind(event: EngineEvent, at: number, runs: readonly Run[]): string | null {
  const action = plainAction(event);
  const behind = runs.findLast((run) => {
    if (!run.containerIds.includes(event.id) || !CAUSES[changeOf(run)].has(action)) return false;
    const window = windowOf(run, event.id);
    return window !== null && at >= window.from && at <= window.to;
  });
  return behind?.id ?? null;
}

function changeOf({ action }: Run): EngineChange {
  switch (action) {
    case 'container.start':
      return 'start';
    case 'container.stop':
      return 'stop';
    case 'container.restart':
    case 'app.restart':
      return 'restart';
  }
}

function windowOf(run: Run, containerId: string): { readonly from: number; readonly to: number } | null {
  const slop = limits.actions.timelineSlopMs;
  const steps = run.steps.filter((step) => step.containerId === containerId && step.startedAt !== null);
  if (steps.length === 0) return null;
  const from = Math.min(...steps.map(({ startedAt }) => Date.parse(startedAt ?? ''))) - slop;
  const ends = steps.map(({ state, endedAt }) => {
    if (endedAt === null) return Number.POSITIVE_INFINITY;
    const goesOnMs = state === 'unknown' ? limits.actions.databaseGraceSeconds * 1_000 : 0;
    return Date.parse(endedAt) + goesOnMs + slop;
  });
  return { from, to: Math.max(...ends) };
}
