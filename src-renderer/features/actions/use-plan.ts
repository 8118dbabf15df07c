import { useCallback, useEffect, useState } from 'react';
import type { ActionRequest, Plan } from '#contract/actions.ts';
import { callProblem } from '../../client/call-problem.ts';
import { useClient } from '../../store/hooks.ts';
import { type Refusal, refusalOf } from './refusal.ts';

type Planning =
  | { readonly state: 'asking' }
  | { readonly state: 'planned'; readonly plan: Plan }
  | { readonly state: 'refused'; readonly refusal: Refusal };

/** The plan of `request`; asked for again by `again`, and over every new connection. */
export function usePlan(request: ActionRequest): { readonly planning: Planning; readonly again: () => void } {
  const client = useClient();
  const [planning, setPlanning] = useState<Planning>({ state: 'asking' });
  const [round, setRound] = useState(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another round is another question
  useEffect(() => {
    // What was planned stays in view while the core is gone; nothing can be confirmed then.
    if (client === null) return;
    const leaving = new AbortController();
    setPlanning({ state: 'asking' });
    client.actions.plan(request, { signal: leaving.signal }).then(
      (plan) => {
        if (!leaving.signal.aborted) setPlanning({ state: 'planned', plan });
      },
      (error: unknown) => {
        if (!leaving.signal.aborted) setPlanning({ state: 'refused', refusal: refusalOf(callProblem(error)) });
      },
    );
    return () => leaving.abort();
  }, [client, request, round]);
  return { planning, again: useCallback(() => setRound((before) => before + 1), []) };
}
