import type { ContainerHealth, ContainerState, Port } from '#contract/fleet.ts';
import type { Attachment, ContainerDetail, ContainerSummary, NetworkSummary, StatsSample } from '../engine/model.ts';
import type { Moment } from '../kernel/clock.ts';

/** What is known of one host's containers and networks. Immutable; made by `reduceFacts` alone. */
export interface HostFacts {
  readonly containers: ReadonlyMap<string, ContainerFacts>;
  readonly networks: ReadonlyMap<string, NetworkSummary>;
  /** Containers whose inspect must be read, or read again. */
  readonly toInspect: ReadonlySet<string>;
  /** The list of containers and that of networks must be read again now, not at the next interval. */
  readonly relist: boolean;
  /** When the last list was asked for; null before the first. */
  readonly listedAt: Moment | null;
  /** The engine's clock beside this machine's monotonic one, from the last list. */
  readonly engineClock: { readonly engine: number; readonly monotonic: number } | null;
  /** Containers that events told of and no list has shown yet, with their recent history. */
  readonly strangers: ReadonlyMap<string, Stranger>;
  /** Arrival (monotonic) of the last event after which the networks are no longer as read; null: they are as read. */
  readonly networksChangedAt: number | null;
}

/** One container, as the newest evidence for each of its parts shows it. */
export interface ContainerFacts {
  readonly id: string;
  readonly name: string;
  readonly state: ContainerState;
  /** Of the last run that ended; null while it runs. */
  readonly exitCode: number | null;
  /** null: not known, because only the list has been read and says nothing of it. */
  readonly health: ContainerHealth | null;
  readonly networks: readonly Attachment[];
  readonly ports: readonly Port[];
  /** Where `state` with `exitCode`, `health`, `name`, and `networks` with `ports` come from. */
  readonly stamps: {
    readonly state: Stamp;
    readonly health: Stamp;
    readonly name: Stamp;
    readonly addresses: Stamp;
  };
  /** When it was first seen to be `removing`, milliseconds of the engine's clock; null in any other state. */
  readonly removingSince: number | null;
  /** As last listed. The same object as long as the list says the same. */
  readonly summary: ContainerSummary;
  /** As last inspected; null before the first inspect. */
  readonly detail: ContainerDetail | null;
  readonly inspectedAt: Moment | null;
  /**
   * Monotonic time of the last sign that an inspect asked for earlier may lack something: the arrival of an event about
   * it, or the end of a time in which none could be heard. null where there was none.
   */
  readonly newsAt: number | null;
  /** What happened to it in the last minutes, oldest first. */
  readonly history: readonly HistoryEntry[];
  /** Its RestartCount as inspects saw it, oldest first. */
  readonly restartCounts: readonly RestartCountSeen[];
  /** The last two samples of the current run, oldest first. */
  readonly samples: readonly SeenSample[];
}

/** A sample, and when it arrived: by the engine's clock alone its age would change with every jump of a wall clock. */
export interface SeenSample extends StatsSample {
  readonly seenAt: Moment;
}

/** How old, and how good, a piece of evidence is. */
export interface Stamp {
  readonly from: 'list' | 'event' | 'inspect';
  /** Nanoseconds of the engine's clock as text, as in an event's `timeNano`. */
  readonly nano: string;
  /** This machine's monotonic clock when it arrived, or, for an answer, when it was asked for. */
  readonly arrived: number;
}

export interface HistoryEntry {
  readonly action: 'create' | 'start' | 'die' | 'oom' | 'stop' | 'kill';
  /** Milliseconds of the engine's clock. */
  readonly at: number;
  readonly timeNano: string;
  /** For `die`: what the engine said; null elsewhere. */
  readonly exitCode: number | null;
}

/** RestartCount was `count` from `from` to `to`, milliseconds of the engine's clock. */
export interface RestartCountSeen {
  readonly count: number;
  readonly from: number;
  readonly to: number;
}

export interface Stranger {
  readonly history: readonly HistoryEntry[];
  /** Arrival of the last event about it, monotonic. */
  readonly arrived: number;
}

/** What the operator has decided about one host. */
export interface HostPreferences {
  /** Services that must be there: absent, they are `missing`. */
  readonly pinned: readonly { readonly app: string; readonly service: string }[];
  /** Services that ask for an unlock although nothing else protects them. */
  readonly protected: readonly { readonly app: string; readonly service: string }[];
  /** Ids of containers whose exit was accepted: that instance is silent. */
  readonly accepted: readonly string[];
  /** The operator's own mapping: name of a container or a service → name of an app. */
  readonly apps: Readonly<Record<string, string>>;
}
