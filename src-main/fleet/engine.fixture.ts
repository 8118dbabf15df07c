import type { EngineChange } from '#contract/actions.ts';
import type { ConnectionReport } from '#contract/hosts.ts';
import type { HostLink, HostLogin } from '../engine/link.ts';
import type {
  ContainerDetail,
  ContainerSummary,
  EngineClient,
  EngineEvent,
  LogLine,
  LogOptions,
  NetworkSummary,
  StatsSample,
} from '../engine/model.ts';
import { type ManualClock, manualClock } from '../kernel/clock.fixture.ts';
import { AppError, abortError } from '../kernel/errors.ts';
import { at, detail, ENGINE_ZERO, sample, summary } from './facts.fixture.ts';

/** A manual clock at the fixtures' zero, of a machine that may sleep: then its wall clock goes on, and nothing else. */
export function fixtureClock(): ManualClock & { nap(ms: number): void } {
  const clock = manualClock(at(0).wall);
  let slept = 0;
  return {
    ...clock,
    now: () => clock.now() + slept,
    nap: (ms) => {
      slept += ms;
    },
  };
}

export const toAppError = (error: unknown): AppError =>
  error instanceof AppError ? error : new AppError('INTERNAL', 'A bug.', { cause: error });

export const never = <T>(): Promise<T> => new Promise(() => undefined);

/** One answer to `events`, which a test feeds. */
export interface FakeStream {
  /** Milliseconds of the engine's clock from the fixtures' zero. */
  readonly since: number;
  /** A line came that is no event. */
  unreadable(problem: AppError): void;
  push(event: EngineEvent): void;
  end(): void;
  fail(error: Error): void;
}

/** An engine at the port: it answers at once what it holds, unless a test puts another answer in its place. */
export interface FakeEngine extends EngineClient {
  /** Every question in order: `list`, `inspect a`, `events -605000`. Emptied by {@link FakeEngine.takeAsked}. */
  readonly asked: string[];
  takeAsked(): string[];
  readonly streams: FakeStream[];
  /** Questions that were asked and neither answered nor given up. */
  readonly open: Set<string>;
  containers: ContainerSummary[];
  answers: Answers;
  /** What an event stream begins with, by the `since` it was asked for with, milliseconds of the engine's clock. */
  replay: (since: number) => readonly EngineEvent[];
}

interface Answers {
  ping: () => Promise<number>;
  list: () => Promise<ContainerSummary[]>;
  inspect: (id: string) => Promise<ContainerDetail>;
  networks: () => Promise<NetworkSummary[]>;
  sample: (id: string) => Promise<StatsSample>;
  events: () => Promise<void>;
  change: (what: EngineChange, id: string, graceSeconds: number) => Promise<'done' | 'already'>;
  logs: (id: string, options: LogOptions) => Promise<AsyncIterable<readonly LogLine[]>>;
}

