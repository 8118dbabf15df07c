import type { Container, Host } from '#contract/fleet.ts';
import type { HostMode } from '#contract/hosts.ts';
import type { FleetHost } from '#contract/updates.ts';
import { type Clock, elapsedSince, type Moment, moment } from '../kernel/clock.ts';
import { limits } from '../kernel/limits.ts';
import { HostSession, type HostSessionOptions } from './host-session.ts';

/** A host the service is to follow. */
export interface FleetMember extends Pick<HostSessionOptions, 'id' | 'target' | 'preferences' | 'connector'> {
  /** What to call it: the operator's name for it, else the machine in its target. */
  readonly label: string;
  /** What the engine gate behind `connector` lets through; here it is only told. */
  readonly mode: HostMode;
}

interface FollowedHostOptions extends FleetMember, Omit<HostSessionOptions, keyof FleetMember | 'onChange'> {
  /** What is shown of the host may have changed; called often. */
  readonly onChange: (host: FollowedHost) => void;
}

/** One host as a window is told of it. */
export interface HostSnapshot {
  readonly host: FleetHost;
  readonly containers: readonly { readonly app: string; readonly container: Container }[];
}

/** A member of the fleet and its session; keeps its picture as long as it is true, for all who look at it. */
export class FollowedHost {
  readonly id: string;
  readonly session: HostSession;
  #label: string;
  readonly #mode: HostMode;
  readonly #clock: Clock;
  #seen: { readonly view: Host; readonly at: Moment } | null = null;
  #snapshot: HostSnapshot | null = null;

  /** Starts connecting at once. */
  constructor({ label, mode, onChange, ...session }: FollowedHostOptions) {
    this.id = session.id;
    this.#label = label;
    this.#mode = mode;
    this.#clock = session.clock;
    this.session = new HostSession({
      ...session,
      onChange: () => {
        this.#seen = null;
        onChange(this);
      },
    });
  }

  /** The host as it is known now: the same object until something changed, or it is `mostAgeMs` old. */
  view(mostAgeMs: number = limits.fleet.viewMs): Host {
    if (this.#seen === null || elapsedSince(this.#seen.at, this.#clock) >= mostAgeMs) {
      this.#seen = { view: this.session.view(), at: moment(this.#clock) };
      this.#snapshot = null;
    }
    return this.#seen.view;
  }

  rename(label: string): void {
    this.#label = label;
    this.#snapshot = null;
  }

  snapshot(): HostSnapshot {
    const { apps, ...host } = this.view();
    this.#snapshot ??= {
      host: { ...host, label: this.#label, mode: this.#mode, problems: this.session.problems() },
      containers: apps.flatMap(({ name, containers }) => containers.map((container) => ({ app: name, container }))),
    };
    return this.#snapshot;
  }
}
