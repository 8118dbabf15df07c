import { expect, it } from 'vitest';
import type { Problem } from '#contract/errors.ts';
import { homeAt } from '../home/home.ts';
import { type SettingsKeeper, sessionSettings } from '../settings/settings-keeper.ts';
import { SettingsDesk } from './settings-desk.ts';

const problem = (message: string): Problem => ({
  where: 'settings.json',
  code: 'SETTINGS_BROKEN',
  message,
  hint: null,
});

function desk(settings: SettingsKeeper = sessionSettings(), leftOut: readonly Problem[] = []) {
  return new SettingsDesk({
    settings,
    book: { problems: () => leftOut, follow: async () => undefined },
    home: homeAt('/home/\u202eana'),
    secrets: { forget: async () => 3, problems: () => [] },
  });
}

it('changes what is given, leaves the rest, and tells of it', async () => {
  const settings = sessionSettings();
  const shown = desk(settings);
  const told: unknown[] = [];
  using _ = shown.subscribe(() => told.push(shown.current()));
  const answers = [
    await shown.change({ theme: 'night', sampleSeconds: undefined }),
    await shown.change({ refreshSeconds: 30 }),
  ];
  const first = { theme: 'night', refreshSeconds: 10, sampleSeconds: 5, secretMinutes: 480 };
  expect({ answers, told, now: shown.current(), kept: settings.state.settings.intervals }).toEqual({
    answers: [first, { ...first, refreshSeconds: 30 }],
    told: [first, { ...first, refreshSeconds: 30 }],
    now: { ...first, refreshSeconds: 30 },
    kept: { refreshSeconds: 30, sampleSeconds: 5 },
  });
});

it('tells what is wrong with the file and with hosts in it', () => {
  const settings = sessionSettings();
  const broken: SettingsKeeper = { ...settings, state: { ...settings.state, problems: [problem('broken')] } };
  expect(desk(broken, [problem('left out')]).problems()).toEqual([problem('broken'), problem('left out')]);
});

it('says where things are, fit to be shown', () => {
  expect(desk().places()).toEqual({
    home: '/home/\\u{202e}ana',
    settingsFile: '/home/\\u{202e}ana/settings.json',
    knownHostsFile: '/home/\\u{202e}ana/known_hosts',
    logFile: '/home/\\u{202e}ana/logs/binnacle.log',
    journalFolder: '/home/\\u{202e}ana/journal',
  });
});
