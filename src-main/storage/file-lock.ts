import { chmodSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';

/**
 * An exclusive lock on `file`, held by the operating system for this process until it is disposed or the process
 * ends, however it ends: there is no stale lock, and so no take-over that two could win. Returns null at once where
 * somebody else, in this process or another, holds it.
 *
 * It is SQLite's own exclusive lock (fcntl on Unix, LockFileEx on Windows) on an empty database, because Node has
 * no call for either. A pid file needs a take-over that is racy; a socket's path stays behind after a crash, has
 * to be unlinked (the same race), and may be no longer than some 100 bytes.
 *
 * fcntl locks end when the process closes *any* descriptor of the file: nothing else may open it.
 *
 * @throws the error of node:sqlite where the file cannot be opened or the file system cannot lock
 */
export function tryLockFile(file: string): Disposable | null {
  const database = new DatabaseSync(file, { timeout: 0 });
  try {
    database.exec('BEGIN EXCLUSIVE');
    // Who may read the file could hold a shared lock on it, and keep everybody out.
    chmodSync(file, 0o600);
  } catch (error) {
    database.close();
    if ((error as { errcode?: number }).errcode === SQLITE_BUSY) return null;
    throw error;
  }
  return {
    [Symbol.dispose]() {
      if (database.isOpen) database.close();
    },
  };
}

const SQLITE_BUSY = 5;
