import type { HostMode } from '../engine/gate.ts';
import type { FleetMember } from '../fleet/followed-host.ts';
import type { HostPreferences } from '../fleet/model.ts';
import { visibleText } from '../kernel/text.ts';
import type { HostSettings } from '../settings/schema.ts';
import type { SshPrompts } from '../ssh/connection-types.ts';
import { formatTarget, type SshTarget } from '../ssh/target.ts';
import type { HostReach } from './host-reach.ts';

/** A host as it is to be followed: saved in the settings, or named for this run only. */
export interface HostToFollow {
  readonly id: string;
  readonly target: SshTarget;
  /** What to call it. */
  readonly label: string;
  /** null: the usual files. */
  readonly identityFiles: readonly string[] | null;
  /** `observe`: reads only, whatever is asked of it. */
  readonly mode: HostMode;
  readonly preferences: HostPreferences;
}

const NO_PREFERENCES: HostPreferences = { pinned: [], accepted: [], apps: {} };

/** A host that was named for this run: nobody has allowed or set anything for it. */
export function passingHost(id: string, target: SshTarget, identityFiles: readonly string[]): HostToFollow {
  return {
    id,
    target,
    label: visibleText(target.host),
    identityFiles: identityFiles.length === 0 ? null : identityFiles,
    mode: 'observe',
    preferences: NO_PREFERENCES,
  };
}

/** @param firstFiles tried before the host's own */
export function savedHost(target: SshTarget, host: HostSettings, firstFiles: readonly string[] = []): HostToFollow {
  const { id, name, identityFiles, mode } = host;
  return {
    ...passingHost(id, target, [...firstFiles, ...identityFiles]),
    label: visibleText(name ?? target.host),
    mode,
    preferences: host,
  };
}

/** `host` as the fleet service follows it: over `reach`, asking through `prompts`. */
export function fleetMember(host: HostToFollow, reach: HostReach, prompts: SshPrompts): FleetMember {
  const { id, target, label, mode, identityFiles, preferences } = host;
  return {
    id,
    target: formatTarget(target),
    label,
    mode,
    preferences,
    connector: { connect: (signal) => reach({ target, identityFiles, mode, prompts, signal }) },
  };
}
