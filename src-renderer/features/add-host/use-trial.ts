import { useCallback, useEffect, useRef, useState } from 'react';
import type { TrialEvent } from '#contract/hosts.ts';
import { callProblem } from '../../client/call-problem.ts';
import { clientNow } from '../../store/connection-store.ts';
import { type Trial, trialAfter, type Wish } from './trial.ts';

export interface Trials {
  readonly trial: Trial;
  readonly start: (wish: Wish) => void;
  readonly stop: () => void;
}

/** Tries a host. Another try, `stop`, and leaving the dialog end the one before; what it asked is then withdrawn. */
export function useTrial(): Trials {
  const [trial, setTrial] = useState<Trial>({ state: 'none' });
  const running = useRef<AbortController | null>(null);
  useEffect(() => () => running.current?.abort(), []);

  const stop = useCallback(() => {
    running.current?.abort();
    running.current = null;
    setTrial({ state: 'none' });
  }, []);

  const start = useCallback(({ target, identityFiles }: Wish) => {
    running.current?.abort();
    const abort = new AbortController();
    running.current = abort;
    const id = crypto.randomUUID();
    let events: readonly TrialEvent[] = [];
    const show = (next: Trial) => {
      if (!abort.signal.aborted) setTrial(next);
    };
    const run = async () => {
      show(trialAfter(id, events));
      try {
        const client = clientNow();
        if (client === null) throw new Error('There is no connection to the core.');
        const wish = { trial: id, target, identityFiles: [...identityFiles] };
        for await (const event of await client.hosts.test(wish, { signal: abort.signal })) {
          events = [...events, event];
          const next = trialAfter(id, events);
          show(next);
          if (next.state !== 'running') return;
        }
        throw new Error('The test ended without a result.');
      } catch (error) {
        show({ state: 'failed', events, problem: callProblem(error) });
      }
    };
    void run();
  }, []);

  return { trial, start, stop };
}
