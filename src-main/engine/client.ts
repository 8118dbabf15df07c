import { IncomingMessage } from 'node:http';
import type Docker from 'dockerode';
import { systemClock } from '../kernel/clock.ts';
import { AppError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import { networksFrom, sampleFrom } from './answers.ts';
import type { Channels } from './channels.ts';
import { detailFrom, summariesFrom } from './container-answers.ts';
import { EngineCosts } from './costs.ts';
import { readError } from './errors.ts';
import { readEvents, SeenEvents } from './events.ts';
import { EVENT_FILTERS } from './gate.ts';
import { readLogLines } from './log-stream.ts';
import type { EngineClient, EngineEvent } from './model.ts';
import { type Changed, EngineModem } from './modem.ts';
import { negotiate, type Pulse } from './negotiation.ts';
import { pollEvents } from './polled-events.ts';
import { createTransport, readAnswer, type TransportOptions } from './transport.ts';

interface OpenEngineOptions extends Omit<TransportOptions, 'costs'> {
  /** Gives up opening. */
  readonly signal: AbortSignal;
}

/**
 * Greets the engine behind `channels` and settles on an API version with it, within `limits.engine.requestMs`. Disposing
 * ends every request under way.
 * @param options.mode what the host is set to; read at each request, and again when it is sent
 * @throws AppError as {@link EngineClient}, and API_TOO_OLD, API_TOO_NEW
 */
export async function openEngine(
  channels: Channels,
  { signal, clock = systemClock, ...options }: OpenEngineOptions,
): Promise<EngineClient & AsyncDisposable> {
  await using cleanup = new AsyncDisposableStack();
  const costs = new EngineCosts();
  const transport = cleanup.use(createTransport(channels, { ...options, clock, costs }));
  // A tenth of a second of loading, most of it gRPC for builds: only where an engine is spoken to, beside its answers.
  const [{ default: Dockerode }, agreement] = await Promise.all([
    import('dockerode'),
    inTime(signal, (during) => negotiate(transport, clock, during)),
  ]);
  const modem = new EngineModem(transport, agreement.engine.apiVersion);
  const docker = (during: AbortSignal): Docker => new Dockerode(modem.dockerOptions(during));
  // For the overlap of one event stream with the one before it.
  const seen = new SeenEvents();
  const owned = cleanup.move();

  return {
    get engine() {
      return { ...agreement.engine, apiVersion: modem.apiVersion };
    },
    clockOffsetMs: agreement.clockOffsetMs,

    async ping(during) {
      const open = await transport.ask({ method: 'GET', path: pulsePath(agreement.pulse, modem.apiVersion) }, during);
      const answer = await readAnswer(open);
      if (answer.status !== 200) throw readError(answer.call, answer.status, answer.body);
      return open.tookMs;
    },
    async list(during) {
      return summariesFrom(await docker(during).listContainers({ all: true }));
    },
    async inspect(id, during) {
      return detailFrom(await docker(during).getContainer(id).inspect());
    },
    async networks(during) {
      return networksFrom(await docker(during).listNetworks());
    },
    async sample(id, during) {
      return sampleFrom(id, await docker(during).getContainer(id).stats({ stream: false, 'one-shot': true }));
    },
    async events(since, during, onUnreadable) {
      // What lies ahead of the engine is no place to begin: an event said to be of the year 9999 is none either.
      const latest = Math.min(since, clock.now() + agreement.clockOffsetMs);
      const filters = JSON.stringify(EVENT_FILTERS);
      const between = async (from: number, until: number | null, asking: AbortSignal) => {
        // Whole seconds, downwards: what that adds has been seen, and is dropped.
        const query = {
          since: Math.floor(engineSeconds(from)),
          ...(until === null ? {} : { until: Math.floor(engineSeconds(until)) }),
          filters,
        };
        return asResponse(await docker(asking).getEvents(query));
      };
      try {
        return untilEvicted(readEvents(await between(latest, null, during), seen, onUnreadable));
      } catch (error) {
        if (!isExhausted(error)) throw error;
      }
      return pollEvents({
        ask: (from, until) => between(from, until, during),
        since: latest,
        now: () => clock.now() + agreement.clockOffsetMs,
        clock,
        signal: during,
        seen,
        onUnreadable,
        hasRoom: transport.hasRoomForEvents,
      });
    },
    async change(what, { containerId, graceSeconds }, during) {
      const container = docker(during).getContainer(containerId);
      // dockerode hands on what our modem says, whatever its types promise.
      const changed: Changed = what === 'start' ? await container.start() : await container[what]({ t: graceSeconds });
      return changed;
    },
    async logs(id, { follow, tail, since, tty }, during) {
      const container = docker(during).getContainer(id);
      const query = {
        stdout: true,
        stderr: true,
        timestamps: true,
        ...(tail === 'all' ? {} : { tail }),
        ...(since === null ? {} : { since: engineSeconds(since) }),
      };
      // dockerode's types promise a Buffer without `follow`; our modem hands on the response in either case.
      const response: unknown = follow
        ? await container.logs({ follow: true, ...query })
        : await container.logs({ follow: false, ...query });
      return readLogLines(asResponse(response), { tty, timestamps: true, signal: during });
    },
    rejectPending: transport.rejectPending,
    costs: () => costs.report(),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** Several requests of which each may take its time; a plain timer, as for each of them (answer-limits.ts). */
async function inTime<T>(signal: AbortSignal, work: (during: AbortSignal) => Promise<T>): Promise<T> {
  const ms = limits.engine.requestMs;
  const late = new AbortController();
  const timer = setTimeout(() => {
    const message = `The engine did not say within ${ms / 1000} s what it is.`;
    const hint = 'Check on the host that the engine still responds, for example with “docker ps”.';
    late.abort(new AppError('ENGINE_TIMEOUT', message, { hint }));
  }, ms);
  try {
    return await work(AbortSignal.any([signal, late.signal]));
  } finally {
    clearTimeout(timer);
  }
}

function pulsePath(pulse: Pulse, apiVersion: string): string {
  if (pulse === 'list') return `/v${apiVersion}/containers/json?all=true`;
  return pulse === 'ping' ? '/_ping' : '/version';
}

/** One that has to make room ends as if the engine had ended it: who asks for the next one is given polled events. */
async function* untilEvicted(events: AsyncIterable<EngineEvent>): AsyncGenerator<EngineEvent, undefined> {
  try {
    yield* events;
  } catch (error) {
    if (!isExhausted(error)) throw error;
  }
}

function isExhausted(error: unknown): boolean {
  return error instanceof AppError && error.code === 'CHANNELS_EXHAUSTED';
}

/** Seconds since the epoch to the millisecond, within the ten digits that the gate lets through: the year 2286. */
function engineSeconds(ms: number): number {
  return Math.floor(Math.min(Math.max(ms, 0), 9_999_999_999_000)) / 1000;
}

function asResponse(answer: unknown): IncomingMessage {
  if (answer instanceof IncomingMessage) return answer;
  throw new AppError('INTERNAL', 'The engine gate does not list this request as a stream.');
}
