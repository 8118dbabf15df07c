import { describe, expect, test } from 'vitest';
import { createStore } from 'zustand/vanilla';
import type { Run } from '#contract/actions.ts';
import { aRun } from './fleet.fixture.ts';
import { EMPTY_FLEET, type FleetState } from './fleet-state.ts';
import { createUiStore } from './ui-store.ts';
import { unseenRuns, watchRuns } from './watch-runs.ts';

const running = aRun({ state: 'running', endedAt: null, message: null });
const failed = aRun({ state: 'failed' });

function page(kept: string | null = null) {
  const fleet = createStore<FleetState>()(() => EMPTY_FLEET);
  const ui = createUiStore();
  const storage = new Map<string, string>(kept === null ? [] : [['binnacle.seen-runs', kept]]);
  watchRuns(fleet, ui, {
    getItem: (key) => storage.get(key) ?? null,
    setItem: (key, value) => void storage.set(key, value),
  });
  return {
    ui: ui.getState,
    told: (...runs: readonly Run[]) => fleet.setState({ runs, seq: 1 }),
    unseen: () => unseenRuns(fleet.getState().runs, ui.getState().seenRuns),
    kept: () => storage.get('binnacle.seen-runs'),
  };
}

describe('a run that ends', () => {
  test('is told of while its drawer is closed, and offered where it has to be looked at', () => {
    const { ui, told } = page();
    told(running);
    expect(ui().toast).toBeNull();
    told(aRun());
    expect(ui().toast).toMatchObject({ text: 'Restarted shop / api on atlas in 6 s.', offer: null });
    told(running);
    told(failed);
    expect(ui().toast).toMatchObject({
      text: 'Could not restart shop / api on atlas.',
      offer: { label: 'Show', goes: { sheet: { kind: 'runs', run: failed.id } } },
    });
  });

  test('of several the one that has to be looked at', () => {
    const { ui, told } = page();
    told(running, { ...running, id: 'b' });
    told(failed, aRun({ id: 'b' }));
    expect(ui().toast?.text).toBe('Could not restart shop / api on atlas. 1 more ended.');
  });

  test('is no news where the drawer shows it, or where it had ended before the page was there', () => {
    const shown = page();
    shown.told(running);
    shown.ui().openSheet({ kind: 'runs' });
    shown.told(failed);
    const late = page();
    late.told(failed);
    expect([shown.ui().toast, late.ui().toast]).toEqual([null, null]);
  });
});

describe('what has to be looked at', () => {
  test('is so until the drawer shows it, also after the page was loaded again', () => {
    const { ui, told, unseen, kept } = page();
    told(failed, aRun({ id: 'b' }), aRun({ id: 'c', state: 'unknown' }));
    expect(unseen()).toEqual([failed.id, 'c']);
    ui().openSheet({ kind: 'runs' });
    expect(unseen()).toEqual([]);
    const again = page(kept());
    again.told(failed, aRun({ id: 'd', state: 'unknown' }));
    expect(again.unseen()).toEqual(['d']);
  });

  test('nothing is kept of runs that are forgotten, and what is no list is none', () => {
    const { ui, told, kept } = page('{"no": "list"}');
    told(failed, aRun({ id: 'b' }));
    ui().openSheet({ kind: 'runs' });
    told(aRun({ id: 'b' }));
    expect(kept()).toBe('["b"]');
  });
});
