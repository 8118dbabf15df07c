import { parseArgs } from 'node:util';
import { AppError } from '../../kernel/errors.ts';

export interface DesktopOptions {
  /** Value of `--home`; null where it was not given. */
  readonly home: string | null;
  /** The made-up fleet, also where hosts are saved. */
  readonly demo: boolean;
}

/**
 * Options of the desktop, out of all the process was started with: Electron's path of the app and Chromium's own
 * switches stand among them, anywhere, and are none of ours.
 * @throws AppError USAGE
 */
export function readDesktopOptions(argv: readonly string[]): DesktopOptions {
  const { values } = parseArgs({
    args: [...argv],
    options: { home: { type: 'string' }, demo: { type: 'boolean' } },
    strict: false,
    allowPositionals: true,
  });
  const { home, demo } = values;
  if (typeof home === 'boolean') {
    throw new AppError('USAGE', '--home needs the path of a folder.', { hint: 'Leave it out to use the usual place.' });
  }
  return { home: home ?? null, demo: demo === true };
}
