import { useEffect, useState } from 'react';
import type { ConnectionReport } from '#contract/hosts.ts';
import { type CallProblem, callProblem } from '../../client/call-problem.ts';
import { useClient } from '../../store/hooks.ts';

/** How a host is connected, as far as it is known. `report: null`: it is not connected. */
export type ReportReading =
  | { readonly state: 'loading' }
  | { readonly state: 'failed'; readonly problem: CallProblem }
  | { readonly state: 'known'; readonly report: ConnectionReport | null };

const LOADING: ReportReading = { state: 'loading' };
const EVERY_MS = 2_000;

/**
 * How a host is connected; asked again every two seconds while it is in view, and at once when its state is another.
 * What was told last stays while the core cannot be asked: the page says that it is old.
 * @param state of the host, as the fleet tells it
 */
export function useConnectionReport(hostId: string, state: string): ReportReading {
  const client = useClient();
  const [reading, setReading] = useState(LOADING);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another state is another connection
  useEffect(() => {
    if (client === null) return;
    let left = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    // One at a time: where an answer takes long, none is asked for meanwhile.
    let asking = false;
    const read = async () => {
      clearTimeout(timer);
      if (document.hidden || asking) return;
      asking = true;
      const found = await client.hosts.connection({ id: hostId }).then(
        (report): ReportReading => ({ state: 'known', report }),
        (error: unknown): ReportReading => ({ state: 'failed', problem: callProblem(error) }),
      );
      asking = false;
      if (left) return;
      setReading((before) => (found.state === 'failed' && before.state === 'known' ? before : found));
      timer = setTimeout(read, EVERY_MS);
    };
    void read();
    document.addEventListener('visibilitychange', read);
    return () => {
      left = true;
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', read);
    };
  }, [client, hostId, state]);
  return reading;
}
