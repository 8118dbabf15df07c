import { useEffect, useRef, useState } from 'react';
import type { JournalFilter, Verification } from '#contract/journal.ts';
import { type CallProblem, callProblem } from '../../client/call-problem.ts';
import { useClient } from '../../store/hooks.ts';

/** What was asked of the journal as a whole, one thing at a time, and what came of it. */
export type JournalWork =
  | { readonly state: 'none' }
  | { readonly state: 'under-way'; readonly what: WorkName }
  | { readonly state: 'verified'; readonly verification: Verification }
  | { readonly state: 'exported'; readonly file: string; readonly records: number }
  | { readonly state: 'put-aside'; readonly folder: string }
  | { readonly state: 'failed'; readonly what: WorkName; readonly problem: CallProblem };
export type WorkName = 'verify' | 'export' | 'put-aside';

export interface JournalWorks {
  readonly work: JournalWork;
  /** null while not connected. */
  readonly ask: {
    verify(): void;
    exportLines(filter: JournalFilter): void;
    putAside(): void;
  } | null;
  /** Ends what is under way, where it can be ended, and puts away what came of it. */
  dismiss(): void;
}

const NONE: JournalWork = { state: 'none' };

/** Verifies, exports and puts aside. What is under way ends with the page. */
export function useJournalWork(): JournalWorks {
  const client = useClient();
  const [work, setWork] = useState(NONE);
  const running = useRef<AbortController | null>(null);
  useEffect(() => () => running.current?.abort(), []);

  const begin = async (what: WorkName, task: (signal: AbortSignal) => Promise<JournalWork>) => {
    running.current?.abort();
    const controller = new AbortController();
    running.current = controller;
    setWork({ state: 'under-way', what });
    const outcome = await task(controller.signal).catch(
      (error: unknown): JournalWork => ({ state: 'failed', what, problem: callProblem(error) }),
    );
    if (running.current !== controller) return;
    running.current = null;
    setWork(outcome);
  };

  return {
    work,
    ask: client && {
      verify: () =>
        void begin('verify', async (signal) => ({
          state: 'verified',
          verification: await client.journal.verify(undefined, { signal }),
        })),
      exportLines: (filter) =>
        void begin('export', async (signal) => ({
          state: 'exported',
          ...(await client.journal.export({ filter }, { signal })),
        })),
      // Not to be ended midway: it is a rename, and a record.
      putAside: () =>
        void begin('put-aside', async () => ({ state: 'put-aside', ...(await client.journal.setAside()) })),
    },
    dismiss: () => {
      running.current?.abort();
      running.current = null;
      setWork(NONE);
    },
  };
}
