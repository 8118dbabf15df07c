import path from 'node:path';
import type { Problem } from '#contract/errors.ts';
import type { Home } from '../home/home.ts';
import type { HomeLock } from '../home/lock.ts';
import type { Clock } from '../kernel/clock.ts';
import { AppError } from '../kernel/errors.ts';
import { visibleText } from '../kernel/text.ts';
import type { Migration } from './migrations.ts';
import { SETTINGS_SCHEMA, type Settings, SettingsSchema } from './schema.ts';
import { readSettingsFile } from './settings-file.ts';
import { broken, describeIssue, type JudgedSettings, judgeSettings } from './settings-text.ts';
import { writeSettings } from './settings-writer.ts';

export interface SettingsState {
  /** The defaults, without a host, wherever the file cannot be used: `problems` then says why. */
  readonly settings: Settings;
  readonly problems: readonly Problem[];
}

export interface SettingsStore {
  /** What is set. Needs no lock and changes nothing, whatever state the file is in. Never rejects. */
  read(): Promise<SettingsState>;
  /**
   * Replaces the settings by `change` of them; they are read afresh, and changes follow one another. A broken file
   * is kept aside as `settings.broken-<time>.json` first, and reported in the answer's `problems`.
   *
   * @param lock of this home; two writers cannot interleave because there is one
   * @param change pure; spreads what it is given, see {@link Settings}. What it throws is passed on, nothing written
   * @throws AppError SETTINGS_NEWER, SETTINGS_BROKEN (cannot be read), SETTINGS_INVALID (what `change` made),
   *   HOME_UNUSABLE; the file is then what it was
   */
  update(lock: HomeLock, change: (settings: Settings) => Settings): Promise<SettingsState>;
}

/** The settings of `home`. Touches nothing yet. */
export function openSettings(
  home: Home,
  { clock, migrations }: { readonly clock: Clock; readonly migrations?: readonly Migration[] },
): SettingsStore {
  let queue: Promise<unknown> = Promise.resolve();

  const judge = async (): Promise<JudgedSettings | Unreadable> => {
    const found = await readSettingsFile(home.settingsFile);
    const shown = visibleText(home.settingsFile);
    switch (found.kind) {
      case 'missing':
        return judgeSettings(shown, null, migrations);
      case 'text':
        return judgeSettings(shown, found.text, migrations);
      case 'unfit':
        return broken(shown, found.why);
      case 'unreadable':
        return unreadable(shown, found.why);
    }
  };

  const update = async (lock: HomeLock, change: (settings: Settings) => Settings): Promise<SettingsState> => {
    if (!lock.held || lock.home.path !== home.path)
      throw new Error('settings are written without the lock of their home');
    const judged = await judge();
    if (judged.kind === 'newer' || judged.kind === 'unreadable') {
      throw new AppError(judged.problem.code, judged.problem.message, hintOf(judged.problem));
    }
    const result = SettingsSchema.safeParse({ ...change(judged.settings), schema: SETTINGS_SCHEMA });
    if (!result.success) {
      throw new AppError('SETTINGS_INVALID', `These settings cannot be: ${describeIssue(result.error.issues[0])}.`, {
        hint: 'Nothing was changed.',
      });
    }
    const keepAs = judged.kind === 'broken' ? asideName(home, clock.now()) : null;
    await writeSettings(home, result.data, keepAs);
    return {
      settings: result.data,
      problems: judged.kind === 'broken' && keepAs ? [keptAside(judged.problem, keepAs)] : [],
    };
  };

  return {
    async read() {
      const judged = await judge();
      return { settings: judged.settings, problems: judged.kind === 'usable' ? [] : [judged.problem] };
    },
    update(lock, change) {
      const turn = queue.then(() => update(lock, change));
      queue = turn.catch(() => undefined);
      return turn;
    },
  };
}

type Unreadable = Omit<ReturnType<typeof broken>, 'kind'> & { readonly kind: 'unreadable' };

function unreadable(file: string, why: string): Unreadable {
  const { settings, problem } = broken(file, why);
  return {
    kind: 'unreadable',
    settings,
    problem: {
      ...problem,
      message: `The settings cannot be read: ${why}. They were left as they are; Binnacle goes on with the usual ones.`,
      hint: 'Make it a file this user may read. Until then nothing can be changed.',
    },
  };
}

function hintOf({ hint }: Problem): { hint?: string } {
  return hint === null ? {} : { hint };
}

/** A time as in ISO 8601, but with `-` for `:`, which Windows does not take in a name. */
function asideName(home: Home, now: number): string {
  const time = new Date(now).toISOString().replaceAll(':', '-');
  return path.join(home.path, `settings.broken-${time}.json`);
}

function keptAside(problem: Problem, keptAs: string): Problem {
  const shown = visibleText(keptAs);
  return {
    ...problem,
    message: `The settings could not be used, and new ones were begun. What stood there is kept as ${shown}.`,
    hint: 'Copy what you need from it, then delete it.',
  };
}
