import { type LookupAddress, lookup } from 'node:dns';
import { connect, isIP, type LookupFunction, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Clock } from '../kernel/clock.ts';
import { AppError, abortError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import { bounded } from './bounded.ts';
import { ChannelStream } from './channel-stream.ts';
import type { ConnectEvent, ConnectStep, SshConnection } from './connection-types.ts';
import { connectError, connectTimeout, lostError, machineOf, place } from './errors.ts';
import type { Hop } from './hop.ts';
import { jumpRefusal, jumpSilent, jumpTimeout } from './jump-errors.ts';

/** Bytes to and from the port of a machine's sshd. */
export interface Dialled {
  /** A socket, or a channel of the machine before. */
  readonly stream: Duplex;
  /** The address that answered; null where the machine before dialled. */
  readonly address: string | null;
}

interface DialOptions {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly onEvent: (event: ConnectEvent) => void;
  /** It is a machine on the way. */
  readonly isJump: boolean;
  /** The addresses of a name, in the order in which they are tried; default: those of the system's resolver. */
  readonly resolve?: (host: string) => Promise<readonly LookupAddress[]>;
}

/**
 * Connects to the port of a machine: directly, or through the machine before it, which then resolves the name. Tells of
 * the steps `resolve` and `reach`; both together take at most `limits.ssh.connectMs`.
 * @throws AppError ADDRESS_NOT_FOUND, CONNECT_REFUSED, CONNECT_TIMEOUT, UNREACHABLE, HANDSHAKE_FAILED (cut as soon as it
 *   stood), or the signal's own; through another machine also JUMP_REFUSED, and CONNECTION_LOST where that one is gone.
 *   What is the other machine's doing names it as `details.jump`; what was seen from there has it as `details.seenFrom`
 */
export function dialHop(hop: Hop, through: SshConnection | null, options: DialOptions): Promise<Dialled> {
  return through === null ? dialDirectly(hop, options) : dialThrough(hop, through, options);
}

async function dialDirectly(hop: Hop, options: DialOptions): Promise<Dialled> {
  let resolving = isIP(hop.host) === 0;
  const attempts = new Attempts();
  const late = () => (attempts.several ? connectError(hop, attempts.error()) : connectTimeout(hop, resolving));
  const find = options.resolve ?? resolve;
  const discard = ({ stream }: Dialled) => void stream.destroy();
  return bounded(
    { clock: options.clock, ms: limits.ssh.connectMs, signals: [options.signal], late, discard },
    async (over) => {
      try {
        const addresses = await step('resolve', hop, options, over, async () => {
          const found = await find(hop.host);
          return { result: found, seen: listed(found.map(({ address }) => address)) };
        });
        resolving = false;
        return await step('reach', hop, options, over, async () => {
          const socket = await reach(hop, addresses, attempts, over);
          const address = socket.remoteAddress ?? null;
          return { result: { stream: socket, address }, seen: address ?? place(hop) };
        });
      } catch (error) {
        throw over.aborted ? error : connectError(hop, error);
      }
    },
  );
}

async function dialThrough(hop: Hop, through: SshConnection, options: DialOptions): Promise<Dialled> {
  const jump = through.hop;
  const heard = () => through.report().at(-1)?.bytes.received ?? 0;
  const before = heard();
  // A machine that is there has answered a keepalive meanwhile, whatever becomes of the channel.
  const late = () => (heard() === before ? jumpSilent(hop, jump) : jumpTimeout(hop, jump));
  const discard = (stream: Duplex) => void stream.destroy();
  const bounds = { clock: options.clock, ms: limits.ssh.connectMs, signals: [options.signal], late, discard };
  await step('resolve', hop, options, options.signal, async () => ({
    result: null,
    seen: isIP(hop.host) === 0 ? `resolved by ${machineOf(jump)}` : hop.host,
  }));
  return step('reach', hop, options, options.signal, async () => {
    try {
      const channel = await bounded(bounds, (over) => through.openTcp({ host: hop.host, port: hop.port }, over));
      return { result: { stream: new ChannelStream(channel), address: null }, seen: `through ${machineOf(jump)}` };
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      if (error.code === 'FORWARD_REFUSED') throw jumpRefusal(hop, through, error);
      const isJumpLost = error.code === 'CONNECTION_LOST' && error.details.jump === undefined;
      throw isJumpLost ? lostError(hop, error, jump) : error;
    }
  });
}

/** Does one step, and tells of its beginning and of what it found, unless nobody waits for it any more. */
async function step<T>(
  name: ConnectStep,
  hop: Hop,
  { clock, onEvent, isJump }: DialOptions,
  over: AbortSignal,
  work: () => Promise<{ readonly result: T; readonly seen: string }>,
): Promise<T> {
  const start = clock.monotonic();
  if (!over.aborted) onEvent({ kind: 'begun', step: name, hop, isJump });
  // Whoever was told may have given up.
  if (over.aborted) throw abortError(over);
  const { result, seen } = await work();
  // Given back all the same: what it has opened is closed by whoever gets it.
  if (!over.aborted) onEvent({ kind: 'passed', step: name, hop, isJump, ms: clock.monotonic() - start, seen });
  return result;
}

/** In the order of the system's resolver (RFC 6724). */
async function resolve(host: string): Promise<readonly LookupAddress[]> {
  const family = isIP(host);
  if (family !== 0) return [{ address: host, family }];
  const { promise, resolve, reject } = Promise.withResolvers<readonly LookupAddress[]>();
  lookup(host, { all: true }, (error, addresses) => (error === null ? resolve(addresses) : reject(error)));
  return promise;
}

/**
 * A TCP connection to the first of the addresses that answers (RFC 8305), without Nagle's delay (FACTS, tunnel 2). Our own
 * and not ssh2's, so that refusal, black hole and wrong name are told apart.
 */
async function reach(
  hop: Hop,
  addresses: readonly LookupAddress[],
  attempts: Attempts,
  over: AbortSignal,
): Promise<Socket> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const resolved: LookupFunction = (_host, _options, done) => done(null, [...addresses]);
  const socket = connect({
    host: hop.host,
    port: hop.port,
    lookup: resolved,
    noDelay: true,
    autoSelectFamily: true,
    autoSelectFamilyAttemptTimeout: limits.ssh.connectAttemptMs,
  });
  attempts.follow(socket);
  const stop = () => socket.destroy();
  over.addEventListener('abort', stop, { once: true });
  socket.once('connect', resolve);
  socket.on('error', reject);
  try {
    await promise;
  } finally {
    over.removeEventListener('abort', stop);
  }
  return socket;
}

/** What has come of each of a machine's addresses so far: the last that is tried may keep silent until time is up. */
class Attempts {
  readonly #failed = new Map<string, Error | null>();

  get several(): boolean {
    return this.#failed.size > 1;
  }

  follow(socket: Socket): void {
    socket.on('connectionAttempt', (address: string) => this.#failed.set(address, null));
    socket.on('connectionAttemptFailed', (address: string, _port: number, _family: number, error: Error) =>
      this.#failed.set(address, error),
    );
  }

  /** As Node makes it of addresses that have all failed: those that have said nothing are out of time. */
  error(): AggregateError {
    const silent = (address: string) =>
      Object.assign(new Error(`connect ETIMEDOUT ${address}`), { code: 'ETIMEDOUT', address });
    return new AggregateError([...this.#failed].map(([address, error]) => error ?? silent(address)));
  }
}

/** As many as fit into a line. */
function listed(addresses: readonly string[]): string {
  const rest = addresses.length - SHOWN_ADDRESSES;
  return `${addresses.slice(0, SHOWN_ADDRESSES).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}

const SHOWN_ADDRESSES = 4;
