import type { Run, Unlock } from '#contract/actions.ts';
import type { Problem } from '#contract/errors.ts';
import type { Verdict } from '#contract/fleet.ts';
import type { JournalStatus } from '#contract/journal.ts';
import type { Question } from '#contract/questions.ts';
import type { WindowSettings } from '#contract/settings.ts';
import type { FleetContainer, FleetHost, Summary } from '#contract/updates.ts';

/** Names an app of the fleet: its host and its name. */
export type AppKey = string;

/** The containers that belong together on a host, and what is said of them as one. */
export interface AppView {
  readonly key: AppKey;
  readonly name: string;
  readonly hostId: string;
  readonly verdict: Verdict;
  /** By service, then name. */
  readonly containers: readonly FleetContainer[];
  /** Sums of what is known; null where nothing is. 100 = one core. */
  readonly cpuPercent: number | null;
  readonly memoryBytes: number | null;
}

/** What the core has told of the fleet, as of batch `seq`. What did not change keeps its identity from batch to batch. */
export interface FleetState {
  /** null before the first snapshot. */
  readonly seq: number | null;
  readonly summary: Summary | null;
  /** In the operator's order. */
  readonly hosts: readonly FleetHost[];
  readonly containers: ReadonlyMap<string, FleetContainer>;
  readonly apps: ReadonlyMap<AppKey, AppView>;
  /** Worst first, but unknown last; then by host and name. */
  readonly appKeys: readonly AppKey[];
  /** How many containers each host has. */
  readonly sizes: ReadonlyMap<string, number>;
  /** Containers of hosts that are seen now and are not green, worst first. */
  readonly troubled: readonly string[];
  /** Milliseconds of this machine's clock at which a container's verdict was seen to change; not told for those that never did. */
  readonly changedAt: ReadonlyMap<string, number>;
  readonly questions: readonly Question[];
  readonly settings: WindowSettings | null;
  readonly problems: readonly Problem[];
  /** Those that run and the last that ended, oldest first. */
  readonly runs: readonly Run[];
  readonly unlocks: readonly Unlock[];
  /** null before the first snapshot. */
  readonly journal: JournalStatus | null;
}

export const EMPTY_FLEET: FleetState = {
  seq: null,
  summary: null,
  hosts: [],
  containers: new Map(),
  apps: new Map(),
  appKeys: [],
  sizes: new Map(),
  troubled: [],
  changedAt: new Map(),
  questions: [],
  settings: null,
  problems: [],
  runs: [],
  unlocks: [],
  journal: null,
};

export function appKey(hostId: string, app: string): AppKey {
  return `${hostId}/${app}`;
}
