import type { SeenState } from '../audit/records.ts';
import type { ContainerDetail, EngineEvent } from '../engine/model.ts';
import type { PlannedChange } from './model.ts';
import { afterTime } from './run-words.ts';

/**
 * What has been seen of one change since it was sent. Immutable; times are this machine's monotonic milliseconds, and a
 * look counts from when it was asked for.
 */
export interface Progress {
  readonly change: PlannedChange;
  /** Whether it had a process before, and when the engine had started that: tells it from the next. */
  readonly before: { readonly running: boolean; readonly process: string | null };
  readonly sentAt: number;
  readonly answer: { readonly kind: 'done' | 'already'; readonly at: number } | null;
  /** Of the process that was there before. */
  readonly ending: { readonly exitCode: number | null; readonly afterMs: number } | null;
  /** When a new process was first known of. */
  readonly startedAt: number | null;
  /** Of any process since it was sent. */
  readonly lastExit: number | null;
  /** The newest look that was asked for after the engine's answer. */
  readonly seen: { readonly detail: ContainerDetail | 'gone'; readonly at: number } | null;
  /** Since when looks have found the same process running. */
  readonly upSince: number | null;
  /** Processes begun since the answer that have ended, by when the engine started them. */
  readonly ended: ReadonlySet<string>;
  readonly firstRestartCount: number | null;
  /** Looks in succession that found it exited: an engine may be about to start it again. */
  readonly exitedLooks: number;
}

export function sent(change: PlannedChange, before: SeenState | undefined, at: number): Progress {
  return {
    change,
    before: { running: before !== undefined && isUp(before.state), process: before?.startedAt ?? null },
    sentAt: at,
    answer: null,
    ending: null,
    startedAt: null,
    lastExit: null,
    seen: null,
    upSince: null,
    ended: new Set(),
    firstRestartCount: null,
    exitedLooks: 0,
  };
}

/** With an event about its container. Events only show how far it is: how it ended is what looks say. */
export function afterHearing(progress: Progress, event: EngineEvent, at: number): Progress {
  const { change, ending, sentAt } = progress;
  if (event.action === 'start' && change.what !== 'stop') return { ...progress, startedAt: progress.startedAt ?? at };
  if (event.action !== 'die') return progress;
  const exitCode = exitCodeOf(event);
  const heard = { ...progress, lastExit: exitCode ?? progress.lastExit };
  const isOfOld = change.what !== 'start' && ending === null && !isOfNewProcess(progress, event);
  return isOfOld ? { ...heard, ending: { exitCode, afterMs: at - sentAt } } : heard;
}

/** Both times are the engine's: an event may be late, and what it tells of long over. */
function isOfNewProcess({ seen }: Progress, event: EngineEvent): boolean {
  const detail = seen?.detail;
  return typeof detail === 'object' && detail.startedAt !== null && isUp(detail.state) && event.at >= detail.startedAt;
}

function exitCodeOf({ attributes }: EngineEvent): number | null {
  const text = attributes.exitCode ?? '';
  return /^-?\d{1,10}$/.test(text) ? Number(text) : null;
}

export function afterAnswer(progress: Progress, kind: 'done' | 'already', at: number): Progress {
  return { ...progress, answer: { kind, at } };
}

/** With what an inspect told that was asked for at `at`, after the engine's answer or before it. */
export function afterLooking(
  progress: Progress,
  detail: ContainerDetail | 'gone',
  at: number,
  isAnswered: boolean,
): Progress {
  return isAnswered ? answered(progress, detail, at) : underWay(progress, detail, at);
}

function underWay(progress: Progress, detail: ContainerDetail | 'gone', at: number): Progress {
  const { change, before, ending, startedAt, sentAt } = progress;
  if (detail === 'gone') return progress;
  if (change.what !== 'start' && before.running && ending === null && isOver(detail.state)) {
    return { ...progress, ending: { exitCode: detail.exitCode, afterMs: at - sentAt } };
  }
  if (change.what !== 'stop' && detail.state === 'running' && detail.startedAtText !== before.process) {
    return { ...progress, startedAt: startedAt ?? at };
  }
  return progress;
}

