import type { LogLine } from '#contract/logs.ts';
import { LogSession } from './log-session.ts';
import type { LogSource, ReadRequest, StreamProblem } from './log-types.ts';

export const HOST = '11111111-1111-4111-8111-111111111111';
export const CONTAINER = 'a'.repeat(64);

/** Line `index` of a log that writes one a second. */
export function lineOf(index: number, text = `line ${index}`): LogLine {
  return { stream: 'stdout', time: new Date(Date.UTC(2026, 10, 21) + index * 1_000).toISOString(), text, cut: false };
}

export function linesOf(from: number, to: number, text?: string): LogLine[] {
  return Array.from({ length: to - from }, (_, i) => lineOf(from + i, text));
}

/** A stream as the host side sees it: sends on credit, and fails the test where a line is sent without. */
export class FakeStream {
  readonly request: ReadRequest;
  readonly signal: AbortSignal;
  credit: number;
  granted: number[] = [];
  returned = false;
  #wake: (() => void) | null = null;
  #waiting: ({ lines: readonly LogLine[] } | { error: unknown } | { end: true })[] = [];

  constructor(request: ReadRequest, signal: AbortSignal) {
    this.request = request;
    this.signal = signal;
    this.credit = request.credit;
  }

  async send(lines: readonly LogLine[]): Promise<void> {
    if (lines.length > this.credit) throw new Error(`${lines.length} lines sent, ${this.credit} were asked for`);
    this.credit -= lines.length;
    await this.#put({ lines });
  }

  fail(error: unknown): Promise<void> {
    return this.#put({ error });
  }

  end(): Promise<void> {
    return this.#put({ end: true });
  }

  async *batches(): AsyncGenerator<readonly LogLine[]> {
    try {
      for (;;) {
        const next = this.#waiting.shift();
        if (next === undefined) await new Promise<void>((resolve) => (this.#wake = resolve));
        else if ('error' in next) throw next.error;
        else if ('end' in next) return;
        else yield next.lines;
      }
    } finally {
      this.returned = true;
    }
  }

  async #put(what: { lines: readonly LogLine[] } | { error: unknown } | { end: true }): Promise<void> {
    this.#waiting.push(what);
    this.#wake?.();
    await settle();
  }
}

export class FakeSource implements LogSource {
  readonly streams: FakeStream[] = [];
  refusal: unknown = null;
  creditFailure: unknown = null;

  async read(request: ReadRequest, { signal }: { signal: AbortSignal }): Promise<AsyncIterable<readonly LogLine[]>> {
    if (this.refusal !== null) throw this.refusal;
    const stream = new FakeStream(request, signal);
    this.streams.push(stream);
    return stream.batches();
  }

  async credit({ stream, lines }: { stream: string; lines: number }): Promise<void> {
    if (this.creditFailure !== null) throw this.creditFailure;
    const open = this.streams.find(({ request }) => request.stream === stream);
    if (open === undefined) throw new Error('credit for a stream nobody opened');
    open.credit += lines;
    open.granted.push(lines);
  }

  get last(): FakeStream {
    const stream = this.streams.at(-1);
    if (stream === undefined) throw new Error('no stream was opened');
    return stream;
  }
}

/** Lets everything that is ready to happen happen. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

export const LOST: StreamProblem = {
  code: 'CONNECTION_LOST',
  message: 'The connection broke.',
  hint: null,
  passing: true,
};
export const GONE: StreamProblem = {
  code: 'ENGINE_NOT_FOUND',
  message: 'The container is gone.',
  hint: null,
  passing: false,
};

/** A session on a source, with a clock, timers and frames a test moves by hand. Errors are the problem they stand for. */
export function sessionOn(source: FakeSource) {
  const timers: { at: number; callback: () => void }[] = [];
  const frames: (() => void)[] = [];
  let now = 0;
  let ids = 0;
  const session = new LogSession(
    { hostId: HOST, containerId: CONTAINER },
    {
      now: () => now,
      after: (ms, callback) => {
        const timer = { at: now + ms, callback };
        timers.push(timer);
        return () => {
          const index = timers.indexOf(timer);
          if (index !== -1) timers.splice(index, 1);
        };
      },
      frame: (callback) => frames.push(callback),
      newId: () => `stream ${++ids}`,
      explain: (error) => error as StreamProblem,
    },
  );
  return {
    session,
    live: { source, hostLive: true, run: 'first' },
    timers,
    frames,
    paint: () => {
      for (const frame of frames.splice(0)) frame();
    },
    pass: async (ms: number) => {
      now += ms;
      for (const timer of timers.filter(({ at }) => at <= now)) {
        timers.splice(timers.indexOf(timer), 1);
        timer.callback();
      }
      await settle();
    },
    /** What stands in the ring: texts of lines, marks as objects. */
    shown: () =>
      Array.from({ length: session.ring.size }, (_, i) => session.ring.at(i)).map((entry) => {
        if (entry?.kind !== 'mark') return entry?.text;
        return entry.mark === 'resumed' ? `resumed after ${entry.after}, gapless ${entry.gapless}` : entry.mark;
      }),
  };
}
