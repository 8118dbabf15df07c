import type { Engine } from '#contract/fleet.ts';
import type { Clock } from '../kernel/clock.ts';
import { AppError } from '../kernel/errors.ts';
import { openEngine } from './client.ts';
import { type ChannelCounts, CountedChannels } from './counted-channels.ts';
import type { Endpoint } from './endpoint.ts';
import type { HostMode } from './gate.ts';
import { Lanes } from './lanes.ts';
import type { LinkSteps } from './link-steps.ts';
import type { EngineClient } from './model.ts';

/** An engine that was reached by one way, and how many channels that takes. */
export interface OpenedEndpoint extends AsyncDisposable {
  readonly endpoint: Endpoint;
  readonly client: EngineClient;
  readonly lanes: Lanes;
  counts(): ChannelCounts;
}

interface OpenEndpointOptions {
  readonly mode: () => HostMode;
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly steps: LinkSteps;
  /**
   * It has failed before anything got through to the socket; `openedAt`: when a channel towards it was open, by the
   * monotonic clock, null: none was.
   */
  readonly onStop?: (error: unknown, openedAt: number | null) => void;
}

/** Opens the engine at `endpoint`, telling of each step. @throws AppError what `endpoint.explain` makes of it; see `openEngine` */
export async function openEndpoint(
  endpoint: Endpoint,
  { mode, signal, clock, steps, onStop }: OpenEndpointOptions,
): Promise<OpenedEndpoint> {
  const lanes = new Lanes(endpoint.budget);
  // Through to the engine's socket, and not only to what is to connect to it.
  let hasOpened = false;
  let openedAt: number | null = null;
  const through = () => {
    if (hasOpened) return;
    hasOpened = true;
    steps.passed('forward', endpoint.way);
    steps.begin('socket');
    steps.passed('socket', endpoint.place);
    steps.begin('engine');
  };
  const begun = () => {
    openedAt = clock.monotonic();
  };
  const channels = new CountedChannels(endpoint, { lanes, onFirst: endpoint.opensAtSocket ? through : begun });
  steps.begin(endpoint.via === 'local' ? 'socket' : 'forward');
  try {
    const client = await openEngine(channels, {
      signal,
      mode,
      clock,
      lanes,
      explain: (error) => endpoint.explain(error, hasOpened),
      onAnswer: through,
    });
    steps.passed('engine', shownEngine(client.engine));
    return {
      endpoint,
      client,
      lanes,
      counts: () => channels.counts(),
      [Symbol.asyncDispose]: () => client[Symbol.asyncDispose](),
    };
  } catch (error) {
    const why = hasOpened ? error : await silenceExplained(endpoint, error, signal);
    if (!hasOpened) onStop?.(why, openedAt);
    throw why;
  }
}

/** Where nothing at all was heard, whether there was anybody to hear of. */
async function silenceExplained({ explainSilence }: Endpoint, error: unknown, signal: AbortSignal): Promise<unknown> {
  const isSilence = error instanceof AppError && error.code === 'ENGINE_TIMEOUT' && !signal.aborted;
  return isSilence && explainSilence !== undefined ? await explainSilence(error, signal) : error;
}

/**
 * Tells at which step an opening has stopped that never got an answer; what it waited for is that step's time.
 * @param openedAt as in `onStop`
 */
export function tellStop(endpoint: Endpoint, error: unknown, steps: LinkSteps, openedAt: number | null): void {
  const code = error instanceof AppError ? error.code : '';
  const isAtSocket = error instanceof AppError && error.details.isAtSocket === true;
  const at = openedAt ?? steps.begunAt;
  if (code === 'ENGINE_TIMEOUT' && !endpoint.opensAtSocket) {
    // It neither ended nor said that it could not connect.
    steps.passed('forward', endpoint.way, at);
    steps.skipped('socket', 'docker system dial-stdio does not tell of it');
    steps.begin('engine', at);
  } else if (code.startsWith('SOCKET_') || isAtSocket || (endpoint.via === 'tcp' && code === 'ENGINE_UNREACHABLE')) {
    steps.passed('forward', endpoint.way, at);
    steps.begin('socket', at);
  }
}

/** As in `Docker 20.10.24, API 1.41`. */
function shownEngine({ name, version, apiVersion }: Engine): string {
  return `${name === 'podman' ? 'Podman' : 'Docker'} ${version}, API ${apiVersion}`;
}
