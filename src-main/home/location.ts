import path from 'node:path';
import { AppError } from '../kernel/errors.ts';

export interface HomeQuestion {
  /** Value of `--home`; null where it was not given. */
  readonly flag: string | null;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
  /** A relative `--home` or `BINNACLE_HOME` is taken from here. */
  readonly cwd: string;
  /** Asked only where a default is needed: `os.homedir` throws for a user without an entry. */
  readonly homedir: () => string;
}

/**
 * Path of the home: `--home`, else `BINNACLE_HOME`, else the platform's place for an application's settings:
 * `$XDG_CONFIG_HOME/binnacle` (`~/.config/binnacle`) on Linux and other Unixes, `~/Library/Application Support/Binnacle`
 * on macOS, `%APPDATA%\Binnacle` on Windows. The desktop sets Electron's `userData` to what this returns (index.ts),
 * so that desktop and command line share one home.
 *
 * @throws AppError HOME_UNUSABLE where no default can be made, USAGE for an empty or impossible `--home`
 */
export function resolveHome({ flag, env, platform, cwd, homedir }: HomeQuestion): string {
  const paths = platform === 'win32' ? path.win32 : path.posix;
  if (flag !== null) return paths.resolve(cwd, checkGiven(flag, '--home'));
  if (env.BINNACLE_HOME) return paths.resolve(cwd, checkGiven(env.BINNACLE_HOME, 'BINNACLE_HOME'));
  if (platform === 'win32') {
    return env.APPDATA
      ? paths.join(env.APPDATA, 'Binnacle')
      : paths.join(ownFolder(homedir), 'AppData', 'Roaming', 'Binnacle');
  }
  if (platform === 'darwin') return paths.join(ownFolder(homedir), 'Library', 'Application Support', 'Binnacle');
  const xdg = env.XDG_CONFIG_HOME;
  // The XDG Base Directory specification: a relative path there is invalid and has to be ignored.
  if (xdg && paths.isAbsolute(xdg)) return paths.join(xdg, 'binnacle');
  return paths.join(ownFolder(homedir), '.config', 'binnacle');
}

function checkGiven(value: string, name: string): string {
  if (value !== '' && !value.includes('\0')) return value;
  throw new AppError('USAGE', `${name} needs the path of a folder.`, {
    hint: `Leave ${name} out to use the usual place.`,
  });
}

function ownFolder(homedir: () => string): string {
  let folder = '';
  let cause: unknown;
  try {
    folder = homedir();
  } catch (error) {
    cause = error;
  }
  if (folder !== '') return folder;
  throw new AppError('HOME_UNUSABLE', 'This user has no home folder, so there is no usual place for settings.', {
    hint: 'Name a folder with --home, or in the variable BINNACLE_HOME.',
    cause,
  });
}
