import { constants } from 'node:fs';
import { copyFile, link, open, readFile, realpath, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import type { Home } from '../home/home.ts';
import { AppError } from '../kernel/errors.ts';
import type { Settings } from './schema.ts';

/**
 * Replaces the settings file by `settings`, whole or not at all; mode 0600.
 *
 * `conf` writes a draft beside it, which is read back and only then renamed over the file. It never sees the file
 * itself, because conf 16 (atomically 2.1) can lose it: on a nearly full disk it renames a draft cut short over the
 * good file without an error (`settings-writer.test.ts` shows it), and in a shell started by a Snap it writes
 * in place. Its folder of modules takes some 100 ms to load, so it is loaded here, where somebody waits for a disk.
 *
 * @param keepAs where a broken file is kept before it is replaced; null: nothing is kept
 * @throws AppError HOME_UNUSABLE; the file is then what it was
 */
export async function writeSettings(home: Home, settings: Settings, keepAs: string | null): Promise<void> {
  // A link, as those who keep their settings in a repository have, stays one.
  const file = await realpath(home.settingsFile).catch(() => home.settingsFile);
  const folder = path.dirname(file);
  const draft = path.join(folder, `${DRAFT}.json`);
  try {
    await rm(draft, { force: true });
    const expected = `${JSON.stringify(settings, null, 2)}\n`;
    const { default: Conf } = await import('conf');
    const store = new Conf<Record<string, unknown>>({
      cwd: folder,
      configName: DRAFT,
      configFileMode: 0o600,
      accessPropertiesByDotNotation: false,
      serialize: () => expected,
      deserialize: () => ({}),
    });
    store.store = {};
    if ((await readFile(draft, 'utf8')) !== expected) throw new Error('the disk is full');
    if (keepAs !== null) await keep(file, keepAs);
    await rename(draft, file);
    await syncFolder(folder);
  } catch (error) {
    await rm(draft, { force: true }).catch(() => undefined);
    const { code, message } = error as NodeJS.ErrnoException;
    throw new AppError(
      'HOME_UNUSABLE',
      `The settings could not be written: ${code ?? message}. They are as they were.`,
      {
        hint: `Check that ${folder} may be written and its disk has room.`,
        cause: error,
      },
    );
  }
}

const DRAFT = 'settings.draft';

/** A second name for the file, or a copy where the disk has no links: at no moment is there none. */
async function keep(file: string, keepAs: string): Promise<void> {
  try {
    await link(file, keepAs);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw error;
    await copyFile(file, keepAs, constants.COPYFILE_EXCL);
  }
}

/** So that the rename survives a power cut. Windows has no such call, and some network disks refuse it. */
async function syncFolder(folder: string): Promise<void> {
  try {
    await using handle = await open(folder, 'r');
    await handle.sync();
  } catch {
    // The file is in place; only a power cut within seconds could undo it.
  }
}
