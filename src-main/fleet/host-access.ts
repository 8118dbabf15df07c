import type { EngineChange } from '#contract/actions.ts';
import type { ContainerHealth, ContainerState, HostState, Protection } from '#contract/fleet.ts';
import type { HostMode } from '#contract/hosts.ts';
import type { HostLogin } from '../engine/link.ts';
import type { Attachment, ContainerDetail, EngineEvent } from '../engine/model.ts';
import type { Place } from './grouping.ts';
import type { Planned } from './planned.ts';

/** A container as its host was last read. */
export interface KnownContainer {
  readonly id: string;
  /** Safe to show. */
  readonly name: string;
  readonly image: string;
  readonly place: Place;
  readonly protection: Protection | null;
  readonly state: ContainerState;
  readonly health: ContainerHealth | null;
  /** The host's text, as it came. */
  readonly labels: Readonly<Record<string, string>>;
  readonly networks: readonly Attachment[];
  /** Names of volumes, and folders of the host, that are mounted. */
  readonly volumes: readonly string[];
}

/** How many runs may be begun on a host within `limits.actions.rateMs`. */
export interface ActionRates {
  readonly changesPerMinute: number;
  readonly destroysPerMinute: number;
}

/** What the actions room may know of one host and ask of its engine. Every member is as of now. */
export interface HostAccess {
  readonly id: string;
  readonly label: string;
  /** Canonical target, as shown. */
  readonly target: string;
  readonly mode: HostMode;
  readonly rates: ActionRates;
  readonly status: HostState;
  /** Who we are to the host, and by which keys; null while it is not connected. */
  readonly login: HostLogin | null;
  /** What a policy in front of the engine has refused since it was connected. */
  readonly denied: readonly EngineChange[];
  readonly containers: readonly KnownContainer[];
  /** As {@link KnownContainer.protection}, with what a fresh inspect shows. */
  protectionOf(detail: ContainerDetail): Protection | null;
  /** Where it belongs, by a fresh inspect. */
  placeOf(detail: ContainerDetail): Place;
  /** @throws AppError HOST_NOT_LIVE, and as `EngineClient` */
  inspect(id: string, signal: AbortSignal): Promise<ContainerDetail>;
  /**
   * One change, sent once: never again by itself, whatever happens. Resolves with `already` where the engine says it was
   * so before. HOST_NOT_LIVE and GATE_REFUSED say that nothing was sent, ENGINE_DENIED, ENGINE_NOT_FOUND and ENGINE_ERROR
   * that it was not done, or not to its end. All else (ENGINE_TIMEOUT, ENGINE_UNREACHABLE, ENGINE_ANSWER_*,
   * CONNECTION_LOST, CANCELLED, the signal's own) leaves open whether it was, unless `wasNotSent` says otherwise.
   * @param graceSeconds from the stop signal to the kill; means nothing to `start`
   * @throws AppError HOST_NOT_LIVE, GATE_REFUSED (the host is only observed), and as `EngineClient`
   */
  change(
    what: EngineChange,
    request: { readonly containerId: string; readonly graceSeconds: number },
    signal: AbortSignal,
  ): Promise<'done' | 'already'>;
}

/** The fleet as the actions room sees it. */
export interface FleetAccess {
  /** @throws AppError HOST_NOT_FOUND */
  access(hostId: string): HostAccess;
  /** `hostId`: what changed is of that host; null: hosts were added, removed, moved or renamed. */
  subscribe(onChange: (hostId: string | null) => void): Disposable;
  /**
   * Each container event of each host once, as it is heard and after the facts have had it; on connecting those of
   * `limits.fleet.eventHistoryMs` before, when the host's list has been read. And what happened while nobody listened, as
   * soon as that is found out.
   */
  onEvent(listener: (event: HostEvent) => void): Disposable;
  /**
   * All that runs are doing to a host's containers, by id: what that causes is muted in their verdicts until the next
   * call. Does nothing for a host that is gone.
   */
  plan(hostId: string, planned: ReadonlyMap<string, Planned>): void;
}

export interface HostEvent {
  readonly hostId: string;
  /**
   * `event`: the engine told it, as it happened or in a replay. `afterwards`: nobody heard it, and a later list or inspect
   * shows that it happened; see `rebuiltEvents` for what its attributes tell.
   */
  readonly seen: 'event' | 'afterwards';
  readonly event: EngineEvent;
  /** Of a container that is not listed, by what the event itself tells of it; null where that is nothing. */
  readonly place: Place | null;
  /** Milliseconds of this machine's clock at which it happened, by the engine's own. */
  readonly at: number;
}
