import type { EngineEvent } from '../engine/model.ts';
import { limits } from '../kernel/limits.ts';
import type { HistoryEntry, RestartCountSeen } from './model.ts';

/** Signals by which a process is asked to reload or reopen its files, not to end: HUP, USR1, USR2. */
const RELOAD_SIGNALS: ReadonlySet<string> = new Set([
  '1',
  '10',
  '12',
  'HUP',
  'USR1',
  'USR2',
  'SIGHUP',
  'SIGUSR1',
  'SIGUSR2',
]);

/** Orders nanosecond texts as numbers: they exceed what a number holds exactly. */
export function compareNano(a: string, b: string): number {
  if (a.length !== b.length) return a.length - b.length;
  return a < b ? -1 : a > b ? 1 : 0;
}

/** `ms` of the engine's clock in the form of an event's `timeNano`. */
export function nanoOf(ms: number): string {
  return `${Math.max(0, Math.trunc(ms))}000000`;
}

/** The entry an event leaves in a container's history; null for one that the verdicts do not look at. */
export function historyEntry(event: EngineEvent): HistoryEntry | null {
  const { action, at, timeNano, attributes } = event;
  switch (action) {
    case 'create':
    case 'start':
    case 'oom':
    case 'stop':
      return { action, at, timeNano, exitCode: null };
    case 'kill':
      return RELOAD_SIGNALS.has(attributes.signal ?? '') ? null : { action, at, timeNano, exitCode: null };
    case 'die':
      return { action, at, timeNano, exitCode: exitCodeOf(attributes) };
    default:
      return null;
  }
}

/** Docker writes `exitCode`, Podman `containerExitCode`. */
function exitCodeOf(attributes: Readonly<Record<string, string>>): number | null {
  const text = attributes.exitCode ?? attributes.containerExitCode ?? '';
  return /^-?\d{1,10}$/.test(text) ? Number(text) : null;
}

/**
 * `history` with `entry` in its place, whatever order events arrive in: entries are ordered by the engine's time,
 * those past the window or the bound are forgotten. The same array where the entry is in it already (a replay).
 */
export function remember(history: readonly HistoryEntry[], entry: HistoryEntry): readonly HistoryEntry[] {
  let place = history.length;
  for (; place > 0; place -= 1) {
    const before = history[place - 1] as HistoryEntry;
    const order = compareNano(before.timeNano, entry.timeNano) || compareText(before.action, entry.action);
    if (order === 0) return history;
    if (order < 0) break;
  }
  const all = history.toSpliced(place, 0, entry);
  const oldest = (all.at(-1) as HistoryEntry).at - limits.fleet.eventHistoryMs;
  const kept = all.filter(({ at }) => at >= oldest);
  return kept.slice(-limits.fleet.historyPerContainer);
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** `seen` with RestartCount `count` seen at `at`, milliseconds of the engine's clock. */
export function rememberCount(
  seen: readonly RestartCountSeen[],
  count: number,
  at: number,
): readonly RestartCountSeen[] {
  const last = seen.at(-1);
  const grown =
    last?.count === count
      ? [...seen.slice(0, -1), { ...last, to: Math.max(last.to, at) }]
      : [...seen, { count, from: at, to: at }];
  return grown.filter(({ to }) => to >= at - limits.fleet.eventHistoryMs).slice(-limits.fleet.historyPerContainer);
}
