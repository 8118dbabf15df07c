import type { HistoryEntry, RestartCountSeen } from './model.ts';
import { type PlannedTime, wasPlanned } from './planned.ts';

/** Restarts counted over the window, and the time from the first to the last of what was counted. */
export interface RestartEvidence {
  readonly times: number;
  readonly spanMs: number;
}

export interface RestartWindow {
  /** Milliseconds of the engine's clock. */
  readonly engineNow: number;
  readonly windowMs: number;
  /** Endings that somebody asked for count as well, unless it was a run of ours. */
  readonly countAsked: boolean;
  /** When runs of ours acted upon the container. */
  readonly planned: readonly PlannedTime[];
}

export interface Death {
  readonly exitCode: number | null;
  readonly outOfMemory: boolean;
  /** Somebody stopped or killed it: the engine will not start it again by itself. */
  readonly asked: boolean;
}

const NONE: RestartEvidence = { times: 0, spanMs: 0 };

/**
 * How often a container has restarted by itself within `windowMs`: start/die pairs in its events, or the rise of its
 * RestartCount, whichever is more. A `create` begins anew. So does a `stop` or `kill`: an ending that somebody asked
 * for is no restart loop, and three `docker restart` in a row raise no alarm.
 *
 * But for a container that does not pass its health check. Tools that restart what is unhealthy (autoheal and its like)
 * ask by `stop` or `restart` as an operator does, and between two of their restarts the container is `starting`, which
 * would hide the loop for nearly all of the time. So `countAsked`, which holds while a running container's check is
 * `starting` or `unhealthy`, counts endings that were asked for as any other. Who restarts one three times by hand is
 * told so until its first check passes. Where there is no health check, nothing tells a tool from an operator: it is
 * taken for an operator. A run of ours is known to be one: what is asked for while it acts begins the count anew always.
 */
export function restartEvidence(
  history: readonly HistoryEntry[],
  counts: readonly RestartCountSeen[],
  { engineNow, windowMs, countAsked, planned }: RestartWindow,
): RestartEvidence {
  const told = countAsked ? history.filter((entry) => !isAsking(entry) || wasPlanned(planned, entry.at)) : history;
  const pairs = startDiePairs(told, engineNow - windowMs);
  const rise = countRise(history, counts, engineNow - windowMs);
  return pairs.times >= rise.times ? pairs : rise;
}

function isAsking({ action }: HistoryEntry): boolean {
  return action === 'stop' || action === 'kill';
}

function startDiePairs(history: readonly HistoryEntry[], from: number): RestartEvidence {
  let starts = 0;
  let dies = 0;
  let asked = false;
  let first: number | null = null;
  let last = 0;
  for (const { action, at } of history) {
    if (action === 'oom') continue;
    if (action === 'start' || action === 'die') {
      const counted = at >= from && !(action === 'die' && asked);
      if (action === 'start') asked = false;
      if (!counted) continue;
      if (action === 'start') starts += 1;
      else dies += 1;
      first ??= at;
      last = at;
    } else {
      asked = action !== 'create';
      starts = 0;
      dies = 0;
      first = null;
    }
  }
  const times = Math.min(starts, dies);
  return times === 0 || first === null ? NONE : { times, spanMs: last - first };
}

function countRise(
  history: readonly HistoryEntry[],
  counts: readonly RestartCountSeen[],
  from: number,
): RestartEvidence {
  const latest = counts.at(-1);
  if (latest === undefined) return NONE;
  // What rose before somebody stepped in is over.
  const askedAt = history.findLast(isAsking)?.at ?? Number.NEGATIVE_INFINITY;
  if (latest.from <= askedAt) return NONE;
  let base = latest;
  for (let index = counts.length - 2; index >= 0; index -= 1) {
    const seen = counts[index] as RestartCountSeen;
    // A fall is a start by hand, which sets it to 0. What was last seen before the window says nothing of the window.
    if (seen.count > base.count || seen.to < from) break;
    base = seen;
  }
  return base === latest ? NONE : { times: latest.count - base.count, spanMs: latest.from - base.to };
}

/** How the container's last run that ended within its history ended; null where none did. */
export function lastDeath(history: readonly HistoryEntry[]): Death | null {
  const index = history.findLastIndex(({ action }) => action === 'die');
  if (index < 0) return null;
  const { exitCode } = history[index] as HistoryEntry;
  let outOfMemory = false;
  let asked = false;
  for (let before = index - 1; before >= 0; before -= 1) {
    const { action } = history[before] as HistoryEntry;
    if (action === 'start' || action === 'create' || action === 'die') break;
    if (action === 'oom') outOfMemory = true;
    else asked = true;
  }
  for (const { action } of history.slice(index + 1)) {
    if (action === 'start') break;
    if (action === 'stop') asked = true;
  }
  return { exitCode, outOfMemory, asked };
}

/** The last time a process of the container was killed for want of memory; null where none was. */
export function lastOutOfMemory(
  history: readonly HistoryEntry[],
): { readonly at: number; readonly diedOfIt: boolean } | null {
  const index = history.findLastIndex(({ action }) => action === 'oom');
  if (index < 0) return null;
  return {
    at: (history[index] as HistoryEntry).at,
    diedOfIt: history.slice(index + 1).some(({ action }) => action === 'die'),
  };
}
