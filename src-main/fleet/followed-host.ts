import type { EngineChange } from '#contract/actions.ts';
import type { Container, Host, HostState } from '#contract/fleet.ts';
import type { HostMode } from '#contract/hosts.ts';
import type { FleetHost } from '#contract/updates.ts';
import type { HostLogin } from '../engine/link.ts';
import type { ContainerDetail } from '../engine/model.ts';
import { type Clock, elapsedSince, type Moment, moment } from '../kernel/clock.ts';
import { limits } from '../kernel/limits.ts';
import type { ActionRates, HostAccess, HostEvent, KnownContainer } from './host-access.ts';
import type { ChangeRequest } from './host-connection.ts';
import { HostSession, type HostSessionOptions } from './host-session.ts';
import { inspectedPlace, inspectedProtection, knownContainers } from './known-containers.ts';
import type { HostFacts, HostPreferences } from './model.ts';

/** A host the service is to follow. */
export interface FleetMember extends Pick<HostSessionOptions, 'id' | 'target' | 'preferences' | 'connector'> {
  /** What to call it: the operator's name for it, else the machine in its target. */
  readonly label: string;
  /** What the engine gate behind `connector` lets through at first; {@link FollowedHost.update} changes it. */
  readonly mode: HostMode;
  readonly rates: ActionRates;
}

export type MemberChange = Partial<Pick<FleetMember, 'label' | 'mode' | 'rates' | 'preferences'>>;

interface FollowedHostOptions
  extends FleetMember,
    Omit<HostSessionOptions, keyof FleetMember | 'mode' | 'onChange' | 'onEvent'> {
  /** What is shown of the host may have changed; called often. */
  readonly onChange: (host: FollowedHost) => void;
  /** As {@link HostSessionOptions.onEvent}. */
  readonly onEvent: (host: FollowedHost, event: Omit<HostEvent, 'hostId'>) => void;
}

/** One host as a window is told of it. */
export interface HostSnapshot {
  readonly host: FleetHost;
  readonly containers: readonly { readonly app: string; readonly container: Container }[];
}

/** A member of the fleet and its session; keeps its picture as long as it is true, for all who look at it. */
export class FollowedHost implements HostAccess {
  readonly id: string;
  readonly session: HostSession;
  #label: string;
  #mode: HostMode;
  #rates: ActionRates;
  readonly #clock: Clock;
  readonly #onChange: (host: FollowedHost) => void;
  #seen: { readonly view: Host; readonly at: Moment } | null = null;
  #snapshot: HostSnapshot | null = null;
  #known: { readonly of: HostFacts; readonly by: HostPreferences; readonly all: readonly KnownContainer[] } | null =
    null;

  /** Starts connecting at once. */
  constructor({ label, mode, rates, onChange, onEvent, ...session }: FollowedHostOptions) {
    this.id = session.id;
    this.#label = label;
    this.#mode = mode;
    this.#rates = rates;
    this.#clock = session.clock;
    this.#onChange = onChange;
    this.session = new HostSession({
      ...session,
      mode: () => this.#mode,
      onChange: () => {
        this.#seen = null;
        onChange(this);
      },
      onEvent: (event) => onEvent(this, event),
    });
  }

  get label(): string {
    return this.#label;
  }

  get target(): string {
    return this.session.target;
  }

  get mode(): HostMode {
    return this.#mode;
  }

  get rates(): ActionRates {
    return this.#rates;
  }

  get status(): HostState {
    return this.session.status;
  }

  get login(): HostLogin | null {
    return this.session.connection?.login ?? null;
  }

  get denied(): readonly EngineChange[] {
    return this.session.connection?.denied ?? [];
  }

  get containers(): readonly KnownContainer[] {
    const { facts, preferences } = this.session.known;
    if (this.#known?.of !== facts || this.#known.by !== preferences) {
      this.#known = { of: facts, by: preferences, all: knownContainers(facts, preferences) };
    }
    return this.#known.all;
  }

  protectionOf(detail: ContainerDetail) {
    return inspectedProtection(detail, this.session.known.preferences);
  }

  placeOf(detail: ContainerDetail) {
    return inspectedPlace(detail, this.session.known.preferences);
  }

  async inspect(id: string, signal: AbortSignal): Promise<ContainerDetail> {
    return await this.session.live().inspect(id, signal);
  }

  async change(what: EngineChange, request: ChangeRequest, signal: AbortSignal): Promise<'done' | 'already'> {
    return await this.session.live().change(what, request, signal);
  }

  /** What is left out stays. */
  update({ label = this.#label, mode = this.#mode, rates = this.#rates, preferences }: MemberChange): void {
    const isOtherMode = mode !== this.#mode;
    this.#label = label;
    this.#mode = mode;
    this.#rates = rates;
    this.#snapshot = null;
    if (preferences !== undefined) this.session.known.setPreferences(preferences);
    else if (isOtherMode) this.#onChange(this);
  }

  /** The host as it is known now: the same object until something changed, or it is `mostAgeMs` old. */
  view(mostAgeMs: number = limits.fleet.viewMs): Host {
    if (this.#seen === null || elapsedSince(this.#seen.at, this.#clock) >= mostAgeMs) {
      this.#seen = { view: this.session.view(), at: moment(this.#clock) };
      this.#snapshot = null;
    }
    return this.#seen.view;
  }

  snapshot(): HostSnapshot {
    const { apps, ...host } = this.view();
    this.#snapshot ??= {
      host: {
        ...host,
        label: this.#label,
        mode: this.#mode,
        denied: [...this.denied],
        problems: this.session.problems(),
      },
      containers: apps.flatMap(({ name, containers }) => containers.map((container) => ({ app: name, container }))),
    };
    return this.#snapshot;
  }
}
