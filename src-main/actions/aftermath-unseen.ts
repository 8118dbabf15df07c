import type { EngineChange, Run } from '#contract/actions.ts';
import type { UnresolvedRun } from '../audit/journal.ts';
import type { ContainerDetail } from '../engine/model.ts';
import { limits } from '../kernel/limits.ts';
import type { ChangeEnd } from './run-end.ts';
import type { LiveRun } from './run-live.ts';
import { namesOf } from './run-outcome.ts';
import { isUp } from './run-progress.ts';
import { bounded, foundToBe } from './run-words.ts';

/** A run whose end nobody saw, and what of it is to be looked at. */
export interface Unseen {
  readonly run: string;
  readonly hostId: string;
  /** Where it was done: another machine under the same id tells nothing of it. */
  readonly target: string;
  readonly containers: readonly {
    readonly id: string;
    /** As sentences name it. */
    readonly word: string;
    readonly service: string;
    /** What its engine may still be at; null: nothing. */
    readonly pending: Pending | null;
  }[];
}

interface Pending {
  readonly what: EngineChange;
  /** When the engine had started the process that was there before. */
  readonly process: string | null;
  /** Monotonic time at which the engine is through with it, one way or the other. */
  readonly until: number;
}

/** Of a run of this core: what it never came to needs no look. */
export function unseenAfter({ run, prepared, begunAt }: LiveRun, ends: readonly ChangeEnd[]): Unseen {
  const { changes, before } = prepared;
  const words = namesOf(changes);
  const untouched = new Set(ends.flatMap((end) => (end.state === 'left' ? [end.change.containerId] : [])));
  const containers = changes.flatMap((change) => {
    const { containerId: id, service, what, graceSeconds } = change;
    if (untouched.has(id)) return [];
    const end = ends.find((each) => each.change === change);
    const sentAt = end?.state === 'lost' ? end.sentAt : begunAt;
    const process = before.find((state) => state.id === id)?.startedAt ?? null;
    const graceMs = what === 'start' ? 0 : graceSeconds * 1_000;
    const isPending = end === undefined || (end.state === 'lost' && !end.done);
    const pending = isPending ? { what, process, until: sentAt + graceMs + limits.actions.upMs } : null;
    return [{ id, word: words.get(change) ?? service, service, pending }];
  });
  return { run: run.id, hostId: run.hostId, target: prepared.target, containers };
}

/** Of an earlier core. */
export function unseenFrom({ run, hostId, target, containers }: UnresolvedRun): Unseen {
  return {
    run,
    hostId,
    target,
    containers: containers.map(({ id, name, service }) => {
      const isOnly = containers.every((other) => other.id === id || other.service !== service);
      return { id, word: isOnly ? service : name, service, pending: null };
    }),
  };
}

/** How a run of an earlier core is shown. Its steps are in the journal; when it ended nobody knows. */
export function unresolvedRun(unresolved: UnresolvedRun): Run {
  const { run, hostId, action, title, app, containers, reason, startedAt, message } = unresolved;
  return {
    id: run,
    action,
    hostId,
    title,
    app,
    containerIds: containers.map(({ id }) => id),
    reason,
    state: 'unknown',
    startedAt,
    endedAt: null,
    message: message ?? 'Binnacle ended before it was seen how this ended.',
    found: null,
    cancelling: false,
    steps: [],
  };
}

/**
 * Whether engines are through with what they were asked: one goes on with a stop although nobody listens any more, and
 * what is found running within its grace says nothing.
 * @param now monotonic milliseconds
 */
export function hasSettled(
  { containers }: Unseen,
  details: readonly (ContainerDetail | 'gone')[],
  now: number,
): boolean {
  return containers.every(({ pending }, index) => {
    const detail = details[index];
    if (pending === null || now >= pending.until || detail === undefined || detail === 'gone') return true;
    if (pending.what === 'stop') return !isUp(detail.state);
    return detail.state === 'running' && detail.startedAtText !== pending.process;
  });
}

/** Sentences at most; there is no end to what an app may have. */
const MOST = 8;

/** What they were found to be, in sentences; first those that do not run. @param now milliseconds since the epoch */
export function foundMessage(
  { containers }: Unseen,
  details: readonly (ContainerDetail | 'gone')[],
  now: number,
): string {
  const found = containers.flatMap(({ word }, index) => {
    const detail = details[index];
    if (detail === undefined) return [];
    const isWell = detail !== 'gone' && detail.state === 'running' && detail.health !== 'unhealthy';
    return [{ isWell, text: foundToBe(word, detail, now) }];
  });
  const sorted = [...found.filter(({ isWell }) => !isWell), ...found.filter(({ isWell }) => isWell)];
  const left = sorted.length - MOST;
  const texts = sorted.slice(0, MOST).map(({ text }) => text);
  return bounded([...texts, ...(left > 0 ? [`${left} more are in the journal.`] : [])].join(' '));
}
