import { afterEach, describe, expect, test, vi } from 'vitest';
import { CONTRACT_VERSION } from '#contract/version.ts';
import { connector, type PagePorts } from './connect.ts';
import { NoSessionError } from './no-session.ts';

const SECRET = 'a-secret-of-the-session';
const hello = { contractVersion: CONTRACT_VERSION };

/** A socket that opens, ends and keeps what is sent as a test tells it. */
class FakeSocket extends EventTarget {
  readyState: number = WebSocket.CONNECTING;
  readonly sent: unknown[] = [];
  readonly #ends: EventListener[] = [];
  readonly address: string;
  readonly protocols: readonly string[];

  constructor(address: string, protocols: readonly string[]) {
    super();
    this.address = address;
    this.protocols = protocols;
  }
  open(): void {
    this.readyState = WebSocket.OPEN;
    this.dispatchEvent(new Event('open'));
  }
  send(message: unknown): void {
    this.sent.push(message);
  }
  close(): void {
    if (this.readyState === WebSocket.CLOSED) return;
    this.readyState = WebSocket.CLOSED;
    void this.#tellOfEnd();
  }
  override addEventListener(type: string, listener: EventListener): void {
    if (type === 'close') this.#ends.push(listener);
    else super.addEventListener(type, listener);
  }
  /** Between two listeners of an event of its own a browser runs what promises have waiting; `dispatchEvent` does not. */
  async #tellOfEnd(): Promise<void> {
    for (const listener of this.#ends) {
      listener(new Event('close'));
      await settle();
    }
  }
}

/** A page, and a core that answers what is fetched of it with `answers`, one after the other. */
function page({ hash = '', kept = null, answers = [] }: PageOptions = {}) {
  const sockets: FakeSocket[] = [];
  const waits: { readonly action: () => void; cancelled: boolean }[] = [];
  const fetched: string[] = [];
  const shown: string[] = [];
  const stored = new Map(kept === null ? [] : [['binnacle.secret', kept]]);
  const left = [...answers];
  const ports: PagePorts = {
    bridge: undefined,
    window: new EventTarget(),
    location: { host: '127.0.0.1:7410', hash, pathname: '/' },
    history: { replaceState: (_state, _title, address) => void shown.push(String(address)) },
    storage: { getItem: (key) => stored.get(key) ?? null, setItem: (key, value) => void stored.set(key, value) },
    fetch: async (path, { method = 'GET', body = '' }) => {
      fetched.push([method, path, body].filter(Boolean).join(' '));
      const answer = left.shift();
      if (answer === undefined) throw new TypeError('Failed to fetch');
      return answer;
    },
    socket: (address, protocols) => {
      const socket = new FakeSocket(address, protocols);
      sockets.push(socket);
      return socket as unknown as WebSocket;
    },
    after: (_ms, action) => {
      const wait = { action, cancelled: false };
      waits.push(wait);
      return () => {
        wait.cancelled = true;
      };
    },
  };
  return { ports, sockets, waits, fetched, shown, stored };
}

interface PageOptions {
  readonly hash?: string;
  readonly kept?: string | null;
  readonly answers?: readonly Response[];
}

const settle = () => new Promise((resolve) => setTimeout(resolve, 0));
const admitted = () => Response.json({ secret: SECRET });
const refused = () => new Response(null, { status: 403 });
const served = () => new Response('<!doctype html>');

/** What became of `opening`: how it failed, or null where it did not. */
const failure = (opening: Promise<unknown>) =>
  opening.then(
    () => null,
    (error: unknown) => error,
  );

afterEach(() => vi.restoreAllMocks());

