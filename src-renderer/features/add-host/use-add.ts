import { useState } from 'react';
import type { SavedHost } from '#contract/hosts.ts';
import { type CallProblem, callProblem } from '../../client/call-problem.ts';
import { useClient } from '../../store/hooks.ts';
import type { Wish } from './trial.ts';

type Adding =
  | { readonly state: 'not' }
  | { readonly state: 'under-way' }
  | { readonly state: 'failed'; readonly problem: CallProblem };

/** Saves a host; `onAdded` is called once it is. */
export function useAdd(onAdded: (host: SavedHost) => void) {
  const client = useClient();
  const [adding, setAdding] = useState<Adding>({ state: 'not' });
  const add = async ({ target, identityFiles }: Wish, name: string | null) => {
    setAdding({ state: 'under-way' });
    try {
      if (client === null) throw new Error('There is no connection to the core.');
      onAdded(await client.hosts.add({ target, name, identityFiles: [...identityFiles] }));
    } catch (error) {
      setAdding({ state: 'failed', problem: callProblem(error) });
    }
  };
  return {
    adding,
    add: (wish: Wish, name: string | null) => void add(wish, name),
    /** What failed is being put right. */
    forget: () => setAdding((now) => (now.state === 'failed' ? { state: 'not' } : now)),
  };
}
