import path from 'node:path';
import type { Home } from './home/home.ts';
import { noKeychain } from './hosts/secrets-port.ts';
import { noSshFiles } from './hosts/ssh-files.ts';
import { systemClock } from './kernel/clock.ts';
import { AppError } from './kernel/errors.ts';
import type { WindowCoreOptions } from './window-core.ts';

/** A fault of ours is to be seen in a test, and goes to no log. */
export const toAppErrorForTests = (error: unknown): AppError =>
  error instanceof AppError ? error : new AppError('INTERNAL', String(error), { cause: error });

/** For cores that know nobody: no agent, no keys, no hosts but those of `home`. */
export function windowCoreOptions(home: Home): WindowCoreOptions {
  let made = 0;
  return {
    home,
    role: 'browser',
    appVersion: '1.2.3',
    clock: systemClock,
    random: Math.random,
    newId: () => `00000000-0000-4000-8000-${String(++made).padStart(12, '0')}`,
    toAppError: toAppErrorForTests,
    defaultUser: 'ana',
    machine: 'laptop',
    exportFolder: path.join(home.path, 'exports'),
    sshFiles: noSshFiles(path.join(home.path, 'user')),
    keychain: noKeychain,
    signal: new AbortController().signal,
  };
}

/** Resolves when `isSo` after a change; where it never is, the test's own time runs out. */
export async function until(
  watched: { subscribe(onChange: () => void): Disposable },
  isSo: () => boolean,
): Promise<void> {
  while (!isSo()) {
    const { promise, resolve } = Promise.withResolvers<void>();
    using _ = watched.subscribe(() => resolve());
    await promise;
  }
}
