import type { Engine, Host } from '#contract/fleet.ts';
import type { EngineClient } from '../engine/model.ts';
import type { Clock } from '../kernel/clock.ts';
import { moment } from '../kernel/clock.ts';
import { emptyFacts, type FactInput, reduceFacts } from './facts-reducer.ts';
import { placeOf } from './grouping.ts';
import { HeardEvents } from './heard-events.ts';
import type { HostEvent } from './host-access.ts';
import { type HostViewInput, hostView } from './host-view.ts';
import type { HostFacts, HostPreferences } from './model.ts';
import { type Planned, type PlannedTimes, withPlanned } from './planned.ts';
import { UnheardChanges } from './unheard-changes.ts';

interface KnowledgeOptions {
  readonly clock: Clock;
  readonly preferences: HostPreferences;
  /** What {@link HostKnowledge.view} shows may have changed. */
  readonly onChange: () => void;
  /** Each event of a container once, after the facts have had it, and what is found out later. */
  readonly onEvent: (event: Omit<HostEvent, 'hostId'>) => void;
}

/** What is known of one host, over all its connections; what that means is computed by `hostView`. */
export class HostKnowledge {
  readonly #options: KnowledgeOptions;
  readonly #heard = new HeardEvents();
  readonly #unheard = new UnheardChanges();
  #lastEventAt: number | null = null;
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
    if (input.type === 'listed') this.#unheard.listed(next, this.#clockOffsetMs);
    if (input.type !== 'event') return;
    this.#lastEventAt = Math.max(this.#lastEventAt ?? 0, input.event.at);
    const context = { facts: before, preferences: this.#preferences, clockOffsetMs: this.#clockOffsetMs };
    const heard = this.#heard.hear(input.event, context);
    if (heard !== null && this.#unheard.hear(input.event)) this.#options.onEvent(heard);
  }

  /** Of the last event that was heard, milliseconds of the engine's clock; null: none was. */
  get lastEventAt(): number | null {
    return this.#lastEventAt;
  }

  /**
   * Tells what has happened and was not heard of, as far as lists and inspects show it.
   * @param heardBy on the monotonic clock: what happened before has been heard by now, if it was to be heard at all
   * @param listsOnly nothing may be inspected
   * @returns false where something was read so lately that it has to be asked for again
   */
  rebuild(heardBy: number, listsOnly: boolean): boolean {
    const clockOffsetMs = this.#clockOffsetMs;
    const now = moment(this.#options.clock);
    const { found, isComplete } = this.#unheard.compare(this.#facts, { heardBy, now, clockOffsetMs, listsOnly });
    for (const { event, container } of found) {
      const place = placeOf(container.name, container.summary.labels, this.#preferences.apps);
      this.#options.onEvent({ event, place, at: event.at - clockOffsetMs, seen: 'afterwards' });
    }
    return isComplete;
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
