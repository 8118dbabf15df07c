import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { Agent, type IncomingHttpHeaders, type IncomingMessage, type OutgoingHttpHeaders, request } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { WebSocket } from 'ws';
import { systemClock } from '../../kernel/clock.ts';
import { type LoopbackOptions, type LoopbackServer, startLoopbackServer } from './loopback-server.ts';

export const PAGE = '<!doctype html><title>Binnacle</title>';

/** A folder such as the build makes, with `files` in it; removed when it is disposed. */
export async function pageFolder(
  files: Readonly<Record<string, string>> = { 'index.html': PAGE, 'assets/index-D5MyDBG6.js': 'export {};' },
): Promise<AsyncDisposable & { readonly folder: string }> {
  const folder = await mkdtemp(path.join(tmpdir(), 'binnacle-page-'));
  for (const [name, content] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(folder, name)), { recursive: true });
    await writeFile(path.join(folder, name), content);
  }
  return { folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
}

export interface TestServer extends LoopbackServer {
  readonly origin: string;
  /** What `onFault` was told. */
  readonly faults: readonly unknown[];
  /** A token, as in the link. */
  token(): string;
}

/** A server with a page, whose sockets send back what they are sent. */
export async function startServer(options: Partial<LoopbackOptions> = {}): Promise<TestServer> {
  const page = await pageFolder();
  const faults: unknown[] = [];
  const server = await startLoopbackServer({
    port: 0,
    rendererFolder: page.folder,
    clock: systemClock,
    serve: echo,
    onFault: (error) => void faults.push(error),
    ...options,
  });
  return {
    ...withOrigin(server),
    faults,
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await page[Symbol.asyncDispose]();
    },
  };
}

function echo(socket: WebSocket): Disposable {
  socket.on('message', (data) => socket.send(String(data)));
  return { [Symbol.dispose]: () => undefined };
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

interface Asked {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: string | Buffer;
}

/** No more at once than a browser has connections for, and no fewer than 1,000 wrong guesses need to be through soon. */
const agent = new Agent({ maxSockets: 64 });

/** A server whose options and faults are somebody else's. */
export function withOrigin(server: LoopbackServer): TestServer {
  return {
    ...server,
    origin: `http://127.0.0.1:${server.port}`,
    faults: [],
    token: () => new URL(server.url()).hash.slice('#token='.length),
  };
}

/** Any request whatever, as no browser would send it. */
export async function ask(
  { port }: Pick<LoopbackServer, 'port'>,
  { method = 'GET', path: at = '/', headers = {}, body }: Asked,
) {
  const given = Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== undefined));
  const asked = request({ host: '127.0.0.1', port, method, path: at, headers: given, agent });
  // Refused before all of it was read, it may be cut off while it is written.
  asked.on('error', () => undefined);
  asked.end(body);
  const [answer] = (await once(asked, 'response')) as [IncomingMessage];
  const got: Answer = { status: answer.statusCode ?? 0, headers: answer.headers, body: await text(answer) };
  return got;
}

/** `POST /session` as the page sends it; `headers` take the place of its own, and undefined leaves one out. */
export async function post(
  server: TestServer,
  body: string | Buffer,
  headers: OutgoingHttpHeaders = {},
): Promise<Answer> {
  const usual = { origin: server.origin, 'content-type': 'application/json' };
  return await ask(server, { method: 'POST', path: '/session', headers: { ...usual, ...headers }, body });
}

/** What a window has once it was let in. */
export interface Let {
  /** `name=value`. */
  readonly cookie: string;
  readonly secret: string;
}

/** A window that has spent a token. */
export async function letIn(server: TestServer, cookie?: string): Promise<Let> {
  const answer = await post(server, JSON.stringify({ token: server.token() }), cookie === undefined ? {} : { cookie });
  const [set = ''] = answer.headers['set-cookie'] ?? [];
  return { cookie: set.split(';')[0] ?? '', secret: JSON.parse(answer.body).secret };
}

interface Opening {
  readonly path?: string;
  readonly headers?: Record<string, string>;
  readonly protocols?: string[];
  readonly cookie?: string;
  readonly secret?: string;
}

/** A socket as the page opens it, or the status it was refused with. */
export async function openSocket(
  server: TestServer,
  { path: at = '/socket', cookie, secret, headers = {}, protocols = ['binnacle', `binnacle.${secret}`] }: Opening,
): Promise<WebSocket | number> {
  const usual = { origin: server.origin, ...(cookie === undefined ? {} : { cookie }) };
  const socket = new WebSocket(`ws://127.0.0.1:${server.port}${at}`, protocols, { headers: { ...usual, ...headers } });
  return await new Promise((resolve, reject) => {
    socket.once('open', () => resolve(socket));
    socket.once('unexpected-response', (asked, answer) => {
      asked.destroy();
      resolve(answer.statusCode ?? 0);
    });
    socket.once('error', reject);
  });
}

/** Sends `bytes` as they are, and resolves with all that came back before the other end hung up. */
export async function sendRaw({ port }: LoopbackServer, bytes: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  socket.write(bytes);
  return await text(socket).catch(() => '');
}
