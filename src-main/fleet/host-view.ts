import type { App, Container, Engine, Host, HostState, Verdict } from '#contract/fleet.ts';
import { elapsedBetween, type Moment } from '../kernel/clock.ts';
import { limits } from '../kernel/limits.ts';
import { protectedKeys, traitsOf } from './container-traits.ts';
import { containerView, missingView, type ViewContext } from './container-view.ts';
import type { Place } from './grouping.ts';
import { pinKey } from './identity.ts';
import type { HostFacts, HostPreferences } from './model.ts';
import type { PlannedTimes } from './planned.ts';
import { verdictRank, worstVerdict } from './verdict.ts';

export interface HostViewInput {
  /** UUID. */
  readonly id: string;
  readonly target: string;
  readonly status: HostState;
  readonly engine: Engine | null;
  readonly latencyMs: number | null;
  readonly facts: HostFacts;
  readonly preferences: HostPreferences;
  /** What runs of ours do to its containers, and have done. */
  readonly planned: PlannedTimes;
  readonly now: Moment;
  /** Milliseconds of the engine's clock. */
  readonly engineNow: number;
  readonly refreshIntervalMs: number;
  readonly sampleIntervalMs: number;
}

interface Placed {
  readonly place: Place;
  readonly container: Container;
}

/** A host as windows and scripts see it: facts, preferences and the time made into verdicts. Pure. */
export function hostView(input: HostViewInput): Host {
  const { facts, preferences, now, refreshIntervalMs, status } = input;
  const ageMs = facts.listedAt === null ? null : elapsedBetween(facts.listedAt, now);
  const context: ViewContext = {
    hostLive: status.state === 'live',
    factAgeMs: ageMs,
    refreshIntervalMs,
    engineNow: input.engineNow,
    pinned: new Set(preferences.pinned.map(pinKey)),
    accepted: new Set(preferences.accepted),
    protected: protectedKeys(preferences),
    planned: input.planned,
    networks: facts.networks,
    now,
    sampleIntervalMs: Math.max(input.sampleIntervalMs, slowestRoundMs(input.facts.containers.size)),
  };
  const apps = appViews(placedContainers(facts, preferences, context));
  return {
    id: input.id,
    target: input.target,
    status,
    verdict: hostVerdict(apps, context),
    engine: input.engine,
    latencyMs: input.latencyMs,
    freshAt: facts.listedAt === null ? null : freshAt(facts.listedAt, now),
    apps,
  };
}

function placedContainers(facts: HostFacts, preferences: HostPreferences, context: ViewContext): Placed[] {
  const absent = new Set(context.pinned);
  const placed: Placed[] = [];
  for (const container of facts.containers.values()) {
    const traits = traitsOf(container, preferences);
    const { place } = traits;
    // A one-off of a service does not stand in for it.
    if (!place.oneOff) absent.delete(pinKey(place));
    placed.push({ place, container: containerView(container, traits, context) });
  }
  // Before the first list nothing is known to be absent.
  if (facts.listedAt === null) return placed;
  for (const { app, service } of preferences.pinned) {
    if (!absent.delete(pinKey({ app, service }))) continue;
    const place: Place = { app, service, number: null, oneOff: false };
    placed.push({ place, container: missingView(place, context) });
  }
  return placed;
}

function appViews(placed: readonly Placed[]): App[] {
  const byApp = new Map<string, Placed[]>();
  for (const entry of placed) {
    const others = byApp.get(entry.place.app);
    if (others === undefined) byApp.set(entry.place.app, [entry]);
    else others.push(entry);
  }
  const apps = [...byApp].map(([name, entries]): App => {
    const containers = entries.sort(byService).map(({ container }) => container);
    return { name, verdict: worstVerdict(containers.map(({ verdict }) => verdict)), containers };
  });
  return apps.sort((a, b) => verdictRank(a.verdict) - verdictRank(b.verdict) || compareNames(a.name, b.name));
}

function byService(a: Placed, b: Placed): number {
  return (
    compareNames(a.container.service, b.container.service) ||
    (a.place.number ?? 0) - (b.place.number ?? 0) ||
    compareNames(a.container.name, b.container.name)
  );
}

const COLLATOR = new Intl.Collator('en', { numeric: true });

/** `web-2` before `web-10`; a total order, so that nothing changes places by itself. */
function compareNames(a: string, b: string): number {
  return a === b ? 0 : COLLATOR.compare(a, b) || (a < b ? -1 : 1);
}

/** The worst of its apps and of its own state: a host that is not live, or not read, is unknown. */
function hostVerdict(apps: readonly App[], { hostLive, factAgeMs, refreshIntervalMs }: ViewContext): Verdict {
  const stale = factAgeMs === null || factAgeMs > refreshIntervalMs * limits.fleet.staleIntervals;
  const own: Verdict = hostLive && !stale ? 'green' : 'unknown';
  return worstVerdict([own, ...apps.map(({ verdict }) => verdict)]);
}

/**
 * The wall clock's time of `listedAt`; where the wall clock has been set back since, the time that keeps the true age.
 */
function freshAt(listedAt: Moment, now: Moment): string {
  const byAge = now.wall - elapsedBetween(listedAt, now);
  // Two clocks drift by a little; a time that differs by less would only flicker.
  const wall = listedAt.wall - byAge > 1_000 ? byAge : listedAt.wall;
  return new Date(wall).toISOString();
}

/**
 * How long one round of samples may take, in milliseconds: an old engine answers each after its one-second tick, and
 * only so many are asked at once. Load is not old before its round can have come again.
 */
function slowestRoundMs(containers: number): number {
  return Math.ceil(containers / limits.engine.bulkChannels) * 1_000;
}
