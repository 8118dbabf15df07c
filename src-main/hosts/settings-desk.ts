import type { Problem } from '#contract/errors.ts';
import type { Places, WindowSettings } from '#contract/settings.ts';
import type { Home } from '../home/home.ts';
import { visibleText } from '../kernel/text.ts';
import type { Settings } from '../settings/schema.ts';
import type { SettingsKeeper } from '../settings/settings-keeper.ts';
import type { HostBook } from './host-book.ts';
import type { Secrets } from './secrets.ts';

type Change = { readonly [Key in keyof WindowSettings]?: WindowSettings[Key] | undefined };

interface SettingsDeskOptions {
  readonly settings: SettingsKeeper;
  /** The saved hosts: for those among them that are left out, and because a change reads the file anew, hosts included. */
  readonly book: Pick<HostBook, 'problems' | 'follow'>;
  readonly home: Home;
  readonly secrets: Pick<Secrets, 'forget' | 'problems'>;
}

/** The settings a window shows and changes. */
export class SettingsDesk {
  readonly #options: SettingsDeskOptions;

  constructor(options: SettingsDeskOptions) {
    this.#options = options;
  }

  /** Calls back after each change of the settings, or of what is wrong with them. */
  subscribe(onChange: () => void): Disposable {
    return this.#options.settings.subscribe(onChange);
  }

  current(): WindowSettings {
    return windowSettings(this.#options.settings.state.settings);
  }

  /** What is wrong with the settings file and that of the secrets, and which saved hosts are not followed. */
  problems(): readonly Problem[] {
    const { settings, book, secrets } = this.#options;
    return [...settings.state.problems, ...book.problems(), ...secrets.problems()];
  }

  /**
   * Members that are left out stay as they are.
   * @throws AppError SETTINGS_INVALID, SETTINGS_NEWER, SETTINGS_BROKEN, HOME_LOCKED, HOME_UNUSABLE
   */
  async change(change: Change): Promise<WindowSettings> {
    const { settings } = await this.#options.settings.update((before) => {
      const now = windowSettings(before);
      const { theme = now.theme, refreshSeconds = now.refreshSeconds, sampleSeconds = now.sampleSeconds } = change;
      const { secretMinutes = now.secretMinutes } = change;
      return {
        ...before,
        theme,
        intervals: { ...before.intervals, refreshSeconds, sampleSeconds },
        secrets: { ...before.secrets, memoryMinutes: secretMinutes },
      };
    });
    await this.#options.book.follow();
    return windowSettings(settings);
  }

  /** Every passphrase and password that is remembered, in memory and in the keychain; connections that stand go on. */
  async forgetSecrets(): Promise<{ forgotten: number }> {
    return { forgotten: await this.#options.secrets.forget() };
  }

  places(): Places {
    const { path, settingsFile, knownHostsFile, logFile, journalFolder } = this.#options.home;
    return {
      home: visibleText(path),
      settingsFile: visibleText(settingsFile),
      knownHostsFile: visibleText(knownHostsFile),
      logFile: visibleText(logFile),
      journalFolder: visibleText(journalFolder),
    };
  }
}

function windowSettings({ theme, intervals: { refreshSeconds, sampleSeconds }, secrets }: Settings): WindowSettings {
  return { theme, refreshSeconds, sampleSeconds, secretMinutes: secrets.memoryMinutes };
}
