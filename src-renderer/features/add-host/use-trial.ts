import { useEffect, useRef, useState } from 'react';
import type { TrialStep } from '#contract/hosts.ts';
import { callProblem } from '../../client/call-problem.ts';
import { useClient } from '../../store/hooks.ts';
import type { Trial, Wish } from './trial.ts';

/** Tries a host. Another try, `stop`, and leaving the dialog end the one before; what it asked is then withdrawn. */
export function useTrial(): { readonly trial: Trial; readonly start: (wish: Wish) => void; readonly stop: () => void } {
  const client = useClient();
  const [trial, setTrial] = useState<Trial>({ state: 'none' });
  const running = useRef<AbortController | null>(null);
  useEffect(() => () => running.current?.abort(), []);

  const stop = () => {
    running.current?.abort();
    running.current = null;
    setTrial({ state: 'none' });
  };

  const start = async ({ target, identityFiles }: Wish) => {
    running.current?.abort();
    const abort = new AbortController();
    running.current = abort;
    const id = crypto.randomUUID();
    let step: TrialStep | null = null;
    const show = (next: Trial) => {
      if (!abort.signal.aborted) setTrial(next);
    };
    show({ state: 'running', id, step });
    try {
      if (client === null) throw new Error('There is no connection to the core.');
      const wish = { trial: id, target, identityFiles: [...identityFiles] };
      for await (const event of await client.hosts.test(wish, { signal: abort.signal })) {
        if (event.kind === 'reached') {
          show({ state: 'reached', reached: event });
          return;
        }
        step = event.step;
        show({ state: 'running', id, step });
      }
      throw new Error('The test ended without a result.');
    } catch (error) {
      show({ state: 'failed', step, problem: callProblem(error) });
    }
  };

  return { trial, start: (wish) => void start(wish), stop };
}