describe('the token of the address', () => {
  test('is taken out of it at once, exchanged once, and the secret opens sockets from then on', async () => {
    const { ports, sockets, fetched, shown, stored } = page({ hash: '#token=once', answers: [admitted()] });
    const open = connector(ports);
    const before = [...shown];
    for (let times = 0; times < 2; times += 1) {
      const opening = open();
      await settle();
      sockets.at(-1)?.open();
      await opening;
    }
    expect({ before, shown, fetched, stored: [...stored] }).toEqual({
      before: ['/'],
      shown: ['/'],
      fetched: ['POST /session {"token":"once"}'],
      stored: [['binnacle.secret', SECRET]],
    });
    expect(sockets.map(({ address, protocols }) => [address, protocols])).toEqual(
      Array(2).fill(['ws://127.0.0.1:7410/socket', ['binnacle', `binnacle.${SECRET}`]]),
    );
  });

  test('is kept while the core does not answer', async () => {
    const silent = page({ hash: '#token=once' });
    const open = connector(silent.ports);
    const failed = [await failure(open()), await failure(open())];
    expect([failed.map((error) => error instanceof NoSessionError), silent.fetched]).toEqual([
      [false, false],
      Array(2).fill('POST /session {"token":"once"}'),
    ]);
  });

  test('that was used leaves a page its session, and a page without one to a person', async () => {
    const reloaded = page({ hash: '#token=used', kept: SECRET, answers: [refused()] });
    void failure(connector(reloaded.ports)());
    const strange = page({ hash: '#token=used', answers: [refused()] });
    const failed = await failure(connector(strange.ports)());
    await settle();
    expect([reloaded.sockets.length, strange.sockets.length, failed]).toEqual([1, 0, expect.any(NoSessionError)]);
  });

  test('and the secret are in no error, and on no console', async () => {
    const methods = ['log', 'info', 'warn', 'error', 'debug'] as const;
    const said = methods.map((method) => vi.spyOn(console, method).mockImplementation(() => undefined));
    const { ports, sockets } = page({ hash: '#token=once', answers: [admitted(), served()] });
    const opening = failure(connector(ports)());
    await settle();
    sockets[0]?.close();
    const failed = await opening;
    expect([failed, said.flatMap(({ mock }) => mock.calls)]).toEqual([expect.any(NoSessionError), []]);
    expect(String(failed)).not.toMatch(new RegExp(`once|${SECRET}`));
  });
});

describe('a socket', () => {
  test.each([
    ['where pages are served', [served()], true],
    ['where they are not either', [new Response(null, { status: 503 })], false],
    ['where nobody answers', [], false],
  ])('that is refused %s', async (_where, answers, needsPerson) => {
    const { ports, sockets } = page({ kept: SECRET, answers });
    const opening = failure(connector(ports)());
    await settle();
    sockets[0]?.close();
    expect((await opening) instanceof NoSessionError).toBe(needsPerson);
  });

  test('that neither opens nor is refused is given up, and worth another try', async () => {
    const { ports, sockets, waits, fetched } = page({ kept: SECRET, answers: [served()] });
    const opening = failure(connector(ports)());
    await settle();
    waits[0]?.action();
    const failed = await opening;
    expect([failed instanceof NoSessionError, sockets[0]?.readyState, fetched]).toEqual([false, WebSocket.CLOSED, []]);
  });

  test('that ends has ended its calls before anybody else hears of it: aborting one then tells nobody', async () => {
    const { ports, sockets, waits } = page({ kept: SECRET });
    const opening = connector(ports)();
    await settle();
    const [socket] = sockets;
    socket?.open();
    const { client, closed } = await opening;
    const abort = new AbortController();
    const call = failure(client.session.hello(hello, { signal: abort.signal }));
    await settle();
    // What nobody catches fails the run.
    void closed.then(() => abort.abort());
    socket?.close();
    const failed = await call;
    await settle();
    await settle();
    expect([failed, socket?.sent.length, waits[0]?.cancelled]).toEqual([expect.any(Error), 1, true]);
  });
});

describe('the message port', () => {
  /** A preload that posts what it is told to when it is asked to connect. */
  function desktop(post: (window: EventTarget, given: MessagePort) => readonly object[]) {
    const { ports, waits, fetched } = page({ hash: '#token=once' });
    const channel = new MessageChannel();
    const bridge = {
      connect() {
        for (const event of post(ports.window, channel.port2)) {
          ports.window.dispatchEvent(Object.assign(new Event('message'), event));
        }
      },
    };
    return { opening: connector({ ...ports, bridge })(), core: channel.port1, waits, fetched };
  }

  test('is the one this window itself was given; calls go through it, and end with it', async () => {
    const { opening, core, waits, fetched } = desktop((window, given) => [
      { source: null, data: 'binnacle:port', ports: [] },
      { source: window, data: 'other', ports: [given] },
      { source: window, data: 'binnacle:port', ports: [] },
      { source: window, data: 'binnacle:port', ports: [given] },
    ]);
    const received = new Promise<string>((resolve) => {
      core.onmessage = ({ data }) => resolve(data);
    });
    const { client, closed } = await opening;
    const call = failure(client.session.hello(hello));
    expect(JSON.parse(await received)).toMatchObject({ p: { u: '/session/hello', b: { json: hello } } });
    core.close();
    await closed;
    expect([await call, waits.map(({ cancelled }) => cancelled), fetched]).toEqual([expect.any(Error), [true], []]);
  });

  test('that another window posts is not taken: it is waited for, and given up', async () => {
    const { opening, core, waits } = desktop((_window, given) => [
      { source: new EventTarget(), data: 'binnacle:port', ports: [given] },
    ]);
    const failed = failure(opening);
    waits[0]?.action();
    core.close();
    expect(await failed).toEqual(new Error('The core gave no port.'));
  });
});
