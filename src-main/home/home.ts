import { constants } from 'node:fs';
import { access, mkdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { AppError } from '../kernel/errors.ts';
import { visibleText } from '../kernel/text.ts';

/** The folder that holds what Binnacle keeps, and the files in it. All paths are absolute. */
export interface Home {
  readonly path: string;
  readonly settingsFile: string;
  /** Host keys the operator accepted in Binnacle; read beside `~/.ssh/known_hosts`. */
  readonly knownHostsFile: string;
  /** Passphrases and passwords the operator wanted kept, encrypted by the system's keychain. */
  readonly secretsFile: string;
  readonly logFile: string;
  /** Holds the journal's files, and nothing else. */
  readonly journalFolder: string;
  /** How far the journal goes, in a second place. */
  readonly journalAnchorFile: string;
  /** Held by the one core that may write here; see {@link file://./lock.ts}. Nothing but the lock may open it. */
  readonly lockFile: string;
  /** Who holds the lock, for the message of those who cannot have it. */
  readonly lockOwnerFile: string;
}

/** Names the files of a home without touching the disk. Whoever reads them checks the folder first ({@link checkHome}). */
export function homeAt(folder: string): Home {
  return {
    path: folder,
    settingsFile: path.join(folder, 'settings.json'),
    knownHostsFile: path.join(folder, 'known_hosts'),
    secretsFile: path.join(folder, 'secrets.json'),
    logFile: path.join(folder, 'logs', 'binnacle.log'),
    journalFolder: path.join(folder, 'journal'),
    journalAnchorFile: path.join(folder, 'journal.anchor'),
    lockFile: path.join(folder, 'core.lock'),
    lockOwnerFile: path.join(folder, 'core.json'),
  };
}

/**
 * The home at `folder`, fit to be read, or not there yet; nothing is created or changed. A folder of somebody else's
 * is refused: under `sudo` with the caller's HOME, files of root would lock the owner out. So is one that others may
 * write to: they could answer host keys for the operator, and name the hosts.
 *
 * @param uid this process's user; undefined where the platform has none
 * @throws AppError HOME_UNUSABLE
 */
export async function checkHome(folder: string, uid: number | undefined = process.getuid?.()): Promise<Home> {
  await explained(folder, async () => {
    await judge(folder, uid).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
    });
  });
  return homeAt(folder);
}

/**
 * The home at `folder`, created (0700, parents as the umask has them) where it is missing, and fit to be written. It is
 * judged as by {@link checkHome}; an existing folder's mode is never changed.
 *
 * @param uid as for {@link checkHome}
 * @throws AppError HOME_UNUSABLE
 */
export async function openHome(folder: string, uid: number | undefined = process.getuid?.()): Promise<Home> {
  await explained(folder, async () => {
    await mkdir(path.dirname(folder), { recursive: true });
    // Not recursive: a mode given to a recursive mkdir would apply to every parent it makes.
    await mkdir(folder, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
    await judge(folder, uid);
    await access(folder, constants.W_OK);
  });
  return homeAt(folder);
}

/** @throws AppError HOME_UNUSABLE, or the system's own error */
async function judge(folder: string, uid: number | undefined): Promise<void> {
  const shown = shownFolder(folder);
  const found = await stat(folder);
  if (!found.isDirectory()) {
    throw unusable(`${shown} is not a folder.`, 'Move it away, or name another folder with --home.');
  }
  if (uid !== undefined && found.uid !== uid) {
    throw unusable(
      `${shown} belongs to another user (${found.uid}).`,
      'Run Binnacle as that user (without sudo), or name a folder of your own with --home.',
    );
  }
  if (uid !== undefined && (found.mode & 0o022) !== 0) {
    throw unusable(`Other users may write to ${shown}.`, `Take that right away: chmod 700 '${shown}'`);
  }
  await access(folder, constants.R_OK | constants.X_OK);
}

/** Says in an operator's words what the system said of `folder`. */
async function explained(folder: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (error instanceof AppError) throw error;
    const code = (error as NodeJS.ErrnoException).code;
    throw unusable(
      `The folder ${shownFolder(folder)} cannot be used: ${REASONS[code ?? ''] ?? code ?? 'it cannot be opened'}.`,
      'Make it a folder of your own, or name another one with --home.',
      error,
    );
  }
}

const shownFolder = (folder: string) => visibleText(folder, 200);

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  ENOTDIR: 'part of its path is not a folder',
  EEXIST: 'part of its path is not a folder',
  EROFS: 'it is on a read-only disk',
  ENOSPC: 'the disk is full',
  ENAMETOOLONG: 'its path is too long',
  ELOOP: 'its path is a loop of links',
};

function unusable(message: string, hint: string, cause?: unknown): AppError {
  return new AppError('HOME_UNUSABLE', message, { hint, ...(cause === undefined ? {} : { cause }) });
}
