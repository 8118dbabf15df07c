import type { HostMode, TrialStep } from '#contract/hosts.ts';
import { type HostLink, openLink } from '../engine/link.ts';
import { checkHome, type Home, openHome } from '../home/home.ts';
import type { Clock } from '../kernel/clock.ts';
import { connectSsh } from '../ssh/connection.ts';
import type { SshPrompts } from '../ssh/connection-types.ts';
import { createHostKeyPolicy, type HostKeyPolicy } from '../ssh/host-key-policy.ts';
import type { SshTarget } from '../ssh/target.ts';

export interface ReachRequest {
  readonly target: SshTarget;
  /** null: the agent and the usual files. */
  readonly identityFiles: readonly string[] | null;
  /** Asked at each request. `observe`: reads only, whatever is asked of the host. */
  readonly mode: () => HostMode;
  readonly prompts: SshPrompts;
  readonly signal: AbortSignal;
  /** Told again from its beginning where a question made a second connection necessary. */
  readonly onStep?: (step: TrialStep) => void;
}

/** A host that was reached; disposing it closes its one connection. */
export interface ReachedHost extends HostLink {
  /** `SHA256:…` of the host key that was verified. */
  readonly hostKeyFingerprint: string;
}

/** The way to a host and its engine. Rejects as `connectSsh` and `openLink` do, with nothing left open. */
export type HostReach = (request: ReachRequest) => Promise<ReachedHost>;

export interface ReachOptions {
  readonly policy: HostKeyPolicy;
  /** Socket of the ssh-agent; null: none. */
  readonly agentSocket: string | null;
  readonly clock: Clock;
}

/** The one way there is, for followed hosts and trials alike. */
export function createHostReach({ policy, agentSocket, clock }: ReachOptions): HostReach {
  return async ({ target, identityFiles, mode, prompts, signal, onStep = () => undefined }) => {
    const connection = await connectSsh({
      target,
      policy,
      prompts,
      identityFiles,
      agentSocket,
      mode,
      clock,
      signal,
      onPhase: onStep,
    });
    onStep('asking-engine');
    const link = await openLink(connection, { mode, signal });
    return { ...link, hostKeyFingerprint: connection.hostKeyFingerprint };
  };
}

interface HostKeyFiles {
  /** The operator's own known_hosts file; only read. */
  readonly userFile: string;
  /** `SHA256:…` that answers the question for a host whose key is not known; null: ask. */
  readonly pinned: string | null;
}

/**
 * Keeps accepted host keys in `home`, which is made when the first one is written.
 * @throws AppError USAGE where `pinned` is no fingerprint
 */
export function homeHostKeys(home: Home, { userFile, pinned }: HostKeyFiles): HostKeyPolicy {
  return createHostKeyPolicy({
    userFile,
    ownFile: home.knownHostsFile,
    ownFolder: { check: () => checkHome(home.path), open: () => openHome(home.path) },
    pinned: pinned ?? undefined,
  });
}
