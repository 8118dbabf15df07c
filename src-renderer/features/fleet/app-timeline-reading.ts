import { useEffect, useState } from 'react';
import type { TimelineEntry } from '#contract/timeline.ts';
import { type CallProblem, callProblem } from '../../client/call-problem.ts';
import { appKey } from '../../store/fleet-state.ts';
import { fleetStore } from '../../store/fleet-store.ts';
import { useClient } from '../../store/hooks.ts';
import { lifeOf } from './app-timeline-words.ts';

export type TimelineReading =
  | { readonly state: 'loading' }
  | { readonly state: 'failed'; readonly problem: CallProblem }
  | { readonly state: 'known'; readonly entries: readonly TimelineEntry[] };

const LOADING: TimelineReading = { state: 'loading' };
/** What happens within an app may leave its containers as they were: a start that is over before the list is read. */
const EVERY_MS = 5_000;
/** A restart is told in several parts. */
const AFTER_MS = 250;

/**
 * What happened to an app's containers; read again when something of them changes, and now and then while it is seen.
 * For one app as long as it is used.
 */
export function useTimeline(hostId: string, app: string): TimelineReading {
  const client = useClient();
  const [reading, setReading] = useState(LOADING);
  useEffect(() => {
    if (client === null) return;
    let left = false;
    let asked = 0;
    let dueAt = Number.POSITIVE_INFINITY;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const after = (ms: number) => {
      const at = performance.now() + ms;
      // One that is due sooner stays: what changes all the time would else put it off for ever.
      if (at >= dueAt) return;
      dueAt = at;
      clearTimeout(timer);
      timer = setTimeout(read, ms);
    };
    const read = async () => {
      dueAt = Number.POSITIVE_INFINITY;
      after(EVERY_MS);
      if (document.hidden) return;
      asked += 1;
      const mine = asked;
      const found = await client.timeline.read({ hostId, app }).then(
        (entries): TimelineReading => ({ state: 'known', entries }),
        (error: unknown): TimelineReading => ({ state: 'failed', problem: callProblem(error) }),
      );
      if (!left && mine === asked) setReading((before) => (isSame(before, found) ? before : found));
    };
    void read();
    let life = lifeNow(hostId, app);
    const stop = fleetStore.subscribe(({ apps }, before) => {
      const key = appKey(hostId, app);
      if (apps.get(key) === before.apps.get(key)) return;
      const now = lifeNow(hostId, app);
      if (now !== life) after(AFTER_MS);
      life = now;
    });
    const onSeen = () => {
      if (!document.hidden) after(0);
    };
    document.addEventListener('visibilitychange', onSeen);
    return () => {
      left = true;
      clearTimeout(timer);
      stop();
      document.removeEventListener('visibilitychange', onSeen);
    };
  }, [client, hostId, app]);
  return reading;
}

function lifeNow(hostId: string, app: string): string {
  return lifeOf(fleetStore.getState().apps.get(appKey(hostId, app))?.containers ?? []);
}

/** Entries do not change: those of the same ids are the same. */
function isSame(a: TimelineReading, b: TimelineReading): boolean {
  if (a.state !== 'known' || b.state !== 'known' || a.entries.length !== b.entries.length) return false;
  return a.entries.every(({ id, by }, index) => id === b.entries[index]?.id && by === b.entries[index]?.by);
}
