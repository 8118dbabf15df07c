import { useCallback, useEffect, useState, useSyncExternalStore } from 'react';
import type { JournalFilter, JournalStatus } from '#contract/journal.ts';
import { connectionStore } from '../../store/connection-store.ts';
import { fleetStore } from '../../store/fleet-store.ts';
import { type JournalReading, JournalSession, type ReadJournal } from './journal-session.ts';

interface Shown {
  readonly session: JournalSession;
  /** Another one for each filter: the list begins anew with it. */
  readonly number: number;
}

const LOADING: JournalReading = { state: 'loading' };
let sessions = 0;

/**
 * What `filter` takes of the journal, and what comes to it. What was shown stays until the first of another filter has
 * come; null: it takes nothing, and nothing is asked.
 */
export function useJournal(filter: JournalFilter | null) {
  const [shown, setShown] = useState<Shown | null>(null);
  useEffect(() => {
    if (filter === null) return setShown(null);
    sessions += 1;
    const next = { session: new JournalSession(readNow, filter), number: sessions };
    const stopWaiting = next.session.subscribe(() => {
      stopWaiting();
      setShown(next);
    });
    const stopFollowing = followJournal(() => next.session.refresh());
    next.session.refresh();
    return () => {
      stopFollowing();
      next.session.close();
    };
  }, [filter]);

  const session = shown?.session ?? null;
  const subscribe = useCallback((onChange: () => void) => session?.subscribe(onChange) ?? (() => {}), [session]);
  const reading = useSyncExternalStore(subscribe, () => session?.reading ?? LOADING);
  return {
    reading,
    number: shown?.number ?? 0,
    refresh: useCallback(() => session?.refresh(), [session]),
    readOlder: useCallback(() => session?.readOlder(), [session]),
  };
}

const readNow: ReadJournal = async (request) => {
  const { connection } = connectionStore.getState();
  if (connection.state !== 'connected') throw new Error('There is no connection to the core.');
  return await connection.connection.client.journal.read(request);
};

/** Calls back when the journal has grown, is another, or can be asked again. */
function followJournal(onChange: () => void): () => void {
  const stopStatus = fleetStore.subscribe(({ journal }, before) => {
    if (journal !== before.journal && !isSame(journal, before.journal)) onChange();
  });
  const stopConnection = connectionStore.subscribe(({ connection }, before) => {
    if (connection.state === 'connected' && before.connection.state !== 'connected') onChange();
  });
  return () => {
    stopStatus();
    stopConnection();
  };
}

function isSame(a: JournalStatus | null, b: JournalStatus | null): boolean {
  return a?.records === b?.records && a?.state === b?.state;
}
