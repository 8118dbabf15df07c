import { callProblem } from '../client/call-problem.ts';
import type { Client } from '../client/client.ts';
import { useClient, useUi } from './hooks.ts';

/** Asks the core for something small; what went wrong is told as short news. Resolves to whether it was done. */
export function useAsk(): (what: (client: Client) => Promise<unknown>) => Promise<boolean> {
  const client = useClient();
  const say = useUi((state) => state.say);
  return async (what) => {
    try {
      if (client === null) throw new Error('There is no connection to the core.');
      await what(client);
      return true;
    } catch (error) {
      const { code, message } = callProblem(error);
      if (code?.startsWith('JOURNAL_')) say(message, { label: 'Open the journal', goes: { route: 'journal' } });
      else say(message);
      return false;
    }
  };
}
