import type { TimelineEntry } from '#contract/timeline.ts';
import { plainAction } from '../fleet/event-facts.ts';
import { compareNano } from '../fleet/history.ts';
import { toldAfterwards } from './timeline-afterwards.ts';
import { type Group, grouped, type Heard, has, TOGETHER_MS } from './timeline-groups.ts';

/** What happened, and by whom; whose container it was is put to it afterwards. */
export type Happening = Pick<TimelineEntry, 'id' | 'kind' | 'text' | 'by' | 'run' | 'seen'> & {
  /** Milliseconds of this machine's clock. */
  readonly at: number;
  /** The engine's, by which they are ordered. */
  readonly timeNano: string;
};

type By = TimelineEntry['by'];
type EndingGroup = Extract<Group, { type: 'ending' }>;

const KILLS: ReadonlySet<string> = new Set(['9', 'KILL', 'SIGKILL']);

/** Docker waits up to a minute before it restarts what ended by itself. */
const RESTART_POLICY_MS = 65_000;

/** What of the past decides who caused the next thing. */
interface Past {
  readonly health: string | null;
  /** How it last came to have no process; null: it has one, or nothing is known. */
  readonly ending: { readonly by: By; readonly run: string | null; readonly at: number } | null;
}

/**
 * What the events of one container tell, oldest first: an engine's kill, die and stop are one stop, and with the start
 * and restart that follow one restart. `by` says who, and is `outside` for what somebody else must have asked for. What was
 * found out later stands among them by itself.
 */
export function fold(events: readonly Heard[]): Happening[] {
  let past: Past = { health: null, ending: null };
  const happenings: Happening[] = [];
  for (const group of grouped(events.filter(({ seen }) => seen === 'event'))) {
    const told = tell(group, past);
    past = told.past;
    happenings.push(...told.happenings);
  }
  for (const heard of events) if (heard.seen === 'afterwards') happenings.push(...toldAfterwards(heard));
  return happenings.sort((a, b) => compareNano(a.timeNano, b.timeNano));
}

interface Told {
  readonly past: Past;
  readonly happenings: readonly Happening[];
}

function tell(group: Group, past: Past): Told {
  switch (group.type) {
    case 'start':
      return tellStart(group.start, past);
    case 'ending':
      return tellEnding(group, past);
    default:
      return tellSingle(group.heard, past);
  }
}

function tellSingle(heard: Heard, past: Past): Told {
  const one = (happening: Happening): Told => ({ past, happenings: [happening] });
  switch (plainAction(heard.event)) {
    case 'create':
      return one(asked(heard, null, 'created', 'Created'));
    case 'pause':
      return one(asked(heard, null, 'paused', 'Paused'));
    case 'unpause':
      return one(asked(heard, null, 'unpaused', 'Unpaused'));
    case 'destroy':
      return one(removed(heard, past));
    case 'oom':
      return one(happening(heard, null, 'out-of-memory', 'Out of memory', 'itself'));
    default:
      return tellHealth(heard, past);
  }
}

/** Podman tells of every check: only a change is worth an entry. */
function tellHealth(heard: Heard, past: Past): Told {
  const health = heard.event.action.split(':')[1]?.trim() ?? '';
  const isNews = health !== past.health && (health === 'healthy' || health === 'unhealthy');
  const text = health === 'healthy' ? 'Healthy' : 'Unhealthy';
  return {
    past: { ...past, health },
    happenings: isNews ? [happening(heard, null, health, text, 'itself')] : [],
  };
}

function removed(heard: Heard, { ending }: Past): Happening {
  // `--rm`: its engine takes away what ended by itself, or was stopped by us, who remove nothing.
  const isFollowUp = ending !== null && ending.by !== 'outside' && heard.at - ending.at <= TOGETHER_MS;
  if (!isFollowUp) return asked(heard, null, 'removed', 'Removed');
  return happening(heard, null, 'removed', 'Removed by its engine once it had ended', 'itself');
}

function tellStart(heard: Heard, { ending }: Past): Told {
  const past: Past = { health: null, ending: null };
  const isByPolicy = ending?.by === 'itself' && heard.at - ending.at <= RESTART_POLICY_MS;
  // What ended by itself while a run of ours acted on it is started by its policy, whatever that run does.
  const isOurs = heard.run !== null && heard.run !== ending?.run;
  if (isByPolicy && !isOurs) {
    return { past, happenings: [happening(heard, null, 'started', 'Started again by its engine', 'itself')] };
  }
  return { past, happenings: [asked(heard, heard.run, 'started', 'Started')] };
}

function tellEnding(group: EndingGroup, past: Past): Told {
  const ended = tellEnd(group);
  // Asked to end, and it has not.
  if (ended === null) return { past, happenings: [] };
  if (group.start === null) return ended;
  if (ended.past.ending?.by !== 'itself' && group.isRestart) {
    return { past: { health: null, ending: null }, happenings: ended.happenings };
  }
  const started = tellStart(group.start, ended.past);
  return { past: started.past, happenings: [...ended.happenings, ...started.happenings] };
}

function tellEnd(group: EndingGroup): Told | null {
  const { parts, start, isRestart } = group;
  const first = parts[0] as Heard;
  const at = (parts.at(-1) as Heard).at;
  if (!has(group, 'die') && !has(group, 'stop')) return null;
  const run = parts.find((part) => part.run !== null)?.run ?? null;
  if (!isRestart && !has(group, 'kill') && !has(group, 'stop')) {
    const text = exitedText(first);
    return {
      past: { health: null, ending: { by: 'itself', run, at } },
      happenings: [happening(first, null, 'exited', text, 'itself')],
    };
  }
  const isKilled = parts.some(({ event }) => KILLS.has(event.attributes.signal ?? '') && event.action === 'kill');
  const isStop = has(group, 'stop') || !isKilled;
  const force = isKilled && isStop ? '; it had to be killed' : '';
  const past: Past = { health: null, ending: { by: run === null ? 'outside' : 'binnacle', run, at } };
  const what =
    isRestart && start !== null
      ? asked(first, run, 'restarted', 'Restarted', force)
      : isStop
        ? asked(first, run, 'stopped', 'Stopped', force)
        : asked(first, run, 'killed', 'Killed');
  return { past, happenings: [what] };
}

function exitedText({ event }: Heard): string {
  const code = event.attributes.exitCode ?? '';
  return /^-?\d{1,10}$/.test(code) ? `Exited with ${code}` : 'Exited';
}

/** What somebody must have asked for: `run`, or somebody else. */
function asked(heard: Heard, run: string | null, kind: Happening['kind'], word: string, more = ''): Happening {
  return happening(heard, run, kind, `${word}${more}`, run === null ? 'outside' : 'binnacle');
}

function happening(heard: Heard, run: string | null, kind: Happening['kind'], text: string, by: By): Happening {
  const { id, timeNano } = heard.event;
  const named = `${id.slice(0, 12)}.${timeNano}.${plainAction(heard.event)}`;
  return { id: named, at: heard.at, timeNano, kind, text, by, run, seen: 'event' };
}
