import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import type { Clock } from '../kernel/clock.ts';
import { AppError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import { tryLockFile } from '../storage/file-lock.ts';
import type { Home } from './home.ts';

/** The right to write in a home. Dispose it to let others in; the end of the process does so too. */
export interface HomeLock extends Disposable {
  readonly home: Home;
  readonly held: boolean;
}

interface LockOptions {
  readonly clock: Clock;
  readonly role: LockRole;
  readonly signal?: AbortSignal;
}

/** What holds it, for the message of those who wait: the windows keep it, `cli` gives it back soon. */
const LockRole = z.enum(['desktop', 'browser', 'cli']);
export type LockRole = z.infer<typeof LockRole>;

const Owner = z.object({ pid: z.int().positive(), role: LockRole });

/**
 * One core per home: takes the exclusive right to write in `home`, which {@link openHome} has checked. Who only
 * reads needs none: files are replaced whole. Waits up to `limits.settings.lockWaitMs` for another command to
 * finish, and not at all for a window.
 *
 * The lock is the operating system's (see {@link tryLockFile}), so it ends with the process. The file beside it
 * names the owner and is only a courtesy: it decides nothing. What listens for those who want to attach belongs to
 * the holder, who may therefore remove a socket left behind without a race.
 *
 * @throws AppError HOME_LOCKED (details `pid`, null where not known), HOME_UNUSABLE, or the signal's own
 */
export async function lockHome(home: Home, { clock, role, signal }: LockOptions): Promise<HomeLock> {
  const until = clock.monotonic() + limits.settings.lockWaitMs;
  for (;;) {
    const lock = attempt(home);
    if (lock !== null) return announce(home, lock, role);
    const owner = readOwner(home);
    if ((owner !== null && owner.role !== 'cli') || clock.monotonic() >= until) throw locked(home, owner);
    await clock.sleep(POLL_MS, signal);
  }
}

const POLL_MS = 50;

function attempt(home: Home): Disposable | null {
  try {
    return tryLockFile(home.lockFile);
  } catch (error) {
    throw new AppError('HOME_UNUSABLE', `The lock of ${home.path} cannot be taken: ${(error as Error).message}.`, {
      hint: `Check that ${home.lockFile} may be written and is on a disk that knows locks (some network disks do not), or name another folder with --home.`,
      cause: error,
    });
  }
}

function announce(home: Home, lock: Disposable, role: LockRole): HomeLock {
  try {
    writeFileSync(home.lockOwnerFile, `${JSON.stringify({ pid: process.pid, role })}\n`, { mode: 0o600 });
  } catch {
    // A courtesy: a full disk shall not keep anybody from, say, removing a host.
  }
  let held = true;
  return {
    home,
    get held() {
      return held;
    },
    [Symbol.dispose]() {
      if (!held) return;
      held = false;
      try {
        rmSync(home.lockOwnerFile, { force: true });
      } catch {
        // As above.
      }
      lock[Symbol.dispose]();
    },
  };
}

function readOwner(home: Home): z.infer<typeof Owner> | null {
  try {
    return Owner.parse(JSON.parse(readFileSync(home.lockOwnerFile, 'utf8')));
  } catch {
    return null;
  }
}

function locked(home: Home, owner: z.infer<typeof Owner> | null): AppError {
  const who = NAMES[owner?.role ?? 'cli'];
  return new AppError(
    'HOME_LOCKED',
    `${who}${owner === null ? '' : ` (process ${owner.pid})`} is using ${home.path}.`,
    {
      hint: 'Make the change there, or close it and try again; --home names another folder.',
      details: { pid: owner?.pid ?? null },
    },
  );
}

const NAMES: Readonly<Record<LockRole, string>> = {
  desktop: 'The Binnacle window',
  browser: 'Binnacle in the browser',
  cli: 'Another Binnacle',
};
