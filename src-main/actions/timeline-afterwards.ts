import { plainAction } from '../fleet/event-facts.ts';
import type { Happening } from './timeline-fold.ts';
import type { Heard } from './timeline-groups.ts';

type Told = Pick<Happening, 'kind' | 'text' | 'by'>;

/** What was found out later, an entry each: `rebuiltEvents` has summed up already what belongs together. */
export function toldAfterwards({ event, at, run }: Heard): Happening[] {
  const action = plainAction(event);
  // What ended while a run of ours was ending it was ended by that.
  const by = run !== null && action === 'die' ? 'somebody' : event.attributes.by;
  const told = tellOf(action, { ...event.attributes, ...(by === undefined ? {} : { by }) });
  if (told === null) return [];
  const { timeNano } = event;
  const isOurs = run !== null && told.by === 'outside';
  return [
    {
      id: `${event.id.slice(0, 12)}.${timeNano}.${action}`,
      at,
      timeNano,
      kind: told.kind,
      text: `${told.text}, seen afterwards`,
      by: isOurs ? 'binnacle' : told.by,
      run: isOurs ? run : null,
      seen: 'afterwards',
    },
  ];
}

function tellOf(action: string, { exitCode, restarts, by }: Readonly<Record<string, string>>): Told | null {
  const isByEngine = by === 'engine';
  switch (action) {
    case 'create':
      return { kind: 'created', text: 'Created', by: 'outside' };
    case 'start':
      if (restarts !== undefined) return { kind: 'restarted', text: restartedText(Number(restarts)), by: 'itself' };
      return isByEngine
        ? { kind: 'started', text: 'Started with its engine', by: 'itself' }
        : { kind: 'started', text: 'Started', by: 'outside' };
    case 'restart':
      return isByEngine
        ? { kind: 'restarted', text: 'Restarted with its engine', by: 'itself' }
        : { kind: 'restarted', text: 'Restarted', by: 'outside' };
    case 'die':
      if (by === 'somebody') return { kind: 'stopped', text: 'Stopped', by: 'outside' };
      return { kind: 'exited', text: exitCode === undefined ? 'Ended' : `Exited with ${exitCode}`, by: 'itself' };
    case 'oom':
      return { kind: 'out-of-memory', text: 'Out of memory', by: 'itself' };
    case 'destroy':
      return { kind: 'removed', text: 'Removed', by: 'outside' };
    default:
      return null;
  }
}

function restartedText(times: number): string {
  return times === 1 ? 'Restarted by its engine' : `Restarted ${times} times by its engine`;
}
