import type { ContainerState } from '#contract/fleet.ts';
import type { ContainerDetail, EngineEvent } from '../engine/model.ts';
import type { ContainerFacts, HistoryEntry } from './model.ts';

/** A container as all that had been heard of it explains it. */
export interface Explained {
  /** null: it was not there. */
  readonly facts: ContainerFacts | null;
  /** Milliseconds of the engine's clock: what was known then. */
  readonly at: number;
}

/** How often it was heard to start and to end since. Its history forgets; a crash loop ends far more often than that. */
export interface HeardRuns {
  readonly starts: number;
  readonly ends: number;
}

interface FoundContext {
  readonly heard: HeardRuns;
  /** When it was found to be so, milliseconds of the engine's clock: dates what the engine notes no time of. */
  readonly foundAt: number;
  /** Nothing that ran on the host before has gone on running: its engine, or the host, was started anew. */
  readonly engineRestarted: boolean;
}

/** How long after what an inspect tells the engine may date the event of the same thing, in milliseconds. */
export const EVENT_SLACK_MS = 2_000;
/** And how long before: an engine notes first and tells then, but its clock may be set between. */
export const EVENT_EARLY_MS = 50;
/** The engine's clock is known within about a second. */
export const CLOCK_SLACK_MS = 1_000;

/**
 * What must have happened to a container between `before` and `now` that none of its events tells, in the form of events
 * and oldest first; what came and went in between is not known. `attributes` has, where they are known, `exitCode`,
 * `restarts` (how often its restart policy started it), and `by`: `somebody` or the `engine`.
 */
export function rebuiltEvents(before: Explained, now: ContainerFacts, context: FoundContext): EngineEvent[] {
  const events = before.facts === null ? created(now) : [];
  const { detail } = now;
  if (detail === null) events.push(...byList(before, now, context));
  else if (before.facts === null || before.facts.detail !== null)
    events.push(...byInspect(before, now, detail, context));
  return events;
}

/** What is gone although nothing was heard of it. */
export function rebuiltRemoval(id: string, foundAt: number): EngineEvent {
  return rebuilt(id, 'destroy', foundAt, {});
}

function created(now: ContainerFacts): EngineEvent[] {
  if (now.history.some(({ action }) => action === 'create')) return [];
  return [rebuilt(now.id, 'create', (now.detail ?? now.summary).createdAt, {})];
}

/** All that is known of one that may not be inspected: its state has changed. */
function byList({ facts }: Explained, now: ContainerFacts, { foundAt, heard }: FoundContext): EngineEvent[] {
  const wasUp = facts !== null && isUp(facts.state);
  if (wasUp && hasEnded(now.state) && heard.ends === 0) {
    return [rebuilt(now.id, 'die', foundAt, exitCodeOf(now.exitCode))];
  }
  if (!wasUp && isUp(now.state) && heard.starts === 0) return [rebuilt(now.id, 'start', foundAt, {})];
  return [];
}

