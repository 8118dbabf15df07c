import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { limits } from '../kernel/limits.ts';
import type { SimulatedContainer } from './container.ts';
import { inspected, listed } from './container-answers.ts';
import { API, networksAnswer, statsAnswer, versionAnswer } from './host-answers.ts';
import type { Simulation } from './simulation.ts';
import { streamEvents, streamLogs } from './stream-answers.ts';

/**
 * The HTTP side of a simulated engine: as much of Docker's API as Binnacle asks for. It listens nowhere: connections are
 * handed to it (`server.emit('connection', socket)`).
 */
export function createEngineServer(simulation: Simulation): Server {
  // As dockerd: an idle connection stays, until whoever opened it closes it.
  return createServer({ keepAliveTimeout: 0, requestTimeout: 0 }, (request, response) => {
    response.sendDate = false;
    response.setHeader('Date', new Date(simulation.clock.now()).toUTCString());
    response.setHeader('Api-Version', API.version);
    response.setHeader('Server', `Docker/${versionAnswer.Version} (linux)`);
    swallowBody(request);
    // Only the end of the demo, or of the connection, breaks off an answer.
    answer(simulation, request, response).catch(() => response.destroy());
  });
}

interface Question {
  readonly simulation: Simulation;
  readonly query: URLSearchParams;
  readonly response: ServerResponse;
}

async function answer(simulation: Simulation, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://engine');
  const [, minor, path = ''] = /^(?:\/v1\.(\d{1,3}))?(\/.*)$/.exec(url.pathname) ?? [];
  if (minor !== undefined) {
    const refusal = refusedVersion(Number(minor));
    if (refusal !== null) return say(response, 400, { message: refusal });
  }
  const question = { simulation, query: url.searchParams, response };
  const route = `${request.method} ${path}`;
  const plain = plainRoutes[route];
  if (plain !== undefined) return plain(question);
  const [, method, reference = '', what = ''] = /^(\w+) \/containers\/([^/]+)\/([a-z]+)$/.exec(route) ?? [];
  const about = containerRoutes[`${method} ${what}`];
  if (about === undefined) return say(response, 404, { message: 'page not found' });
  const container = simulation.find(decoded(reference));
  if (container !== null) return about(question, container);
  return say(response, 404, { message: `No such container: ${decoded(reference)}` });
}

const plainRoutes: Readonly<Record<string, (question: Question) => void | Promise<void>>> = {
  __proto__: null as never,
  'GET /_ping': ({ response }) => {
    response.writeHead(200, { 'Content-Type': 'text/plain; charset=utf-8', Ostype: 'linux' });
    response.end('OK');
  },
  'HEAD /_ping': ({ response }) => {
    response.writeHead(200, { 'Content-Type': 'text/plain; charset=utf-8', Ostype: 'linux' });
    response.end();
  },
  'GET /version': ({ response }) => say(response, 200, versionAnswer),
  'GET /networks': ({ simulation, response }) => say(response, 200, networksAnswer(simulation)),
  'GET /containers/json': ({ simulation, query, response }) => {
    const now = simulation.clock.now();
    const shown = simulation.containers.filter((one) => flag(query, 'all') || one.isRunning);
    say(
      response,
      200,
      shown.map((one) => listed(one, now)),
    );
  },
  'GET /events': ({ simulation, query, response }) =>
    streamEvents(response, simulation, {
      since: time(query, 'since'),
      until: time(query, 'until'),
      types: types(query),
    }),
};

type ContainerRoute = (question: Question, container: SimulatedContainer) => void | Promise<void>;

const containerRoutes: Readonly<Record<string, ContainerRoute>> = {
  __proto__: null as never,
  'GET json': ({ simulation, response }, container) => say(response, 200, inspected(container, simulation.clock.now())),
  'GET stats': ({ simulation, response }, container) =>
    say(response, 200, statsAnswer(simulation, container, simulation.clock.now())),
  'GET logs': ({ simulation, query, response }, container) => {
    const question = {
      follow: flag(query, 'follow'),
      stdout: flag(query, 'stdout'),
      stderr: flag(query, 'stderr'),
      timestamps: flag(query, 'timestamps'),
      tail: count(query.get('tail')),
      since: time(query, 'since'),
      until: time(query, 'until'),
    };
    if (question.stdout || question.stderr) return streamLogs(response, simulation, container, question);
    say(response, 400, { message: 'Bad parameters: you must choose at least one stream' });
  },
  'POST start': async ({ simulation, response }, container) => changed(response, await simulation.start(container)),
  'POST stop': async ({ simulation, query, response }, container) =>
    changed(response, await simulation.stop(container, graceMs(query, container))),
  'POST restart': async ({ simulation, query, response }, container) =>
    changed(response, await simulation.restart(container, graceMs(query, container))),
};

/** 304: it was so already. */
function changed(response: ServerResponse, done: boolean): void {
  response.writeHead(done ? 204 : 304).end();
}

function say(response: ServerResponse, status: number, json: unknown): void {
  const body = `${JSON.stringify(json)}\n`;
  response.writeHead(status, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) });
  // As text: Node then sends head and body in one piece, which is one packet less to encrypt.
  response.end(body);
}

/** moby, api/server/middleware/version.go */
function refusedVersion(minor: number): string | null {
  if (minor > API.minor) {
    return `client version 1.${minor} is too new. Maximum supported API version is ${API.version}`;
  }
  if (minor >= API.oldestMinor) return null;
  return `client version 1.${minor} is too old. Minimum supported API version is 1.${API.oldestMinor}, please upgrade your client to a newer version`;
}

function swallowBody(request: IncomingMessage): void {
  let bytes = 0;
  request.on('error', () => {});
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > limits.demo.bodyBytes) request.destroy();
  });
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

const flag = (query: URLSearchParams, name: string) => ['1', 'true', 'True'].includes(query.get(name) ?? '');

/** `all`, nothing and nonsense are null. */
function count(text: string | null): number | null {
  return text !== null && /^\d{1,9}$/.test(text) ? Number(text) : null;
}

/** Seconds since the epoch, with a fraction, as milliseconds; null where none was given. */
function time(query: URLSearchParams, name: string): number | null {
  const text = query.get(name) ?? '';
  return /^\d{1,12}(\.\d{1,9})?$/.test(text) && Number(text) > 0 ? Number(text) * 1_000 : null;
}

/** As Docker gives: what was asked for, else what the container asks for, else ten seconds. */
function graceMs(query: URLSearchParams, { plan }: SimulatedContainer): number {
  return (count(query.get('t')) ?? plan.stopTimeout ?? 10) * 1_000;
}

/** Of `filters={"type":["container"]}`; null: all. What else may be filtered by, the demo does not know. */
function types(query: URLSearchParams): ReadonlySet<string> | null {
  let filters: unknown;
  try {
    filters = JSON.parse(query.get('filters') ?? '{}');
  } catch {
    return null;
  }
  const type = typeof filters === 'object' && filters !== null && 'type' in filters ? filters.type : null;
  return Array.isArray(type) ? new Set(type.map(String)) : null;
}
