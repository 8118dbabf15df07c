import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { homeAt } from '../../home/home.ts';
import { systemClock } from '../../kernel/clock.ts';
import { AppError } from '../../kernel/errors.ts';
import { limits } from '../../kernel/limits.ts';
import { type DesktopParts, startDesktop } from './start.ts';

/** A desktop that writes down what is done with it; each part can be made to go another way. */
function desktop(other: Partial<DesktopParts<AsyncDisposable>> & { readonly first?: boolean } = {}) {
  const did: string[] = [];
  const heard = new Map<string, (event: { preventDefault(): void }) => void>();
  const ready = Promise.withResolvers<void>();
  const bound = Promise.withResolvers<void>();
  const happens = (event: string) => heard.get(event)?.({ preventDefault: () => void did.push(`no ${event} yet`) });
  const disposed = (what: string) => () => void did.push(`${what} ends`);
  const parts: DesktopParts<AsyncDisposable> = {
    app: {
      setPath: (name, path) => void did.push(`${name} is ${path}`),
      requestSingleInstanceLock: () => did.push('asks whether it is the first') > 0 && (other.first ?? true),
      whenReady: () => ready.promise,
      on: (event: string, listener: (event: { preventDefault(): void }) => void) => heard.set(event, listener),
      quit: () => void did.push('quits'),
      exit: (code) => void did.push(`exits with ${code}`),
    },
    clock: { ...systemClock, sleep: (ms) => (ms === limits.desktop.closeMs ? bound.promise : Promise.reject(ms)) },
    openHome: async () => homeAt('/home/ana/b'),
    prepare: () => void did.push('prepares'),
    openCore: async ({ path }) => {
      did.push(`opens a core on ${path}`);
      return { [Symbol.asyncDispose]: async () => void did.push('core ends') };
    },
    openWindow: async ({ cleanup }) => {
      did.push('opens the window');
      cleanup.defer(disposed('port'));
      return {
        isMinimized: () => true,
        restore: () => did.push('restores'),
        show: () => did.push('shows'),
        focus: () => did.push('focuses'),
      };
    },
    toAppError: (error) => (error instanceof AppError ? error : new AppError('INTERNAL', `Told: ${error}`)),
    showError: (title, text) => void did.push(`${title}: ${text}`),
    ...other,
  };
  const sinceThen = () => did.splice(0);
  return { parts, ready, bound, settled: () => setImmediate(), happens, sinceThen };
}

const OPENED = [
  'userData is /home/ana/b',
  'sessionData is /home/ana/b/session',
  'asks whether it is the first',
  'prepares',
  'opens a core on /home/ana/b',
];

describe('startDesktop', () => {
  it('has its folders, its locks and its scheme before the app is ready, and the window after', async () => {
    const { parts, ready, settled, happens, sinceThen } = desktop();
    await startDesktop(parts);
    const before = sinceThen();
    ready.resolve();
    await settled();
    happens('second-instance');
    await settled();
    expect([before, sinceThen()]).toEqual([OPENED, ['opens the window', 'restores', 'shows', 'focuses']]);
  });

  it('ends all it opened in reverse order, and only then itself', async () => {
    const { parts, ready, settled, happens, sinceThen } = desktop();
    await startDesktop(parts);
    ready.resolve();
    await settled();
    sinceThen();
    happens('window-all-closed');
    happens('will-quit');
    happens('will-quit');
    await settled();
    happens('will-quit');
    expect(sinceThen()).toEqual(['quits', 'no will-quit yet', 'port ends', 'no will-quit yet', 'core ends', 'quits']);
  });

  it('ends at its bound where something does not', async () => {
    const openCore = async () => ({ [Symbol.asyncDispose]: () => new Promise<void>(() => undefined) });
    const { parts, ready, bound, settled, happens, sinceThen } = desktop({ openCore });
    await startDesktop(parts);
    ready.resolve();
    await settled();
    sinceThen();
    happens('will-quit');
    await settled();
    const before = sinceThen();
    bound.resolve();
    await settled();
    expect([before, sinceThen()]).toEqual([['no will-quit yet', 'port ends'], ['quits']]);
  });

  it('opens no window where it is to quit before', async () => {
    const { parts, ready, settled, happens, sinceThen } = desktop();
    await startDesktop(parts);
    sinceThen();
    happens('will-quit');
    ready.resolve();
    await settled();
    expect(sinceThen()).toEqual(['no will-quit yet', 'core ends', 'quits']);
  });

  it('leaves it to the first where it is a second', async () => {
    const { parts, sinceThen } = desktop({ first: false });
    await startDesktop(parts);
    expect(sinceThen()).toEqual([...OPENED.slice(0, 3), 'quits']);
  });

  it('tells a home it cannot have once there are dialogs, and ends', async () => {
    const openCore = async () => {
      throw new AppError('HOME_LOCKED', 'Another Binnacle is using it.', { hint: 'Close it.' });
    };
    const { parts, ready, settled, sinceThen } = desktop({ openCore });
    await startDesktop(parts);
    await settled();
    const before = sinceThen();
    ready.resolve();
    await settled();
    expect([before, sinceThen()]).toEqual([
      OPENED.slice(0, -1),
      ['Binnacle cannot go on: Another Binnacle is using it.\n\nClose it.', 'exits with 1'],
    ]);
  });

  it('tells a page that cannot be loaded, ends what it opened, and then itself', async () => {
    const openWindow = () => Promise.reject(new Error('ERR_FAILED (-2)'));
    const { parts, ready, settled, happens, sinceThen } = desktop({ openWindow });
    const { fail } = await startDesktop(parts);
    sinceThen();
    happens('second-instance');
    ready.resolve();
    await settled();
    fail('told once only');
    await settled();
    expect(sinceThen()).toEqual(['Binnacle cannot go on: Told: Error: ERR_FAILED (-2)', 'core ends', 'exits with 1']);
  });

  it('only quits where the window was closed while its page loaded', async () => {
    const loading = Promise.withResolvers<never>();
    const { parts, ready, settled, happens, sinceThen } = desktop({ openWindow: () => loading.promise });
    await startDesktop(parts);
    ready.resolve();
    await settled();
    sinceThen();
    happens('window-all-closed');
    loading.reject(new Error('ERR_ABORTED (-3)'));
    await settled();
    expect(sinceThen()).toEqual(['quits']);
  });
});