function byInspect(
  { facts, at }: Explained,
  now: ContainerFacts,
  detail: ContainerDetail,
  { engineRestarted, heard }: FoundContext,
): EngineEvent[] {
  const { id, history } = now;
  const was = facts?.detail ?? null;
  const { startedAt, finishedAt } = detail;
  const wasHeard = (action: HistoryEntry['action'], when: number) =>
    history.some((entry) => entry.action === action && isEventOf(entry.at, when));
  const isNew = (when: number | null, known: number | null | undefined): when is number =>
    when !== null && when > (known ?? Number.NEGATIVE_INFINITY);
  const by = engineRestarted ? 'engine' : 'somebody';
  const events: EngineEvent[] = [];

  const startIsNews = isNew(startedAt, was?.startedAt) && !wasHeard('start', startedAt);
  const restarts = unheardRestarts(was, detail, heard, startIsNews);
  if (restarts > 0) {
    // Those that were heard of come after them; what was not up was first started by somebody.
    const first = history.find(
      ({ action, at: when }) => when > at && (action === 'die' || (action === 'start' && wasUp(was))),
    );
    const last = startIsNews || first === undefined ? (startedAt ?? at) : first.at - 1;
    events.push(rebuilt(id, 'start', last, { by: 'engine', restarts: String(restarts) }));
  } else if (startIsNews) {
    const endedBetween =
      was !== null && isUp(was.state) && isNew(finishedAt, was.startedAt) && finishedAt <= startedAt
        ? finishedAt
        : null;
    if (endedBetween === null || wasHeard('die', endedBetween)) {
      events.push(rebuilt(id, 'start', startedAt, { by }));
    } else if (startedAt - endedBetween <= EVENT_SLACK_MS) {
      events.push(rebuilt(id, 'restart', startedAt, { by }));
    } else {
      // How it ended is not kept once it runs again.
      events.push(rebuilt(id, 'die', endedBetween, {}), rebuilt(id, 'start', startedAt, { by }));
    }
  }

  if (hasEnded(detail.state) && isNew(finishedAt, was?.finishedAt) && !wasHeard('die', finishedAt)) {
    // It ends of that: this is told first.
    const oomHeard = history.some(
      (entry) => entry.action === 'oom' && Math.abs(entry.at - finishedAt) <= EVENT_SLACK_MS,
    );
    if (detail.oomKilled && !oomHeard) events.push(rebuilt(id, 'oom', finishedAt, {}));
    const asked = isKeptUp(detail) ? { by: 'somebody' } : {};
    events.push(rebuilt(id, 'die', finishedAt, { ...exitCodeOf(detail.exitCode), ...asked }, 1));
  }
  return events;
}

/** Whether an event of that kind, dated `at`, tells of what an inspect dates `when`, and not of an earlier one. */
export function isEventOf(at: number, when: number): boolean {
  return at >= when - EVENT_EARLY_MS && at <= when + EVENT_SLACK_MS;
}

/** How often the restart policy started it of which no event tells. A count that fell began anew with a start by hand. */
function unheardRestarts(
  was: ContainerDetail | null,
  now: ContainerDetail,
  { starts, ends }: HeardRuns,
  startIsNews: boolean,
): number {
  const before = was?.restartCount ?? 0;
  const rise = now.restartCount >= before ? now.restartCount - before : now.restartCount;
  // Neither the first start of what was not up nor an end that lasts is one of the policy's; but it counts a restart that
  // it only waited with, too, when somebody stopped that.
  const lasting = hasEnded(now.state) && startIsNews ? 1 : 0;
  const heard = Math.max(starts - (wasUp(was) ? 0 : 1), ends - lasting, 0);
  return Math.max(0, rise - heard);
}

function wasUp(was: ContainerDetail | null): boolean {
  return was !== null && isUp(was.state);
}

/** Its engine would have started it again: somebody stopped it (DESIGN, verdicts). */
function isKeptUp({ restartPolicy, state }: ContainerDetail): boolean {
  return state === 'exited' && (restartPolicy.name === 'always' || restartPolicy.name === 'unless-stopped');
}

export function isUp(state: ContainerState): boolean {
  return state === 'running' || state === 'paused' || state === 'restarting';
}

function hasEnded(state: ContainerState): boolean {
  return state === 'exited' || state === 'dead';
}

function exitCodeOf(exitCode: number | null): Readonly<Record<string, string>> {
  return exitCode === null ? {} : { exitCode: String(exitCode) };
}

/** @param order among what has the same time */
function rebuilt(
  id: string,
  action: string,
  at: number,
  attributes: Readonly<Record<string, string>>,
  order = 0,
): EngineEvent {
  const ms = Math.max(0, Math.trunc(at));
  return { type: 'container', action, id, at: ms, timeNano: `${ms}${String(order).padStart(6, '0')}`, attributes };
}
