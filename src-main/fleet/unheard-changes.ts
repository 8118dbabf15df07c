import type { EngineEvent } from '../engine/model.ts';
import type { Moment } from '../kernel/clock.ts';
import { limits } from '../kernel/limits.ts';
import { plainAction } from './event-facts.ts';
import type { ContainerFacts, HostFacts } from './model.ts';
import {
  CLOCK_SLACK_MS,
  EVENT_SLACK_MS,
  type Explained,
  type HeardRuns,
  isUp,
  rebuiltEvents,
  rebuiltRemoval,
} from './rebuilt-events.ts';

interface CompareContext {
  /** Whatever happened before this was heard by now, if it was to be heard at all. On the monotonic clock. */
  readonly heardBy: number;
  readonly now: Moment;
  /** Engine's clock minus this machine's, in milliseconds. */
  readonly clockOffsetMs: number;
  /** Nothing may be inspected: what lists show is all there will be. */
  readonly listsOnly: boolean;
}

interface Compared {
  /** What happened and was not heard of, and the container as it was last known. */
  readonly found: readonly { readonly event: EngineEvent; readonly container: ContainerFacts }[];
  /** False: something was read so lately that its events may still come. */
  readonly isComplete: boolean;
}

/** A time of one container that was told afterwards as a whole; on the engine's clock. */
interface Covered {
  readonly id: string;
  readonly from: number;
  /** Its end, give or take {@link CLOCK_SLACK_MS}. */
  to: number;
  /** As it was read at that end; null: it was gone. */
  readonly facts: ContainerFacts | null;
}

const NONE: HeardRuns = { starts: 0, ends: 0 };

/** What is told of a time afterwards sums these up. */
const SUMMED_UP: ReadonlySet<string> = new Set(['create', 'start', 'die', 'stop', 'kill', 'restart', 'oom', 'destroy']);

/**
 * Holds what is known of a host's containers against what was heard of them, over all its connections: what no event
 * tells (this machine slept, the link was down, the engine dropped it or may not be listened to) shows in a later list or
 * inspect. Nothing is told twice: events are waited for first, and one that comes all the same is no news any more.
 */
export class UnheardChanges {
  readonly #explained = new Map<string, Explained & { readonly facts: ContainerFacts }>();
  /**
   * Listed, and not known well enough yet to tell what changes: what it is to be held against. null: it may have been
   * there before.
   */
  readonly #unexplained = new Map<string, Explained | null>();
  readonly #heard = new Map<string, HeardRuns>();
  readonly #missing = new Map<string, Moment>();
  /** Of the last list, milliseconds of the engine's clock; null: none was. */
  #listedAt: number | null = null;
  readonly #covered: Covered[] = [];

  /** Whether an event that has come, for the first time, is news. */
  hear(event: EngineEvent): boolean {
    const action = plainAction(event);
    const isNews = !SUMMED_UP.has(action) || !this.#isTold(event, action);
    if (action === 'destroy') this.#forget(event.id);
    // One that was told counts no more: it is no part of what will change from now on.
    if (!isNews) return false;
    const { starts, ends } = this.#heard.get(event.id) ?? NONE;
    if (action === 'start') this.#heard.set(event.id, { starts: starts + 1, ends });
    if (action === 'die') this.#heard.set(event.id, { starts, ends: ends + 1 });
    return true;
  }

