import type { HostMode } from '#contract/hosts.ts';
import type { FleetMember } from '../fleet/followed-host.ts';
import type { ActionRates } from '../fleet/host-access.ts';
import type { HostPreferences } from '../fleet/model.ts';
import { limits } from '../kernel/limits.ts';
import { visibleText } from '../kernel/text.ts';
import type { HostSettings } from '../settings/schema.ts';
import type { SshPrompts } from '../ssh/connection-types.ts';
import { formatTarget, type HostTarget, machineName } from '../ssh/target.ts';
import { ConnectPhases } from './connect-phases.ts';
import type { HostReach } from './host-reach.ts';

/** A host as it is to be followed: saved in the settings, or named for this run only. */
export interface HostToFollow {
  readonly id: string;
  readonly target: HostTarget;
  /** What to call it. */
  readonly label: string;
  /** null: the usual files. */
  readonly identityFiles: readonly string[] | null;
  /** `observe`: reads only, whatever is asked of it. */
  readonly mode: HostMode;
  readonly rates: ActionRates;
  readonly preferences: HostPreferences;
}

export const NO_PREFERENCES: HostPreferences = { pinned: [], protected: [], accepted: [], apps: {} };

const { changesPerMinute, destroysPerMinute } = limits.actions;
const USUAL_RATES: ActionRates = { changesPerMinute, destroysPerMinute };

/** A host that was named for this run: nobody has allowed or set anything for it. */
export function passingHost(id: string, target: HostTarget, identityFiles: readonly string[]): HostToFollow {
  return {
    id,
    target,
    label: visibleText(machineName(target)),
    identityFiles: identityFiles.length === 0 ? null : identityFiles,
    mode: 'observe',
    rates: USUAL_RATES,
    preferences: NO_PREFERENCES,
  };
}

/** @param firstFiles tried before the host's own */
export function savedHost(target: HostTarget, host: HostSettings, firstFiles: readonly string[] = []): HostToFollow {
  const { id, name, identityFiles, mode, changesPerMinute, destroysPerMinute } = host;
  return {
    ...passingHost(id, target, [...firstFiles, ...identityFiles]),
    label: visibleText(name ?? machineName(target)),
    mode,
    rates: { changesPerMinute, destroysPerMinute },
    preferences: host,
  };
}

/** `host` as the fleet service follows it: over `reach`, asking through `prompts`. */
export function fleetMember(host: HostToFollow, reach: HostReach, prompts: SshPrompts): FleetMember {
  const { target, identityFiles, ...rest } = host;
  return {
    ...rest,
    target: formatTarget(target),
    connector: {
      connect: async (signal, mode, onPhase, isWished, again) => {
        const { onEvent } = new ConnectPhases(onPhase);
        return await reach({ target, identityFiles, mode, prompts, signal, onEvent, isWished, again });
      },
    },
  };
}
