import { type Agent, request as httpRequest } from 'node:http';
import { openEngine } from './client.ts';
import { type FuzzCase, fuzzCases, seededRandom } from './gate.fuzz.cases.fixture.ts';
import { listed } from './gate.oracle.fixture.ts';
import type { HostMode } from './gate.ts';
import type { EngineClient } from './model.ts';
import { startRecordingEngine } from './recording-engine.fixture.ts';
import { createTransport, readAnswer, type Transport } from './transport.ts';
import { createTunnelAgent } from './tunnel-agent.ts';

const never = new AbortController().signal;
/** Requests under way at once. */
const BATCH = 200;
/** What a host is set to when a batch is asked for, and what it is set to before a channel has been opened. */
const MODES: readonly (readonly [asked: HostMode, sent: HostMode])[] = [
  ['operate', 'operate'],
  ['observe', 'observe'],
  ['operate', 'operate'],
  ['operate', 'observe'],
  ['observe', 'operate'],
];

interface FuzzFigures {
  readonly cases: number;
  /** Requests that reached the engine. */
  readonly reads: number;
  readonly changes: number;
  readonly channels: number;
  /** How the cases ended, by the code of their error; `answered` for those without. */
  readonly outcomes: Readonly<Record<string, number>>;
  /** The first that reached the engine and should not have, or should have and did not. */
  readonly wrong: readonly string[];
}

/** Sends generated requests by the real ways to an engine that records them, and holds what reached it against the oracle. */
export async function fuzzGate({
  cases,
  seed,
}: {
  readonly cases: number;
  readonly seed: number;
}): Promise<FuzzFigures> {
  const next = fuzzCases(seededRandom(seed));
  let mode: HostMode = 'observe';
  const modeNow = () => mode;
  const wrong: string[] = [];
  const outcomes: Record<string, number> = {};
  const figures = { reads: 0, changes: 0 };
  const complain = (what: string, request: string) => {
    if (wrong.length < 20) wrong.push(`${mode}: ${what}: ${JSON.stringify(request.slice(0, 400))}`);
  };

  const engine = startRecordingEngine((head) => {
    if (!isListedHead(head, mode)) complain('not listed', head);
    return answerTo(head);
  });
  await using client = await openEngine(engine.channels, { signal: never, mode: modeNow });
  using transport = createTransport(engine.channels, { mode: modeNow });
  const [pooled, single] = [true, false].map((pool) =>
    createTunnelAgent(engine.channels, { mode: modeNow, pooled: pool }),
  );
  if (pooled === undefined || single === undefined) throw new Error('There are two agents.');
  engine.take();

  for (let done = 0; done < cases; done += BATCH) {
    const [asked, sent] = MODES[(done / BATCH) % MODES.length] ?? ['observe', 'observe'];
    mode = asked;
    const batch = Array.from({ length: Math.min(BATCH, cases - done) }, next);
    const ways = { transport, client, agent: done % (2 * BATCH) === 0 ? pooled : single };
    const ends = batch.map((one) => attempt(one, ways));
    mode = sent;
    for (const end of await Promise.all(ends)) outcomes[end] = (outcomes[end] ?? 0) + 1;

    const reached = engine.take();
    const allowed = batch.map((one) => expectedOf(one, asked, sent));
    const left = new Map<string, number>();
    for (const head of reached) {
      const line = head.slice(0, head.indexOf(' HTTP/1.1'));
      left.set(line, (left.get(line) ?? 0) + 1);
      if (line.startsWith('GET ')) figures.reads += 1;
      else figures.changes += 1;
    }
    // First what has to be there, then what may.
    for (const { line, must } of allowed.toSorted((a, b) => Number(b.must) - Number(a.must))) {
      if (line === null) continue;
      const count = left.get(line) ?? 0;
      if (count > 0) left.set(line, count - 1);
      else if (must) complain('did not reach the engine', line);
    }
    for (const [line, count] of left) if (count > 0) complain('was sent though nobody may', line);
  }
  pooled.destroy();
  single.destroy();
  return { cases, ...figures, channels: engine.opened(), outcomes, wrong };
}

interface Ways {
  readonly transport: Transport;
  readonly agent: Agent;
  readonly client: EngineClient;
}

