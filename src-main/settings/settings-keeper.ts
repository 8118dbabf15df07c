import type { HomeLock } from '../home/lock.ts';
import { Listeners } from '../kernel/listeners.ts';
import { defaultSettings, type Settings } from './schema.ts';
import type { SettingsState, SettingsStore } from './settings-store.ts';

/** The settings as a running core has them: read once, and from then on changed by it alone. */
export interface SettingsKeeper {
  readonly state: SettingsState;
  /** As {@link SettingsStore.update}; where it rejects, `state` is what it was. */
  update(change: (settings: Settings) => Settings): Promise<SettingsState>;
  /** Calls back after each change. */
  subscribe(onChange: () => void): Disposable;
}

/**
 * Settings that are kept in `store`.
 * @param lock of their home; asked for at each change, so that who only reads need not hold it
 */
export async function keepSettings(store: SettingsStore, lock: () => Promise<HomeLock>): Promise<SettingsKeeper> {
  const changed = new Listeners();
  let state = await store.read();
  let keptAside: SettingsState['problems'] = [];
  return {
    get state() {
      return state;
    },
    async update(change) {
      const updated = await store.update(await lock(), change);
      // What reading told is put right by a write. What a write told, where a broken file is kept, stays worth knowing.
      if (updated.problems.length > 0) keptAside = updated.problems;
      state = { settings: updated.settings, problems: keptAside };
      changed.tell();
      return state;
    },
    subscribe: (onChange) => changed.subscribe(onChange),
  };
}

/** Settings that are kept for the session only, from the usual ones on. */
export function sessionSettings(): SettingsKeeper {
  const changed = new Listeners();
  let state: SettingsState = { settings: defaultSettings(), problems: [] };
  return {
    get state() {
      return state;
    },
    async update(change) {
      state = { settings: change(state.settings), problems: [] };
      changed.tell();
      return state;
    },
    subscribe: (onChange) => changed.subscribe(onChange),
  };
}
