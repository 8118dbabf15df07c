import type { TimelineEntry } from '#contract/timeline.ts';
import type { EngineEvent } from '../engine/model.ts';
import { plainAction } from '../fleet/event-facts.ts';
import { type Place, placeOf } from '../fleet/grouping.ts';
import { compareNano } from '../fleet/history.ts';
import type { FleetAccess, HostAccess, HostEvent } from '../fleet/host-access.ts';
import type { Clock } from '../kernel/clock.ts';
import { limits } from '../kernel/limits.ts';
import type { RunBook } from './model.ts';
import { runBehind } from './timeline-cause.ts';
import { fold, type Happening } from './timeline-fold.ts';
import { type Heard, isOfTimeline } from './timeline-groups.ts';

interface TimelineOptions {
  readonly fleet: Pick<FleetAccess, 'access' | 'subscribe' | 'onEvent'>;
  readonly runs: Pick<RunBook, 'list'>;
  readonly clock: Clock;
}

/**
 * What is kept of an event: whether a run of ours caused it is judged when it is heard, while that run is remembered. All
 * the labels it came with are not: thousands of events with as much as a host likes to say are too much to hold.
 */
interface Kept extends Heard {
  readonly place: Place | null;
  /** By its own name and labels, where nothing else is known. */
  readonly told: Place | null;
}

/**
 * What happened to the containers of each host, since this core follows it and a while before; what happened while nobody
 * listened as far as it was found out, and marked so.
 */
export class Timeline implements Disposable {
  readonly #options: TimelineOptions;
  readonly #hosts = new Map<string, Kept[]>();
  readonly #listening = new DisposableStack();

  constructor(options: TimelineOptions) {
    this.#options = options;
    this.#listening.use(options.fleet.onEvent((event) => this.#hear(event)));
    this.#listening.use(
      options.fleet.subscribe((hostId) => {
        if (hostId === null) this.#forgetRemoved();
      }),
    );
  }

  /** Of an app, newest first, at most `limits.actions.timelineEntries`; none where nothing is known. */
  read({ hostId, app }: { readonly hostId: string; readonly app: string }): TimelineEntry[] {
    const host = this.#host(hostId);
    const entries = [...byContainer(this.#hosts.get(hostId) ?? [])].flatMap(([containerId, events]) => {
      const place = placeAmong(events) ?? knownPlace(host, containerId) ?? events.at(-1)?.told ?? null;
      if (place?.app !== app) return [];
      return fold(events).map((happening) => ({ happening, containerId, service: place.service }));
    });
    return entries
      .sort((a, b) => compareNano(b.happening.timeNano, a.happening.timeNano))
      .slice(0, limits.actions.timelineEntries)
      .map(({ happening, containerId, service }) => entryOf(happening, containerId, service));
  }

  [Symbol.dispose](): void {
    this.#listening.dispose();
    this.#hosts.clear();
  }

  #hear({ hostId, seen, event, place, at }: HostEvent): void {
    if (!isOfTimeline(event)) return;
    const kept = this.#hosts.get(hostId) ?? [];
    this.#hosts.set(hostId, kept);
    const { runs, clock } = this.#options;
    // Clocks that are a little apart must not date anything in the future.
    const date = Math.min(at, clock.now());
    const told = place === null ? toldPlace(event) : null;
    const run = runBehind(event, at, runs.list());
    const heard: Kept = { seen, event: seen === 'event' ? brief(event) : event, at: date, place, told, run };
    if (isSameHealth(heard, kept)) return;
    kept.push(heard);
    if (kept.length > limits.actions.timelineEvents) kept.shift();
  }

  #forgetRemoved(): void {
    for (const hostId of this.#hosts.keys()) if (this.#host(hostId) === null) this.#hosts.delete(hostId);
  }

  #host(hostId: string): HostAccess | null {
    try {
      return this.#options.fleet.access(hostId);
    } catch {
      return null;
    }
  }
}

/** An event with what entries are made of. */
function brief({ attributes, ...event }: EngineEvent): EngineEvent {
  const { signal, exitCode } = attributes;
  const kept = Object.entries({ signal, exitCode }).flatMap(([name, text]) =>
    text === undefined ? [] : [[name, text.slice(0, ATTRIBUTE_CHARS)] as const],
  );
  return { ...event, attributes: Object.fromEntries(kept) };
}

const ATTRIBUTE_CHARS = 32;

/** Podman tells of every check: kept, they would crowd out all else. */
function isSameHealth({ event }: Kept, kept: readonly Kept[]): boolean {
  if (plainAction(event) !== 'health_status') return false;
  const last = kept.findLast((before) => {
    const action = plainAction(before.event);
    return before.event.id === event.id && (action === 'health_status' || action === 'start');
  });
  return (
    last !== undefined && last.event.action === event.action && compareNano(last.event.timeNano, event.timeNano) < 0
  );
}

function byContainer(events: readonly Kept[]): Map<string, Kept[]> {
  const groups = new Map<string, Kept[]>();
  for (const kept of events) {
    const group = groups.get(kept.event.id);
    if (group === undefined) groups.set(kept.event.id, [kept]);
    else group.push(kept);
  }
  return groups;
}

/** As it was known when one of its events was heard; the newest knows of a rename. */
function placeAmong(events: readonly Kept[]): Place | null {
  return events.findLast(({ place }) => place !== null)?.place ?? null;
}

function knownPlace(host: HostAccess | null, containerId: string): Place | null {
  return host?.containers.find(({ id }) => id === containerId)?.place ?? null;
}

/** Of a container that was gone before any list showed it: its events carry its name and labels. */
function toldPlace({ attributes }: EngineEvent): Place | null {
  const { name } = attributes;
  return name === undefined ? null : placeOf(name.replace(/^\//, ''), attributes, {});
}

function entryOf(happening: Happening, containerId: string, service: string): TimelineEntry {
  const { at, timeNano: _, ...entry } = happening;
  return { ...entry, at: new Date(at).toISOString(), containerId, service };
}
