import { useEffect, useMemo, useState, useSyncExternalStore } from 'react';
import type { FleetContainer } from '#contract/updates.ts';
import { useClient, useHost } from '../../store/hooks.ts';
import { LogSession } from './log-session.ts';
import type { SessionPorts } from './log-types.ts';
import { streamProblem } from './stream-problem.ts';

const ports: SessionPorts = {
  now: Date.now,
  after: (ms, callback) => {
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  },
  frame: (callback) => void requestAnimationFrame(callback),
  newId: () => crypto.randomUUID(),
  explain: streamProblem,
};

/**
 * The log of a container as long as the component is shown: leaving ends the stream. The component is drawn anew with
 * each frame in which something came. null at first.
 */
export function useLogSession(container: FleetContainer): LogSession | null {
  const { hostId, id } = container;
  const client = useClient();
  const hostLive = useHost(hostId)?.status.state === 'live';
  const run = runOf(container);
  const [session, setSession] = useState<LogSession | null>(null);
  useEffect(() => {
    const opened = new LogSession({ hostId, containerId: id }, ports);
    setSession(opened);
    return () => {
      opened.dispose();
      setSession(null);
    };
  }, [hostId, id]);
  const source = useMemo(() => client?.logs ?? null, [client]);
  useEffect(() => session?.situate({ source, hostLive, run }), [session, source, hostLive, run]);
  useSyncExternalStore(session?.subscribe ?? nothing, session?.version ?? zero);
  return session;
}

/** Names a container's present run; null while it does not run. */
function runOf({ state, startedAt }: FleetContainer): string | null {
  return state === 'running' || state === 'paused' ? (startedAt ?? 'running') : null;
}

const nothing = () => () => undefined;
const zero = () => 0;
