import { createORPCClient } from '@orpc/client';
import { RPCLink as PortLink } from '@orpc/client/message-port';
import { RPCLink as SocketLink } from '@orpc/client/websocket';
import type { Client, Connection } from './client.ts';
import { NoSessionError } from './no-session.ts';

declare global {
  interface Window {
    /** What the preload gives the page; absent in a browser. */
    readonly binnacle?: { connect(): void };
  }
}

/** What connecting needs of the page; a test gives its own. */
export interface PagePorts {
  /** What the preload gave; undefined: it is a page in a browser. */
  readonly bridge: { connect(): void } | undefined;
  /** The window: where the preload posts the port. */
  readonly window: EventTarget;
  readonly location: Pick<Location, 'host' | 'hash' | 'pathname'>;
  readonly history: Pick<History, 'replaceState'>;
  /** Lives as long as the tab, through a reload. */
  readonly storage: Pick<Storage, 'getItem' | 'setItem'>;
  readonly fetch: (path: string, init: RequestInit) => Promise<Response>;
  readonly socket: (address: string, protocols: string[]) => WebSocket;
  /** Runs `action` after `ms`; the function it returns takes that back. */
  readonly after: (ms: number, action: () => void) => () => void;
}

const PORT_MESSAGE = 'binnacle:port';
const SECRET_KEY = 'binnacle.secret';
const OPEN_WITHIN_MS = 10_000;

/**
 * Gives what opens the one way to the core this page has: the desktop's message port, or the browser shell's socket.
 * It throws NoSessionError where only a person can help; any other error is worth another try.
 */
export function connector(page: PagePorts): () => Promise<Connection> {
  const { bridge } = page;
  if (bridge !== undefined) return () => openPort(bridge, page);
  const secret = sessionSecret(page);
  return async () => openSocket(await secret(), page);
}

async function openPort(bridge: { connect(): void }, { window, after }: PagePorts): Promise<Connection> {
  const port = await new Promise<MessagePort>((resolve, reject) => {
    const onMessage = (event: Event) => {
      // Only the preload can post from this window before any other script runs here.
      if (!isPortMessage(event) || event.source !== window || event.data !== PORT_MESSAGE) return;
      const [given] = event.ports;
      if (given === undefined) return;
      finish();
      resolve(given);
    };
    const cancelWait = after(OPEN_WITHIN_MS, () => {
      finish();
      reject(new Error('The core gave no port.'));
    });
    const finish = () => {
      cancelWait();
      window.removeEventListener('message', onMessage);
    };
    window.addEventListener('message', onMessage);
    bridge.connect();
  });
  const client: Client = createORPCClient(new PortLink({ port }));
  const closed = closeOf(port);
  port.start();
  return { client, closed, close: () => port.close() };
}

function isPortMessage(event: Event): event is MessageEvent<unknown> {
  return 'source' in event && 'data' in event && 'ports' in event;
}

async function openSocket(secret: string, page: PagePorts): Promise<Connection> {
  const socket = page.socket(`ws://${page.location.host}/socket`, ['binnacle', `binnacle.${secret}`]);
  const client: Client = createORPCClient(new SocketLink({ websocket: socket }));
  const closed = closeOf(socket);
  const opening = await new Promise<'open' | 'refused' | 'silent'>((resolve) => {
    const cancelWait = page.after(OPEN_WITHIN_MS, () => resolve('silent'));
    const settle = (how: 'open' | 'refused') => () => {
      cancelWait();
      resolve(how);
    };
    socket.addEventListener('open', settle('open'), { once: true });
    void closed.then(settle('refused'));
  });
  if (opening === 'open') return { client, closed, close: () => socket.close() };
  socket.close();
  if (opening === 'silent') throw new Error('The core does not answer.');
  // A page is not told why a socket was refused: where the core still serves pages, it does not know this session.
  const answer = await page.fetch('/', { cache: 'no-store' });
  if (!answer.ok) throw new Error('The core refused the page.');
  throw new NoSessionError('The core does not know this page.');
}

/**
 * To be asked for after the link was made, which then hears of the end first: who hears of it here and aborts a call
 * would else have it tell that to a socket that is closed, and nobody could catch what that throws.
 */
function closeOf(carrier: EventTarget): Promise<void> {
  return new Promise((resolve) => carrier.addEventListener('close', () => resolve(), { once: true }));
}

/** Gives what a socket is opened with; takes the token out of the address at once. */
function sessionSecret({ location, history, storage, fetch }: PagePorts): () => Promise<string> {
  /** Kept until the core has judged it: a core that does not answer yet must not cost the link. */
  let token = takeToken(location, history);
  return async () => {
    if (token !== null) {
      const answer = await fetch('/session', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ token }),
      });
      token = null;
      const secret = answer.ok ? secretIn(await answer.json()) : null;
      if (secret !== null) {
        storage.setItem(SECRET_KEY, secret);
        return secret;
      }
    }
    // A token that was used before: the page may have been loaded again, and still have its session.
    const kept = storage.getItem(SECRET_KEY);
    if (kept === null) throw new NoSessionError('The link of this page was used already.');
    return kept;
  };
}

function secretIn(answer: unknown): string | null {
  const secret = typeof answer === 'object' && answer !== null && 'secret' in answer ? answer.secret : null;
  return typeof secret === 'string' && /^[\w-]{16,256}$/.test(secret) ? secret : null;
}

/** The one-time token of the address, which is taken out of it: not in the history, not in a bookmark. */
function takeToken(location: PagePorts['location'], history: PagePorts['history']): string | null {
  const found = new URLSearchParams(location.hash.slice(1)).get('token');
  if (found !== null) history.replaceState(null, '', location.pathname);
  return found;
}
