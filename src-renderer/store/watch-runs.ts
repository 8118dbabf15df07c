import type { StoreApi } from 'zustand/vanilla';
import type { Run } from '#contract/actions.ts';
import type { FleetState } from './fleet-state.ts';
import { endedBadly, runNews } from './run-words.ts';
import type { UiState } from './ui-store.ts';

type Fleet = Pick<StoreApi<FleetState>, 'getState' | 'subscribe'>;
type Ui = Pick<StoreApi<UiState>, 'getState' | 'subscribe'>;
type Storage = Pick<globalThis.Storage, 'getItem' | 'setItem'>;

const KEPT = 'binnacle.seen-runs';

/**
 * Tells of runs that end while nobody looks at them, and remembers whose end was looked at: also across a page that is
 * loaded again, so that what went wrong while no window was open is still to be looked at, and once is enough.
 */
export function watchRuns(fleet: Fleet, ui: Ui, storage: Storage): void {
  ui.getState().setSeenRuns(new Set(keptIn(storage)));
  fleet.subscribe(({ runs }, before) => {
    if (runs === before.runs) return;
    if (isShown(ui)) see();
    // What had ended before the page was there is no news.
    else if (before.seq !== null) tell(endedSince(runs, before.runs));
  });
  ui.subscribe(({ sheets }, before) => {
    if (sheets !== before.sheets && isShown(ui)) see();
  });

  function see(): void {
    const ended = fleet.getState().runs.filter(({ state }) => state !== 'running');
    const { seenRuns, setSeenRuns } = ui.getState();
    if (ended.every(({ id }) => seenRuns.has(id)) && seenRuns.size <= ended.length) return;
    const ids = ended.map(({ id }) => id);
    setSeenRuns(new Set(ids));
    storage.setItem(KEPT, JSON.stringify(ids));
  }

  function tell(ended: readonly Run[]): void {
    // There is room for one: the one that has to be looked at.
    const run = ended.find(endedBadly) ?? ended.at(-1);
    if (run === undefined) return;
    const others = ended.length > 1 ? ` ${ended.length - 1} more ended.` : '';
    const offer = { label: 'Show', goes: { sheet: { kind: 'runs', run: run.id } as const } };
    ui.getState().say(runNews(run) + others, run.state === 'succeeded' && others === '' ? undefined : offer);
  }
}

/** Ids of runs that ended badly and were not looked at. */
export function unseenRuns(runs: readonly Run[], seen: ReadonlySet<string>): readonly string[] {
  return runs.filter((run) => endedBadly(run) && !seen.has(run.id)).map(({ id }) => id);
}

function endedSince(runs: readonly Run[], before: readonly Run[]): readonly Run[] {
  const ended = new Set(before.filter(({ state }) => state !== 'running').map(({ id }) => id));
  return runs.filter(({ id, state }) => state !== 'running' && !ended.has(id));
}

function isShown(ui: Ui): boolean {
  return ui.getState().sheets.at(-1)?.kind === 'runs';
}

function keptIn(storage: Storage): readonly string[] {
  try {
    const kept: unknown = JSON.parse(storage.getItem(KEPT) ?? '[]');
    return Array.isArray(kept) ? kept.filter((id) => typeof id === 'string') : [];
  } catch {
    return [];
  }
}