/** @returns the code it failed with, or `answered` */
async function attempt(one: FuzzCase, { transport, agent, client }: Ways): Promise<string> {
  try {
    if (one.via === 'transport') await readAnswer(await transport.ask({ method: one.method, path: one.target }, never));
    else if (one.via === 'agent') await byAgent(one, agent);
    else if (one.call === 'inspect') await client.inspect(one.id, never);
    else await client.change(one.call, { containerId: one.id, graceSeconds: one.seconds }, never);
    return 'answered';
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error);
  }
}

function byAgent(one: FuzzCase, agent: Agent): Promise<void> {
  return new Promise((resolve, reject) => {
    const { method, target: path, headers, options } = one;
    const request = httpRequest({ agent, host: 'localhost', method, path, headers, ...options });
    request.on('response', (answer) => answer.resume().on('error', reject).on('end', resolve));
    request.on('error', reject);
    request.on('close', () => reject(new Error('closed without an answer')));
    if (one.tampered !== null) Object.assign(request, one.tampered);
    if (one.body !== null) request.write(one.body);
    request.end();
  });
}

interface Expected {
  /** The request line that may reach the engine; null: none. */
  readonly line: string | null;
  /** It has to. */
  readonly must: boolean;
}

const NOTHING: Expected = { line: null, must: false };

function expectedOf(one: FuzzCase, asked: HostMode, sent: HostMode): Expected {
  const request = requestOf(one);
  const plain = { ...request, hasBody: false };
  if (!listed(plain, asked) || !listed(plain, sent)) return NOTHING;
  const line = `${request.method} ${request.path}`;
  if (one.via !== 'agent') return { line, must: true };
  if (!saysNoMore(one.headers, request.method)) return NOTHING;
  // What was tampered with or written to after it was passed may fail, as long as nothing else is sent in its place.
  const untouched = one.tampered === null && one.body === null && Object.keys(one.options).length === 0;
  return { line, must: untouched && Object.keys(one.headers).length === 0 };
}

/** What is asked for, said plainly. */
function requestOf({ via, method, target, call, id, seconds }: FuzzCase): { method: string; path: string } {
  if (via === 'transport') return { method, path: target };
  // Node's own reading of what it is given.
  if (via === 'agent') return { method: method.toUpperCase() || 'GET', path: target || '/' };
  const container = `/v1.41/containers/${id}`;
  if (call === 'inspect') return { method: 'GET', path: `${container}/json` };
  return { method: 'POST', path: call === 'start' ? `${container}/start` : `${container}/${call}?t=${seconds}` };
}

function saysNoMore(headers: FuzzCase['headers'], method: string): boolean {
  if (Array.isArray(headers)) return false;
  return Object.entries(headers).every(([name, value]) => {
    if (['host', 'accept', 'user-agent'].includes(name.toLowerCase())) return true;
    return name.toLowerCase() === 'content-length' && method === 'POST' && String(value) === '0';
  });
}

/** Byte by byte, as a strict server reads it: one request line, harmless headers each once, no other line break. */
function isListedHead(head: string, mode: HostMode): boolean {
  const [first = '', ...lines] = head.split('\r\n');
  const [method = '', path = '', version, ...more] = first.split(' ');
  if (version !== 'HTTP/1.1' || more.length > 0 || !listed({ method, path, hasBody: false }, mode)) return false;
  const names = lines.map((line) => line.slice(0, line.indexOf(':')).toLowerCase());
  if (new Set(names).size !== names.length) return false;
  return lines.every((line, index) => {
    const value = line.slice(line.indexOf(':') + 1).trim();
    if (value.includes('\r') || value.includes('\n')) return false;
    const name = names[index] ?? '';
    if (name === 'connection') return value === 'close' || value === 'keep-alive';
    if (name === 'content-length') return method === 'POST' && value === '0';
    return ['host', 'accept', 'user-agent'].includes(name);
  });
}

function answerTo(head: string): string {
  if (head.startsWith('POST')) return 'HTTP/1.1 204 No Content\r\n\r\n';
  const body = head.startsWith('GET /version')
    ? JSON.stringify({ Version: '20.10.24', ApiVersion: '1.41', MinAPIVersion: '1.12' })
    : '{}';
  return `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
}
