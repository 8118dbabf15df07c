import type { HostMode } from '#contract/hosts.ts';
import type { Clock } from '../kernel/clock.ts';
import type { ConnectEvent, SshConnection, SshPrompts } from './connection-types.ts';
import type { Route } from './hop.ts';
import { logInThrough } from './hop-chain.ts';
import type { HopPool } from './hop-pool.ts';
import type { HostKeyPolicy } from './host-keys/host-key-policy.ts';
import { loginToHop } from './login/hop-login.ts';

export interface ConnectOptions {
  readonly route: Route;
  readonly policy: HostKeyPolicy;
  readonly prompts: SshPrompts;
  /** Connections to machines on the way, shared by all hosts that go through them. */
  readonly hops: HopPool;
  /** What the host is set to, read at each command; default: `observe`, always. On machines on the way nothing but reads is run. */
  readonly mode?: () => HostMode;
  readonly clock: Clock;
  /** Ends the connecting. A connection that stands is ended by disposing it. */
  readonly signal: AbortSignal;
  readonly onEvent?: (event: ConnectEvent) => void;
  /**
   * A person asks for it. Default: no, and a login to a machine on the way that has needed a person since is not tried again:
   * it fails as before.
   */
  readonly isWished?: boolean;
}

/**
 * Connects and logs in to a host, through the machines on its way one after the other. Each is verified and logged in to
 * as the host itself is; nothing of theirs is trusted but that they pass bytes on. The connection gives back what it uses
 * of them when it has ended, however it did.
 * @throws AppError as `loginToHop`, for the host or a machine on the way: then `details.jump` and the message name it.
 *   JUMP_REFUSED where one does not forward; the signal's own
 */
export async function connectSsh(options: ConnectOptions): Promise<SshConnection> {
  const { route, policy, prompts, hops, mode = () => 'observe', clock, signal, onEvent = () => {} } = options;
  const { isWished = false } = options;
  const chain = { prompts, hops, mode, clock, signal, onEvent, hosts: () => 1, isWished };
  return logInThrough(route.hops, false, chain, (login) => loginToHop({ ...login, policy }));
}
