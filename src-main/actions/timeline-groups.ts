import type { EngineEvent } from '../engine/model.ts';
import { plainAction } from '../fleet/event-facts.ts';
import { compareNano } from '../fleet/history.ts';
import { limits } from '../kernel/limits.ts';

/** An event of one container, as it was heard, or as it must have been. */
export interface Heard {
  readonly seen: 'event' | 'afterwards';
  readonly event: EngineEvent;
  /** Milliseconds of this machine's clock at which it happened. */
  readonly at: number;
  /** The run of ours that was doing such a thing to the container then. */
  readonly run: string | null;
}

/** Events that tell of one thing. */
export type Group =
  | { readonly type: 'single'; readonly heard: Heard }
  | {
      readonly type: 'start';
      readonly start: Heard;
    }
  | {
      readonly type: 'ending';
      /** At least one; kill, die, stop and restart. */
      readonly parts: readonly Heard[];
      /** The start that followed, where nothing happened between. */
      readonly start: Heard | null;
      /** An engine said that the end and the start were one restart. */
      readonly isRestart: boolean;
    };

/** Signals by which a process is asked to reload or reopen its files, not to end (see fleet/history.ts). */
const RELOADS: ReadonlySet<string> = new Set(['1', '10', '12', 'HUP', 'USR1', 'USR2', 'SIGHUP', 'SIGUSR1', 'SIGUSR2']);

const SINGLES: ReadonlySet<string> = new Set(['create', 'oom', 'pause', 'unpause', 'destroy', 'health_status']);
const ENDINGS: ReadonlySet<string> = new Set(['kill', 'die', 'stop', 'restart']);

/** What one command causes comes together: Docker's `restart` follows its `start`, Podman's `stop` may precede its `die`. */
export const TOGETHER_MS = 2_000;

/** Whether a timeline has a use for it. */
export function isOfTimeline(event: EngineEvent): boolean {
  if (event.type !== 'container') return false;
  const action = plainAction(event);
  if (action === 'kill') return !RELOADS.has(event.attributes.signal ?? '');
  return action === 'start' || SINGLES.has(action) || ENDINGS.has(action);
}

interface Ending {
  readonly type: 'ending';
  readonly parts: Heard[];
  start: Heard | null;
  isRestart: boolean;
}

/** The events of one container in groups, in the order of the engine's time. */
export function grouped(events: readonly Heard[]): Group[] {
  const ordered = events
    .filter(({ event }) => isOfTimeline(event))
    .sort((a, b) => compareNano(a.event.timeNano, b.event.timeNano));
  const groups: Group[] = [];
  let open: Ending | null = null;
  let begun: { readonly start: Heard; readonly ending: Ending | null } | null = null;
  for (const heard of ordered) {
    const action = plainAction(heard.event);
    if (SINGLES.has(action)) {
      groups.push({ type: 'single', heard });
      if (action === 'create' || action === 'destroy') open = null;
    } else if (action === 'start') {
      const ending: Ending | null = open !== null && has(open, 'die') ? open : null;
      if (ending === null) groups.push({ type: 'start', start: heard });
      else ending.start = heard;
      begun = { start: heard, ending };
      open = null;
    } else if (action === 'restart' && begun !== null && open === null && isTogether(begun.start, heard)) {
      if (begun.ending !== null) begun.ending.isRestart = true;
    } else if (open !== null && belongs(open, heard, action)) {
      open.parts.push(heard);
      if (action === 'restart') open.isRestart = true;
    } else {
      open = { type: 'ending', parts: [heard], start: null, isRestart: action === 'restart' };
      groups.push(open);
    }
  }
  return groups;
}

export function has({ parts }: { readonly parts: readonly Heard[] }, action: string): boolean {
  return parts.some(({ event }) => plainAction(event) === action);
}

function belongs(ending: Ending, heard: Heard, action: string): boolean {
  const last = ending.parts.at(-1) as Heard;
  // Once it is down, only what tells of the same command follows, and at once.
  if (has(ending, 'die')) return action !== 'die' && action !== 'kill' && isTogether(last, heard);
  // A signal that was ignored has nothing to do with what happens long after it.
  return heard.at - last.at <= limits.actions.mostGraceSeconds * 1_000;
}

function isTogether(before: Heard, after: Heard): boolean {
  return after.at - before.at <= TOGETHER_MS;
}
