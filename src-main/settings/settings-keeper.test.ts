import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Home, homeAt } from '../home/home.ts';
import { lockHome } from '../home/lock.ts';
import { systemClock } from '../kernel/clock.ts';
import { defaultSettings, type Settings } from './schema.ts';
import { keepSettings, sessionSettings } from './settings-keeper.ts';
import { openSettings } from './settings-store.ts';

let home: Home;
beforeEach(() => {
  home = homeAt(mkdtempSync(path.join(tmpdir(), 'binnacle-keeper-')));
});
afterEach(() => rmSync(home.path, { recursive: true, force: true }));

const night = (settings: Settings): Settings => ({ ...settings, theme: 'night' });
const store = () => openSettings(home, { clock: systemClock });
const lock = () => lockHome(home, { clock: systemClock, role: 'browser' });

it('reads once, changes under the lock, and tells of it', async () => {
  using held = await lock();
  const keeper = await keepSettings(store(), async () => held);
  const seen: string[] = [keeper.state.settings.theme];
  using _ = keeper.subscribe(() => seen.push(keeper.state.settings.theme));
  await keeper.update(night);
  expect([seen, (await store().read()).settings.theme]).toEqual([['system', 'night'], 'night']);
});

it('needs the lock for a change only, and stays as it was where there is none', async () => {
  const keeper = await keepSettings(store(), () => Promise.reject(new Error('somebody has it')));
  await expect(keeper.update(night)).rejects.toThrow('somebody has it');
  expect(keeper.state).toEqual({ settings: defaultSettings(), problems: [] });
});

it('goes on telling where a broken file is kept', async () => {
  writeFileSync(home.settingsFile, 'oops');
  using held = await lock();
  const keeper = await keepSettings(store(), async () => held);
  const told = () => keeper.state.problems.map(({ message }) => message.replace(/ as \S+\.json/, ' as FILE'));
  const before = told();
  await keeper.update(night);
  const kept = told();
  await keeper.update((settings) => ({ ...settings, theme: 'day' }));
  expect([before, kept, told()]).toEqual([
    [expect.stringContaining('they are not JSON')],
    ['The settings could not be used, and new ones were begun. What stood there is kept as FILE.'],
    kept,
  ]);
});

it('can keep them for the session alone', async () => {
  const keeper = sessionSettings();
  let told = 0;
  using _ = keeper.subscribe(() => {
    told += 1;
  });
  await keeper.update(night);
  expect([keeper.state.settings.theme, told]).toEqual(['night', 1]);
});
