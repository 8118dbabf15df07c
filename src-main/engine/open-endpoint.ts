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
  /** It has failed before anything got through to the socket. */
  readonly onStop?: (error: unknown) => void;
}

/** Opens the engine at `endpoint`, telling of each step. @throws AppError what `endpoint.explain` makes of it; see `openEngine` */
export async function openEndpoint(
  endpoint: Endpoint,
  { mode, signal, clock, steps, onStop }: OpenEndpointOptions,
): Promise<OpenedEndpoint> {
  const lanes = new Lanes(endpoint.budget);
  // Through to the engine's socket, and not only to what is to connect to it.
  let hasOpened = false;
  const through = () => {
    if (hasOpened) return;
    hasOpened = true;
    steps.passed('forward', endpoint.way);
    steps.begin('socket');
    steps.passed('socket', endpoint.place);
    steps.begin('engine');
  };
  const channels = new CountedChannels(endpoint, { lanes, ...(endpoint.opensAtSocket ? { onFirst: through } : {}) });
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
    if (!hasOpened) onStop?.(error);
    throw error;
  }
}

/** Tells at which step an opening has stopped that never got an answer. */
export function tellStop(endpoint: Endpoint, error: unknown, steps: LinkSteps): void {
  const code = error instanceof AppError ? error.code : '';
  if (code === 'ENGINE_TIMEOUT' && !endpoint.opensAtSocket) {
    // It neither ended nor said that it could not connect.
    steps.passed('forward', endpoint.way);
    steps.skipped('socket', 'docker system dial-stdio does not tell of it');
    steps.begin('engine');
  } else if (code.startsWith('SOCKET_') || (endpoint.via === 'tcp' && code === 'ENGINE_UNREACHABLE')) {
    steps.passed('forward', endpoint.way);
    steps.begin('socket');
  }
}

/** As in `Docker 20.10.24, API 1.41`. */
function shownEngine({ name, version, apiVersion }: Engine): string {
  return `${name === 'podman' ? 'Podman' : 'Docker'} ${version}, API ${apiVersion}`;
}