function answered(progress: Progress, detail: ContainerDetail | 'gone', at: number): Progress {
  const seen = { detail, at };
  if (detail === 'gone') return { ...progress, seen, upSince: null };
  const { change, answer, ending, sentAt, lastExit } = progress;
  if (change.what === 'stop') {
    const isFirstWord = ending === null && answer?.kind === 'done' && isOver(detail.state);
    const end = isFirstWord ? { exitCode: detail.exitCode, afterMs: answer.at - sentAt } : ending;
    return { ...progress, seen, ending: end };
  }
  const last = progress.seen?.detail;
  const process = detail.startedAtText ?? '';
  const lastProcess = typeof last === 'object' ? (last.startedAtText ?? '') : null;
  const ended = new Set(progress.ended);
  if (lastProcess !== null && lastProcess !== process) ended.add(lastProcess);
  if (isOver(detail.state) || detail.state === 'restarting') ended.add(process);
  const isRunning = detail.state === 'running';
  const isSame = lastProcess === process && progress.upSince !== null;
  return {
    ...progress,
    seen,
    ended,
    startedAt: isRunning ? (progress.startedAt ?? at) : progress.startedAt,
    upSince: isRunning ? (isSame ? progress.upSince : at) : null,
    firstRestartCount: progress.firstRestartCount ?? detail.restartCount,
    exitedLooks: detail.state === 'exited' ? progress.exitedLooks + 1 : 0,
    lastExit: isRunning ? lastExit : (detail.exitCode ?? lastExit),
  };
}

/** How often what was started has ended again. */
export function deathsOf({ ended, seen, firstRestartCount }: Progress): number {
  const count = typeof seen?.detail === 'object' ? seen.detail.restartCount : 0;
  return Math.max(ended.size, count - (firstRestartCount ?? count));
}

export interface StepSeen {
  readonly state: 'waiting' | 'running' | 'done';
  readonly note: string | null;
}

/** Where its steps stand while it is under way. */
export function stepsSeen(progress: Progress): Readonly<Record<'down' | 'up' | 'well', StepSeen>> {
  const { change, answer, ending, startedAt } = progress;
  const isDown = ending !== null || startedAt !== null || answer !== null;
  const isUp = startedAt !== null;
  const deaths = deathsOf(progress);
  const upNote = answer?.kind === 'already' && change.what === 'start' ? 'was running already' : null;
  const wellNote = deaths > 0 ? `ended again ${deaths === 1 ? 'once' : `${deaths} times`}` : null;
  return {
    down: { state: isDown ? 'done' : 'running', note: isDown ? endingNote(progress) : null },
    up: { state: isUp ? 'done' : change.steps.down === null || isDown ? 'running' : 'waiting', note: upNote },
    well: { state: isUp ? 'running' : 'waiting', note: wellNote },
  };
}

/** How the process that was there ended: `exit 0 after 1.2 s`; null where nothing is known of it. */
export function endingNote({ change, before, answer, ending }: Progress): string | null {
  if (change.what === 'stop' && answer?.kind === 'already') return 'was stopped already';
  if (ending === null) return change.what === 'restart' && !before.running ? 'was not running' : null;
  const { exitCode, afterMs } = ending;
  if (wasKilled(change, ending)) return `had to be killed after ${change.graceSeconds} s (exit ${exitCode})`;
  return `${exitCode === null ? 'ended' : `exit ${exitCode}`} ${afterTime(afterMs)}`;
}

/** The engine kills what has not ended when its grace is over; before that, 137 is of somebody else's doing. */
export function wasKilled(change: PlannedChange, ending: Progress['ending']): boolean {
  return ending?.exitCode === 137 && ending.afterMs >= change.graceSeconds * 1_000;
}

/** It has a process, or is to have one again. */
export function isUp(state: ContainerDetail['state']): boolean {
  return state === 'running' || state === 'paused' || state === 'restarting';
}

function isOver(state: ContainerDetail['state']): boolean {
  return state === 'exited' || state === 'dead';
}
