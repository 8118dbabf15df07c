import type { ContainerState } from '#contract/fleet.ts';
import type { ContainerFacts } from './model.ts';
import type { PlannedTime } from './planned.ts';
import { type Death, lastDeath, lastOutOfMemory, restartEvidence } from './restart-evidence.ts';
import { RESTART_WINDOW_MS, type VerdictEvidence } from './verdict.ts';

export interface EvidenceContext {
  readonly oneOff: boolean;
  /** Milliseconds of the engine's clock. */
  readonly engineNow: number;
  /** As sampled lately; null where it was not. */
  readonly memoryBytes: number | null;
  /** When runs of ours acted upon it. */
  readonly planned: readonly PlannedTime[];
}

/**
 * What the verdict on a container is founded on. What only an inspect tells is assumed meanwhile from its last one and
 * from events: an `oom` before the `die` for OOMKilled, the last known restart policy for what comes next.
 */
export function evidenceOf(
  facts: ContainerFacts,
  { oneOff, engineNow, memoryBytes, planned }: EvidenceContext,
): VerdictEvidence {
  const { detail, history, stamps, health, exitCode } = facts;
  const death = lastDeath(history);
  const state = stateAfter(facts, death);
  const failsCheck = state === 'running' && (health === 'starting' || health === 'unhealthy');
  const ended = state === 'exited' || state === 'restarting';
  // An inspect of this very state decides; an older one knows nothing of this end.
  const oomKilled = stamps.state.from === 'inspect' ? (detail?.oomKilled ?? false) : (death?.outOfMemory ?? false);
  return {
    state,
    exitCode: exitCode ?? (state === 'running' ? (death?.exitCode ?? null) : null),
    health,
    healthOutput: detail?.healthOutput ?? null,
    error: detail?.error ?? null,
    oomKilled: ended && oomKilled,
    restartPolicy: detail?.restartPolicy.name ?? null,
    oneOff,
    createdAt: facts.summary.createdAt,
    removingSince: facts.removingSince,
    memoryBytes,
    memoryLimitBytes: detail?.memoryLimitBytes ?? null,
    restarts: restartEvidence(history, facts.restartCounts, {
      engineNow,
      windowMs: RESTART_WINDOW_MS,
      countAsked: failsCheck,
      planned,
    }),
    lastDeath: death,
    outOfMemory: lastOutOfMemory(history),
  };
}

/** The state it is shown in. */
export function shownState(facts: ContainerFacts): ContainerState {
  return stateAfter(facts, lastDeath(facts.history));
}

/**
 * A container that has just died and will be started again by its restart policy is `restarting`, as the engine itself
 * calls it, not `exited`: else every crash would pass for a moment as somebody's stop.
 */
function stateAfter({ state, exitCode, stamps, detail }: ContainerFacts, death: Death | null): ContainerState {
  if (state !== 'exited' || stamps.state.from !== 'event' || detail === null || death?.asked) return state;
  const { name, maximumRetries } = detail.restartPolicy;
  if (name === 'always' || name === 'unless-stopped') return 'restarting';
  const failed = exitCode !== 0 && (maximumRetries === 0 || detail.restartCount < maximumRetries);
  return name === 'on-failure' && failed ? 'restarting' : state;
}

/** True while an inspect may still change the verdict: it has not been read, or something has happened since. */
export function isProvisional({ detail, stamps, health }: ContainerFacts): boolean {
  if (detail === null || stamps.state.from !== 'inspect') return true;
  return stamps.health.from !== 'inspect' && health !== detail.health;
}
