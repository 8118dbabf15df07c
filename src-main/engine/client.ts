import { IncomingMessage } from 'node:http';
import type Docker from 'dockerode';
import { type Clock, systemClock } from '../kernel/clock.ts';
import { AppError } from '../kernel/errors.ts';
import { networksFrom, sampleFrom } from './answers.ts';
import type { Channels } from './channels.ts';
import { detailFrom, summariesFrom } from './container-answers.ts';
import { statusError } from './errors.ts';
import { readEvents, SeenEvents } from './events.ts';
import { EVENT_FILTERS, type HostMode } from './gate.ts';
import { readLogLines } from './log-stream.ts';
import type { EngineClient } from './model.ts';
import { type Changed, EngineModem } from './modem.ts';
import { negotiate } from './negotiation.ts';
import { createTransport, readAnswer } from './transport.ts';

interface OpenEngineOptions {
  /** Gives up opening. */
  readonly signal: AbortSignal;
  /** What the host is set to; read at each request, and again when it is sent. */
  readonly mode: () => HostMode;
  readonly clock?: Clock;
}

/**
 * Greets the engine behind `channels` and settles on an API version with it. Disposing ends every request under way.
 * @throws AppError as {@link EngineClient}, and API_TOO_OLD, API_TOO_NEW
 */
export async function openEngine(
  channels: Channels,
  { signal, mode, clock = systemClock }: OpenEngineOptions,
): Promise<EngineClient & AsyncDisposable> {
  await using cleanup = new AsyncDisposableStack();
  const transport = cleanup.use(createTransport(channels, mode, clock));
  // A tenth of a second of loading, most of it gRPC for builds: only where an engine is spoken to, beside its answers.
  const [{ default: Dockerode }, agreement] = await Promise.all([
    import('dockerode'),
    negotiate(transport, clock, signal),
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
      const open = await transport.ask({ method: 'GET', path: '/_ping' }, during);
      const answer = await readAnswer(open);
      if (answer.status !== 200) throw statusError(answer.call, answer.status, answer.body);
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
      // Whole seconds, downwards: what that adds has been seen, and is dropped.
      const query = { since: Math.floor(engineSeconds(latest)), filters: JSON.stringify(EVENT_FILTERS) };
      return readEvents(asResponse(await docker(during).getEvents(query)), seen, onUnreadable);
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
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** Seconds since the epoch to the millisecond, within the ten digits that the gate lets through: the year 2286. */
function engineSeconds(ms: number): number {
  return Math.floor(Math.min(Math.max(ms, 0), 9_999_999_999_000)) / 1000;
}

function asResponse(answer: unknown): IncomingMessage {
  if (answer instanceof IncomingMessage) return answer;
  throw new AppError('INTERNAL', 'The engine gate does not list this request as a stream.');
}
