import { limits } from '../kernel/limits.ts';

/** What a run of ours is doing to a container. */
export type Planned = 'starting' | 'stopping' | 'restarting';

/** A time in which a run of ours acted upon a container. Milliseconds of the engine's clock. */
export interface PlannedTime {
  readonly what: Planned;
  readonly from: number;
  /** null: it goes on. */
  readonly to: number | null;
}

/** By container id, oldest first; those that are past what restart evidence looks back at are forgotten. */
export type PlannedTimes = ReadonlyMap<string, readonly PlannedTime[]>;

/** How well the engine's clock is known: within about a second, and anew with every connection. */
const CLOCK_SLACK_MS = 2_000;

/**
 * `times` when `planned` is all that runs are doing from `engineNow` on, milliseconds of the engine's clock: what goes on
 * stays one time, what is not named any more has ended.
 */
export function withPlanned(
  times: PlannedTimes,
  planned: ReadonlyMap<string, Planned>,
  engineNow: number,
): PlannedTimes {
  const next = new Map<string, readonly PlannedTime[]>();
  for (const id of new Set([...times.keys(), ...planned.keys()])) {
    const all = after(times.get(id) ?? [], planned.get(id) ?? null, engineNow);
    const oldest = engineNow - limits.fleet.eventHistoryMs;
    const kept = all.filter(({ to }) => to === null || to >= oldest).slice(-limits.fleet.historyPerContainer);
    if (kept.length > 0) next.set(id, kept);
  }
  return next;
}

function after(times: readonly PlannedTime[], what: Planned | null, engineNow: number): readonly PlannedTime[] {
  const last = times.at(-1);
  if (last === undefined || last.to !== null) {
    return what === null ? times : [...times, { what, from: engineNow, to: null }];
  }
  const now = what === null ? { ...last, to: Math.max(last.from, engineNow) } : { ...last, what };
  return [...times.slice(0, -1), now];
}

/** What is being done now; null: nothing. */
export function plannedNow(times: readonly PlannedTime[]): Planned | null {
  const last = times.at(-1);
  return last?.to === null ? last.what : null;
}

/** Whether what the engine dated `at` falls into one of these times. */
export function wasPlanned(times: readonly PlannedTime[], at: number): boolean {
  return times.some(({ from, to }) => at >= from - CLOCK_SLACK_MS && (to === null || at <= to + CLOCK_SLACK_MS));
}
