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

const PORT_MESSAGE = 'binnacle:port';
const SECRET_KEY = 'binnacle.secret';
const OPEN_WITHIN_MS = 10_000;

/**
 * Opens the one way to the core this page has: the desktop's message port, or the browser shell's socket.
 * @throws NoSessionError where only a person can help; any other error is worth another try.
 */
export function openConnection(): Promise<Connection> {
  return window.binnacle === undefined ? openSocket() : openPort(window.binnacle);
}

async function openPort(bridge: { connect(): void }): Promise<Connection> {
  const port = await new Promise<MessagePort>((resolve, reject) => {
    const onMessage = (event: MessageEvent<unknown>) => {
      // Only the preload can post from this window before any other script runs here.
      if (event.source !== window || event.data !== PORT_MESSAGE) return;
      const [given] = event.ports;
      if (given === undefined) return;
      finish();
      resolve(given);
    };
    const timer = setTimeout(() => {
      finish();
      reject(new Error('The core gave no port.'));
    }, OPEN_WITHIN_MS);
    const finish = () => {
      clearTimeout(timer);
      window.removeEventListener('message', onMessage);
    };
    window.addEventListener('message', onMessage);
    bridge.connect();
  });
  const closed = new Promise<void>((resolve) => port.addEventListener('close', () => resolve(), { once: true }));
  const client: Client = createORPCClient(new PortLink({ port }));
  port.start();
  return { client, closed, close: () => port.close() };
}

async function openSocket(): Promise<Connection> {
  const secret = await sessionSecret();
  const socket = new WebSocket(`ws://${window.location.host}/socket`, ['binnacle', `binnacle.${secret}`]);
  const closed = new Promise<void>((resolve) => socket.addEventListener('close', () => resolve(), { once: true }));
  const opened = new Promise<boolean>((resolve) => {
    socket.addEventListener('open', () => resolve(true), { once: true });
    void closed.then(() => resolve(false));
    setTimeout(() => resolve(false), OPEN_WITHIN_MS);
  });
  if (!(await opened)) {
    socket.close();
    await explainRefusal();
  }
  const client: Client = createORPCClient(new SocketLink({ websocket: socket }));
  return { client, closed, close: () => socket.close() };
}

/** A page is not told why a socket was refused: where the core still serves pages, it does not know this session. */
async function explainRefusal(): Promise<never> {
  const answer = await fetch('/', { cache: 'no-store' });
  if (!answer.ok) throw new Error('The core refused the page.');
  throw new NoSessionError('The core does not know this page.');
}

/** Kept until the core has judged it: a core that does not answer yet must not cost the link. */
let token = takeToken();

async function sessionSecret(): Promise<string> {
  if (token !== null) {
    const answer = await fetch('/session', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ token }),
    });
    token = null;
    const secret = answer.ok ? secretIn(await answer.json()) : null;
    if (secret !== null) {
      sessionStorage.setItem(SECRET_KEY, secret);
      return secret;
    }
  }
  // A token that was used before: the page may have been loaded again, and still have its session.
  const kept = sessionStorage.getItem(SECRET_KEY);
  if (kept === null) throw new NoSessionError('The link of this page was used already.');
  return kept;
}

function secretIn(answer: unknown): string | null {
  const secret = typeof answer === 'object' && answer !== null && 'secret' in answer ? answer.secret : null;
  return typeof secret === 'string' && /^[\w-]{16,256}$/.test(secret) ? secret : null;
}

/** The one-time token of the address, which is taken out of it at once: not in the history, not in a bookmark. */
function takeToken(): string | null {
  const found = new URLSearchParams(window.location.hash.slice(1)).get('token');
  if (found !== null) window.history.replaceState(null, '', window.location.pathname);
  return found;
}
