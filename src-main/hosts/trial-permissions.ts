import type { EngineClient } from '../engine/model.ts';
import type { Clock } from '../kernel/clock.ts';
import { AppError, abortError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';

interface ReadPermissions {
  readonly containers: number;
  /** Median round trip in milliseconds. */
  readonly latencyMs: number;
  /** In a few words: `all reads are allowed`. */
  readonly seen: string;
  /** What is not to be had, each with what that means; empty where all is. */
  readonly notes: readonly string[];
}

type Read = 'inspect' | 'stats' | 'networks' | 'events';
type Outcome = 'allowed' | 'untried' | { readonly denied: AppError } | { readonly failed: AppError };

const READS: Readonly<Record<Read, { readonly called: string; readonly without: string }>> = {
  inspect: { called: 'inspect', without: 'verdicts stay provisional, without health, restarts and limits' },
  stats: { called: 'stats', without: 'no load is shown' },
  networks: { called: 'networks', without: 'no subnets are shown' },
  events: { called: 'events', without: 'changes are seen at each refresh, not as they happen' },
};

/**
 * Asks each read once that Binnacle lives from, and tells which of them a policy in front of the engine denies.
 * @throws AppError ENGINE_DENIED where the list of containers is denied, without which nothing can be shown; what any
 *   call rejects with that says the engine is not to be spoken to (ENGINE_TIMEOUT, ENGINE_UNREACHABLE, CONNECTION_LOST)
 */
export async function readPermissions(
  client: EngineClient,
  clock: Clock,
  signal: AbortSignal,
): Promise<ReadPermissions> {
  const began = clock.monotonic();
  const containers = await client.list(signal);
  const listMs = clock.monotonic() - began;
  const [first] = containers;
  const running = containers.find(({ state }) => state === 'running');
  const outcomes: readonly (readonly [Read, Outcome])[] = await Promise.all([
    tried('inspect', first === undefined ? null : () => client.inspect(first.id, signal)),
    tried('stats', running === undefined ? null : () => client.sample(running.id, signal)),
    tried('networks', () => client.networks(signal)),
    tried('events', () => openEvents(client, clock, signal)),
  ]);
  return {
    containers: containers.length,
    latencyMs: await latency(client, signal, listMs),
    seen: seenOf(outcomes),
    notes: outcomes.flatMap(([read, outcome]) => noteOf(read, outcome)),
  };
}

async function tried(read: Read, ask: (() => Promise<unknown>) | null): Promise<readonly [Read, Outcome]> {
  if (ask === null) return [read, 'untried'];
  try {
    await ask();
    return [read, 'allowed'];
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    if (error.code === 'ENGINE_DENIED') return [read, { denied: error }];
    // Gone since it was listed: whoever says so has looked.
    if (error.code === 'ENGINE_NOT_FOUND' && (read === 'inspect' || read === 'stats')) return [read, 'allowed'];
    if (FAILED.has(error.code)) return [read, { failed: error }];
    throw error;
  }
}

/** Answered, if not as it should be. */
const FAILED: ReadonlySet<string> = new Set([
  'ENGINE_NOT_FOUND',
  'ENGINE_ERROR',
  'ENGINE_ANSWER_INVALID',
  'ENGINE_ANSWER_TOO_LARGE',
  'CHANNELS_EXHAUSTED',
]);

/** Opened, and closed again at once. */
async function openEvents(client: EngineClient, clock: Clock, signal: AbortSignal): Promise<void> {
  const closing = new AbortController();
  const now = clock.now() + client.clockOffsetMs;
  const events = await client.events(now, AbortSignal.any([signal, closing.signal]));
  // Begun before it is left: what was never begun has nothing that would close it.
  const first = events[Symbol.asyncIterator]().next();
  closing.abort(new AppError('CANCELLED', 'It was only tried.'));
  // However a stream ends that was ended by us, it had been opened.
  await first.catch(() => undefined);
  if (signal.aborted) throw abortError(signal);
}

/** Median ping; where a policy denies that, the list's own time is all there is. */
async function latency(client: EngineClient, signal: AbortSignal, listMs: number): Promise<number> {
  const pings: number[] = [];
  try {
    while (pings.length < limits.hosts.trialPings) pings.push(await client.ping(signal));
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'ENGINE_DENIED') throw error;
    return listMs;
  }
  return pings.sort((a, b) => a - b)[Math.floor(pings.length / 2)] ?? listMs;
}

function seenOf(outcomes: readonly (readonly [Read, Outcome])[]): string {
  const missing = outcomes.filter(([, outcome]) => typeof outcome === 'object').map(([read]) => READS[read].called);
  if (missing.length > 0) return `all but ${missing.join(' and ')}`;
  const untried = outcomes.filter(([, outcome]) => outcome === 'untried').map(([read]) => READS[read].called);
  return untried.length === 0
    ? 'all reads are allowed'
    : `all reads are allowed; no container to try ${untried.join(' and ')} on`;
}

function noteOf(read: Read, outcome: Outcome): string[] {
  if (typeof outcome === 'string') return [];
  const { called, without } = READS[read];
  if ('denied' in outcome) return [`A policy in front of the engine denies ${called}: ${without}.`];
  return [`The engine did not answer ${called} as it should: ${without}. ${outcome.failed.message}`];
}
