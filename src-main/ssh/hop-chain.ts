import type { HostMode } from '#contract/hosts.ts';
import type { Clock } from '../kernel/clock.ts';
import { AppError } from '../kernel/errors.ts';
import type { ConnectEvent, SshConnection, SshPrompts } from './connection-types.ts';
import { lostError } from './errors.ts';
import type { Hop } from './hop.ts';
import type { HopPool } from './hop-pool.ts';
import { onTheWay } from './jump-errors.ts';
import { toldQuestions } from './login/told-questions.ts';
import type { JumpConnection, JumpLease } from './shared-jump.ts';

/** What a login to one machine needs, whatever machine it is. */
export interface ChainOptions {
  readonly prompts: SshPrompts;
  readonly hops: HopPool;
  readonly mode: () => HostMode;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly onEvent: (event: ConnectEvent) => void;
  /** For how many hosts it is done. */
  readonly hosts: () => number;
  /** As in `JumpAsker`. */
  readonly isWished: boolean;
}

type ToLogIn = Omit<ChainOptions, 'hops' | 'hosts' | 'isWished'> & {
  readonly hop: Hop;
  readonly isJump: boolean;
  readonly through: SshConnection | null;
};

/** Logs in to one machine, directly or through another. */
export type HopLogin = (options: ToLogIn) => Promise<JumpConnection>;

/**
 * Logs in to the last machine of `chain`, through those before it, for which the pool's connections are used. What it
 * uses of them is given back when the connection has ended.
 * @param isJump it is itself a machine on the way
 * @throws what `login` throws; where that befell a machine on the way, `details.jump` and the message name it
 */
export async function logInThrough(
  chain: readonly Hop[],
  isJump: boolean,
  options: ChainOptions,
  login: HopLogin,
): Promise<JumpConnection> {
  const hop = chain.at(-1);
  if (hop === undefined) throw new RangeError('A route has at least one machine.');
  const way = chain.slice(0, -1);
  const before = way.at(-1);
  const lease = before === undefined ? null : await leaseOf(before, way, hop, options, login);
  const through = lease?.connection ?? null;
  try {
    const { mode, clock, signal, onEvent } = options;
    const prompts = toldQuestions(options.prompts, { hop, isJump, onEvent });
    const connection = await login({ hop, isJump, through, prompts, mode, clock, signal, onEvent });
    void connection.closed.then(() => lease?.release());
    return connection;
  } catch (error) {
    lease?.release();
    // What cut the login short is that the machine before was lost.
    const cut = error instanceof AppError && error.code === 'HANDSHAKE_FAILED' ? error.cause : null;
    throw through !== null && cut instanceof AppError ? lostError(hop, cut, through.hop) : error;
  }
}

async function leaseOf(
  jump: Hop,
  way: readonly Hop[],
  host: Hop,
  options: ChainOptions,
  login: HopLogin,
): Promise<JumpLease> {
  const { hops, clock, prompts, signal, onEvent, hosts, isWished } = options;
  try {
    return await hops.lease(way, { prompts, signal, onEvent, hosts, isWished }, (shared) =>
      // Nothing but reads on a machine that is only passed: it is nobody's to operate.
      logInThrough(way, true, { ...shared, hops, clock, mode: () => 'observe' }, login),
    );
  } catch (error) {
    throw onTheWay(error, jump, host);
  }
}
