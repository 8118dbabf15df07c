import type { Engine, Host } from '#contract/fleet.ts';
import type { EngineClient } from '../engine/model.ts';
import type { Clock } from '../kernel/clock.ts';
import { moment } from '../kernel/clock.ts';
import { emptyFacts, type FactInput, reduceFacts } from './facts-reducer.ts';
import { HeardEvents } from './heard-events.ts';
import type { HostEvent } from './host-access.ts';
import { type HostViewInput, hostView } from './host-view.ts';
import type { HostFacts, HostPreferences } from './model.ts';
import { type Planned, type PlannedTimes, withPlanned } from './planned.ts';

interface KnowledgeOptions {
  readonly clock: Clock;
  readonly preferences: HostPreferences;
  /** What {@link HostKnowledge.view} shows may have changed. */
  readonly onChange: () => void;
  /** Each event of a container once, after the facts have had it. */
  readonly onEvent: (event: Omit<HostEvent, 'hostId'>) => void;
}

/** What is known of one host, over all its connections; what that means is computed by `hostView`. */
export class HostKnowledge {
  readonly #options: KnowledgeOptions;
  readonly #heard = new HeardEvents();
  #preferences: HostPreferences;
  #facts: HostFacts = emptyFacts();
  #planned: PlannedTimes = new Map();
  #engine: Engine | null = null;
  /** Engine's clock minus this machine's, in milliseconds. */
  #clockOffsetMs = 0;

  constructor(options: KnowledgeOptions) {
    this.#options = options;
    this.#preferences = options.preferences;
  }

  get facts(): HostFacts {
    return this.#facts;
  }

  get preferences(): HostPreferences {
    return this.#preferences;
  }

  view(
    input: Pick<HostViewInput, 'id' | 'target' | 'status' | 'latencyMs' | 'refreshIntervalMs' | 'sampleIntervalMs'>,
  ): Host {
    return hostView({
      ...input,
      engine: this.#engine,
      facts: this.#facts,
      preferences: this.#preferences,
      planned: this.#planned,
      now: moment(this.#options.clock),
      engineNow: this.#engineNow(),
    });
  }

  /** The engine that answers. */
  met({ engine, clockOffsetMs }: Pick<EngineClient, 'engine' | 'clockOffsetMs'>): void {
    this.#engine = engine;
    this.#clockOffsetMs = clockOffsetMs;
  }

  feed(input: FactInput): void {
    const before = this.#facts;
    const next = reduceFacts(before, input);
    if (next !== before) {
      this.#facts = next;
      this.#options.onChange();
    }
    if (input.type !== 'event') return;
    const context = { facts: before, preferences: this.#preferences, clockOffsetMs: this.#clockOffsetMs };
    const heard = this.#heard.hear(input.event, context);
    if (heard !== null) this.#options.onEvent(heard);
  }

  /** What runs of ours do to the host's containers from now on, by id. */
  plan(planned: ReadonlyMap<string, Planned>): void {
    this.#planned = withPlanned(this.#planned, planned, this.#engineNow());
    this.#options.onChange();
  }

  setPreferences(preferences: HostPreferences): void {
    this.#preferences = preferences;
    this.#options.onChange();
  }

  /** Milliseconds of the engine's clock. */
  #engineNow(): number {
    return this.#options.clock.now() + this.#clockOffsetMs;
  }
}
