import type { ServerResponse } from 'node:http';
import { AppError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import type { LogLine, SimulatedContainer } from './container.ts';
import { firstMoment, lastLines, linesBetween } from './log-book.ts';
import type { Simulation } from './simulation.ts';

/** Times are milliseconds of the engine's clock; null where none was given. */
export interface LogQuestion {
  readonly follow: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
  readonly timestamps: boolean;
  /** null: all that is kept. */
  readonly tail: number | null;
  readonly since: number | null;
  readonly until: number | null;
}

/** The events from `since` on, then those that happen; none of the past without `since`. Ends with the connection, or at `until`. */
export async function streamEvents(
  response: ServerResponse,
  { journal, clock }: Simulation,
  question: {
    readonly since: number | null;
    readonly until: number | null;
    readonly types: ReadonlySet<string> | null;
  },
): Promise<void> {
  const over = openStream(response, 'application/json');
  let news = Promise.withResolvers<void>();
  using _ = journal.subscribe(() => news.resolve());
  over.addEventListener('abort', () => news.resolve(), { once: true });
  const { until, types } = question;
  let seen = question.since === null ? journal.count : 0;
  while (!over.aborted) {
    news = Promise.withResolvers();
    const events = journal.since(seen, question.since ?? 0);
    seen = journal.count;
    const wanted = events.filter(({ type, at }) => (types?.has(type) ?? true) && (until === null || at <= until));
    await send(response, Buffer.from(wanted.map(({ line }) => line).join('')), over);
    if (until !== null && clock.now() >= until) break;
    // Nothing is held for one who reads slowly: what the journal has forgotten meanwhile is lost, as it is with Docker.
    if (journal.count === seen) await news.promise;
  }
  response.end();
}

/** A container's log; followed, it ends when the container does. */
export async function streamLogs(
  response: ServerResponse,
  { clock }: Simulation,
  container: SimulatedContainer,
  question: LogQuestion,
): Promise<void> {
  const over = openStream(response, `application/vnd.docker.${container.plan.tty ? 'raw' : 'multiplexed'}-stream`);
  const { since, until, follow, tail } = question;
  const { startedAt } = container.life;
  const from = since ?? 0;
  let to = Math.min(clock.now(), until ?? Number.POSITIVE_INFINITY);
  const kept = Math.max(from, firstMoment(container, to));
  const past = tail === null ? linesBetween(container, kept, to) : lastLines(container, tail, from, to);
  await sendLines(response, past, container, question, over);
  while (follow && !over.aborted && (until === null || to < until)) {
    const goesOn = container.isRunning && container.life.startedAt === startedAt;
    // What it said in its last millisecond is part of it.
    const now = goesOn ? clock.now() : (container.runs.find((run) => run.from === startedAt)?.to ?? to - 1) + 1;
    await sendLines(response, linesBetween(container, Math.max(to, from), now), container, question, over);
    to = Math.max(to, now);
    if (!goesOn) break;
    await clock.sleep(limits.demo.logPollMs, over).catch(() => undefined);
  }
  response.end();
}

/** Sends the head. @returns aborted when nobody reads any more */
function openStream(response: ServerResponse, contentType: string): AbortSignal {
  const over = new AbortController();
  response.once('close', () => over.abort(new AppError('CANCELLED', 'Nobody reads this any more.')));
  response.writeHead(200, { 'Content-Type': contentType });
  response.flushHeaders();
  return over.signal;
}

async function sendLines(
  response: ServerResponse,
  lines: Iterable<LogLine>,
  { plan }: SimulatedContainer,
  question: LogQuestion,
  over: AbortSignal,
): Promise<void> {
  let piece: Buffer[] = [];
  let bytes = 0;
  for (const line of lines) {
    if (!(line.stream === 'stderr' && !plan.tty ? question.stderr : question.stdout)) continue;
    const packed = plan.tty ? unframed(line, question.timestamps) : framed(line, question.timestamps);
    piece.push(packed);
    bytes += packed.length;
    if (bytes < limits.demo.pieceBytes) continue;
    await send(response, Buffer.concat(piece), over);
    if (over.aborted) return;
    piece = [];
    bytes = 0;
  }
  await send(response, Buffer.concat(piece), over);
}

/** Resolves when there is room for more, or nobody reads any more. */
async function send(response: ServerResponse, bytes: Buffer, over: AbortSignal): Promise<void> {
  if (bytes.length === 0 || over.aborted || response.write(bytes)) return;
  await new Promise<void>((resolve) => {
    const done = () => {
      response.off('drain', done);
      over.removeEventListener('abort', done);
      resolve();
    };
    response.on('drain', done);
    over.addEventListener('abort', done);
  });
}

function framed(line: LogLine, timestamps: boolean): Buffer {
  const payload = Buffer.from(`${timestamps ? `${stamp(line)} ` : ''}${line.text}\n`);
  const header = Buffer.alloc(8);
  header[0] = line.stream === 'stderr' ? 2 : 1;
  header.writeUInt32BE(payload.length, 4);
  return Buffer.concat([header, payload]);
}

function unframed(line: LogLine, timestamps: boolean): Buffer {
  return Buffer.from(`${timestamps ? `${stamp(line)} ` : ''}${line.text}\r\n`);
}

/** `2026-05-04T10:11:12.345678901Z` */
function stamp({ at, nanos }: LogLine): string {
  return `${new Date(at).toISOString().slice(0, -1)}${String(nanos).padStart(6, '0')}Z`;
}