  /** To be called with every list: what it is the first to show is new, which no later one tells. */
  listed({ containers, listedAt }: HostFacts, clockOffsetMs: number): void {
    if (listedAt === null) return;
    for (const { id, summary } of containers.values()) {
      if (this.#explained.has(id) || this.#unexplained.has(id)) continue;
      const isNew = this.#listedAt !== null && summary.createdAt >= this.#listedAt - EVENT_SLACK_MS;
      this.#unexplained.set(id, isNew ? { facts: null, at: summary.createdAt } : null);
    }
    this.#listedAt = listedAt.wall + clockOffsetMs;
  }

  /** To be called when what was read lately has had time to be heard of. */
  compare(facts: HostFacts, context: CompareContext): Compared {
    const { containers } = facts;
    if (facts.listedAt === null) return { found: [], isComplete: true };
    const found: { readonly event: EngineEvent; readonly container: ContainerFacts }[] = [];
    const engineRestarted = this.#engineRestarted(facts);
    let isComplete = true;
    for (const container of containers.values()) {
      const { id } = container;
      const before = this.#explained.get(id) ?? this.#unexplained.get(id) ?? null;
      const seenAt = readAt(container, facts, context);
      if (seenAt === null || before?.facts === container) continue;
      if (seenAt.monotonic > context.heardBy) {
        isComplete = false;
        continue;
      }
      const at = seenAt.wall + context.clockOffsetMs;
      const heard = this.#heard.get(id) ?? NONE;
      const events = before === null ? [] : rebuiltEvents(before, container, { heard, foundAt: at, engineRestarted });
      found.push(...events.map((event) => ({ event, container })));
      if (before !== null && events.length > 0) this.#cover(id, before, at, container);
      this.#unexplained.delete(id);
      this.#heard.delete(id);
      this.#explained.set(id, { facts: container, at });
    }
    const removals = this.#removals(facts, context);
    return { found: [...found, ...removals.found], isComplete: isComplete && removals.isComplete };
  }

  #removals({ containers, strangers }: HostFacts, { heardBy, now, clockOffsetMs }: CompareContext): Compared {
    const found: { readonly event: EngineEvent; readonly container: ContainerFacts }[] = [];
    for (const [id, known] of this.#explained) {
      if (containers.has(id)) {
        this.#missing.delete(id);
        continue;
      }
      const since = this.#missing.get(id) ?? now;
      this.#missing.set(id, since);
      if (since.monotonic > heardBy) continue;
      const foundAt = since.wall + clockOffsetMs;
      found.push({ event: rebuiltRemoval(id, foundAt), container: known.facts });
      this.#cover(id, known, foundAt, null);
      this.#forget(id);
    }
    for (const id of this.#unexplained.keys()) if (!containers.has(id)) this.#unexplained.delete(id);
    for (const id of this.#heard.keys()) if (!containers.has(id) && !strangers.has(id)) this.#heard.delete(id);
    return { found, isComplete: this.#missing.size === 0 };
  }

  /** Of what ran before, and has been looked at since, nothing runs on: that is no one's doing to one container. */
  #engineRestarted({ containers, toInspect }: HostFacts): boolean {
    let begunAnew = 0;
    for (const [id, { facts }] of this.#explained) {
      const now = containers.get(id);
      if (now === undefined || now.inspectedAt === facts.inspectedAt || toInspect.has(id)) continue;
      if (!isUp(facts.state) || !isUp(now.state)) continue;
      if (now.detail?.startedAt === facts.detail?.startedAt) return false;
      begunAnew += 1;
    }
    return begunAnew >= 2;
  }

  #cover(id: string, before: Explained, to: number, facts: ContainerFacts | null): void {
    const from = before.at - (before.facts === null ? EVENT_SLACK_MS : 0);
    this.#covered.push({ id, from, to, facts });
    if (this.#covered.length > limits.fleet.coveredTimes) this.#covered.shift();
  }

  /** Whether an event was told already, by what a list or an inspect showed. */
  #isTold({ id, at }: EngineEvent, action: string): boolean {
    const covered = this.#covered.filter((each) => each.id === id && at > each.from && at <= each.to + CLOCK_SLACK_MS);
    for (const each of covered) {
      if (at <= each.to - CLOCK_SLACK_MS || isShownBy(each.facts, action, at)) return true;
      // Events come in order: what follows this one was not to be seen either.
      each.to = Math.min(each.to, at - CLOCK_SLACK_MS - 1);
    }
    return false;
  }

  #forget(id: string): void {
    this.#explained.delete(id);
    this.#unexplained.delete(id);
    this.#missing.delete(id);
  }
}

/** What follows a start; all else that is summed up belongs to an end. */
const OF_STARTS: ReadonlySet<string> = new Set(['start', 'restart']);

/** Whether what happened about when a container was read is part of what was read (null: it was gone). */
function isShownBy(facts: ContainerFacts | null, action: string, at: number): boolean {
  if (facts === null || action === 'create') return true;
  if (action === 'destroy') return false;
  const { state, detail } = facts;
  const isOfStart = OF_STARTS.has(action);
  const runs = state === 'running' || state === 'paused';
  if (detail === null) return isOfStart === runs;
  const lastAt = runs ? detail.startedAt : detail.finishedAt;
  if (lastAt === null) return false;
  return at <= lastAt || (isOfStart === runs && at <= lastAt + EVENT_SLACK_MS);
}

/** When a container was read in such a way that nothing is known to lack in it; null: that is still to come. */
function readAt(
  { id, detail, inspectedAt }: ContainerFacts,
  { toInspect, listedAt }: HostFacts,
  { listsOnly }: CompareContext,
): Moment | null {
  if (listsOnly && detail === null) return listedAt;
  return toInspect.has(id) ? null : inspectedAt;
}
