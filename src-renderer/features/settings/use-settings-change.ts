import { useState } from 'react';
import type { WindowSettings } from '#contract/settings.ts';
import { type CallProblem, callProblem } from '../../client/call-problem.ts';
import { useClient } from '../../store/hooks.ts';

export type Saving =
  | { readonly state: 'not' | 'under-way' | 'saved' }
  | { readonly state: 'failed'; readonly problem: CallProblem };

const NOT: Saving = { state: 'not' };

/** Saves one setting, and tells how that went until it is changed again. What is set then comes with the updates. */
export function useSettingsChange<Key extends keyof WindowSettings>(key: Key) {
  const client = useClient();
  const [saving, setSaving] = useState(NOT);
  const save = async (value: WindowSettings[Key]) => {
    setSaving({ state: 'under-way' });
    try {
      if (client === null) throw new Error('There is no connection to the core.');
      await client.settings.change({ [key]: value });
      setSaving({ state: 'saved' });
    } catch (error) {
      setSaving({ state: 'failed', problem: callProblem(error) });
    }
  };
  return { saving, save: (value: WindowSettings[Key]) => void save(value) };
}