/** @param elapsed milliseconds since the fixtures' zero; dates its samples */
export function fakeEngine(ids: readonly string[], elapsed: () => number): FakeEngine {
  const asked: string[] = [];
  const open = new Set<string>();
  const streams: FakeStream[] = [];
  let rejected = new AbortController();
  // As a real client does, it lets go of a question at once when it is given up.
  const ask = async <T>(question: string, answer: () => Promise<T>, signal: AbortSignal): Promise<T> => {
    asked.push(question);
    open.add(question);
    try {
      return await unlessAborted(answer(), AbortSignal.any([signal, rejected.signal]));
    } finally {
      open.delete(question);
    }
  };
  const fake: FakeEngine = {
    engine: { name: 'docker', version: '20.10.24', apiVersion: '1.41' },
    clockOffsetMs: ENGINE_ZERO - at(0).wall,
    asked,
    takeAsked: () => asked.splice(0),
    streams,
    open,
    containers: ids.map((id) => summary(id)),
    replay: () => [],
    answers: {
      ping: async () => 5,
      list: async () => [...fake.containers],
      inspect: async (id) => {
        const found = fake.containers.find((container) => container.id === id);
        if (found === undefined) throw new AppError('ENGINE_NOT_FOUND', 'No such container.');
        return detail(id, { state: found.state, name: found.name, exitCode: found.exitCode });
      },
      networks: async () => [],
      sample: async (id) => sample(id, elapsed()),
      events: async () => undefined,
      change: async () => 'done',
      logs: async () => batches(),
    },
    ping: (signal) => ask('ping', () => fake.answers.ping(), signal),
    list: (signal) => ask('list', () => fake.answers.list(), signal),
    inspect: (id, signal) => ask(`inspect ${id}`, () => fake.answers.inspect(id), signal),
    networks: (signal) => ask('networks', () => fake.answers.networks(), signal),
    sample: (id, signal) => ask(`sample ${id}`, () => fake.answers.sample(id), signal),
    events: async (since, signal, onUnreadable) => {
      await ask(`events ${since - ENGINE_ZERO}`, () => fake.answers.events(), signal);
      return openStream(
        { since: since - ENGINE_ZERO, unreadable: (problem) => onUnreadable?.(problem) },
        streams,
        fake.replay(since),
        signal,
      );
    },
    change: (what, { containerId, graceSeconds }, signal) =>
      ask(`${what} ${containerId}`, () => fake.answers.change(what, containerId, graceSeconds), signal),
    logs: (id, options, signal) => ask(`logs ${id}`, () => fake.answers.logs(id, options), signal),
    rejectPending(why) {
      asked.push(`reject ${why.code}`);
      rejected.abort(why);
      rejected = new AbortController();
    },
    costs: () => [],
  };
  return fake;
}

/** What `logs` answers: these batches, then the end. */
export async function* batches(...all: readonly (readonly LogLine[])[]): AsyncGenerator<readonly LogLine[]> {
  yield* all;
}

async function* openStream(
  told: Pick<FakeStream, 'since' | 'unreadable'>,
  streams: FakeStream[],
  replayed: readonly EngineEvent[],
  signal: AbortSignal,
): AsyncGenerator<EngineEvent> {
  const waiting: EngineEvent[] = [...replayed];
  const over = Promise.withResolvers<never>();
  over.promise.catch(() => undefined);
  let ended = false;
  let wake = Promise.withResolvers<void>();
  const change = (what: () => void) => {
    what();
    wake.resolve();
  };
  streams.push({
    ...told,
    push: (event) => change(() => waiting.push(event)),
    end: () =>
      change(() => {
        ended = true;
      }),
    fail: (error) => over.reject(error),
  });
  for (;;) {
    yield* waiting.splice(0);
    if (ended) return;
    await unlessAborted(Promise.race([wake.promise, over.promise]), signal);
    wake = Promise.withResolvers();
  }
}

function unlessAborted<T>(answer: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(abortError(signal));
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    answer.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}

export const LOGIN: HostLogin = { user: 'ops', hostKey: 'SHA256:host', loginKey: 'SHA256:login' };

/** What every fake link tells of itself. */
export const REPORT: Omit<ConnectionReport, 'notes'> = {
  hops: [],
  via: 'stream-local',
  endpoint: '/var/run/docker.sock',
  channels: { open: 2, opened: 3, refused: 0, most: null },
  costs: [],
};

/** A link over which a test has the say. */
export interface FakeLink extends HostLink {
  readonly client: FakeEngine;
  /** Ends it as a connection ends that was not asked to. */
  drop(why: AppError): void;
  /** What it says of how long nothing has come over it, in milliseconds; 0 unless a test says otherwise. */
  quietMs: number;
  readonly disposed: boolean;
}

export function fakeLink(client: FakeEngine): FakeLink {
  const { promise: closed, resolve } = Promise.withResolvers<AppError | null>();
  let disposed = false;
  return {
    client,
    login: LOGIN,
    closed,
    quietMs: 0,
    silentMs() {
      return this.quietMs;
    },
    report: () => REPORT,
    drop: (why) => resolve(why),
    get disposed() {
      return disposed;
    },
    async [Symbol.asyncDispose]() {
      disposed = true;
      resolve(null);
    },
  };
}
