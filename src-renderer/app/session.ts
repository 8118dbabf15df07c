import { connector } from '../client/connect.ts';
import { type ConnectionController, keepConnected } from '../client/connection-controller.ts';
import { connectionStore } from '../store/connection-store.ts';
import { type FleetFeed, followFleet } from '../store/fleet-feed.ts';
import { fleetStore } from '../store/fleet-store.ts';
import { historyStore, recordHistory } from '../store/host-history.ts';
import { uiStore } from '../store/ui-store.ts';
import { watchDemo } from '../store/watch-demo.ts';
import { watchRuns } from '../store/watch-runs.ts';

let controller: ConnectionController | null = null;

/** Connects the page to its core, and the stores to what the core tells; for as long as the page is there. */
export function startSession(): void {
  let feed: FleetFeed | null = null;
  controller = keepConnected({
    open: connector({
      bridge: window.binnacle,
      window,
      location: window.location,
      history: window.history,
      storage: sessionStorage,
      fetch: (path, init) => fetch(path, init),
      socket: (address, protocols) => new WebSocket(address, protocols),
      after,
    }),
    now: Date.now,
    after,
    random: Math.random,
    onState(connection) {
      feed?.dispose();
      feed = null;
      connectionStore.setState({ connection });
      if (connection.state !== 'connected') return;
      feed = followFleet(
        connection.connection,
        {
          store: fleetStore,
          now: Date.now,
          newId: () => crypto.randomUUID(),
          visible: () => !document.hidden,
          afterPaint,
          after,
        },
        shownHosts(),
      );
    },
  });
  watchDemo(fleetStore);
  watchRuns(fleetStore, uiStore, localStorage);
  recordHistory(fleetStore, historyStore, Date.now);
  document.addEventListener('visibilitychange', () => feed?.setInterest(shownHosts()));
  uiStore.subscribe(({ route }, before) => {
    if (route !== before.route) feed?.setInterest(shownHosts());
  });
}

/** Tries the core at once, where the page waits for its next try. */
export function retryNow(): void {
  controller?.retryNow();
}

/** Only the fleet page shows load: the others ask for none. */
function shownHosts(): readonly string[] | null {
  return uiStore.getState().route === 'fleet' ? null : [];
}

function after(ms: number, action: () => void): () => void {
  const timer = setTimeout(action, ms);
  return () => clearTimeout(timer);
}

/** A frame callback runs before its frame is painted; a task that it posts runs after. */
function afterPaint(action: () => void): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const frame = requestAnimationFrame(() => {
    timer = setTimeout(action, 0);
  });
  return () => {
    cancelAnimationFrame(frame);
    clearTimeout(timer);
  };
}
