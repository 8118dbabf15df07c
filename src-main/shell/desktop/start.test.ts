import { describe, expect, it } from 'vitest';
import { homeAt } from '../../home/home.ts';
import { AppError } from '../../kernel/errors.ts';
import { type DesktopParts, startDesktop } from './start.ts';

/** A desktop that writes down what is done with it. `page`: what becomes of the window's page. */
function desktop({ first = true, home = async () => homeAt('/home/ana/b'), page = async () => {} } = {}) {
  const did: string[] = [];
  const heard = new Map<string, () => void>();
  const ready = Promise.withResolvers<void>();
  const parts: DesktopParts = {
    app: {
      setPath: (name, path) => void did.push(`${name} is ${path}`),
      requestSingleInstanceLock: () => did.push('asks whether it is the first') > 0 && first,
      whenReady: () => ready.promise,
      on: (event: string, listener: () => void) => heard.set(event, listener),
      quit: () => void did.push('quits'),
      exit: (code) => void did.push(`exits with ${code}`),
    },
    openHome: home,
    serveWindowFiles: () => {
      did.push('registers its scheme');
      return () => void did.push('serves');
    },
    openWindow: async () => {
      did.push('opens the window');
      await page();
      return { isMinimized: () => true, restore: () => did.push('restores'), focus: () => did.push('focuses') };
    },
    showError: (title, text) => void did.push(`${title}: ${text}`),
  };
  const settled = () => new Promise((resolve) => setImmediate(resolve));
  return { did, parts, ready, settled, happens: (event: string) => heard.get(event)?.() };
}

const BEFORE = ['userData is /home/ana/b', 'asks whether it is the first', 'registers its scheme'];

describe('startDesktop', () => {
  it('has its home, its lock and its scheme before the app is ready, and the window after', async () => {
    const { did, parts, ready, settled, happens } = desktop();
    await startDesktop(parts);
    const before = [...did];
    ready.resolve();
    await settled();
    happens('second-instance');
    await settled();
    happens('window-all-closed');
    expect([before, did.slice(before.length)]).toEqual([
      BEFORE,
      ['serves', 'opens the window', 'restores', 'focuses', 'quits'],
    ]);
  });

  it('leaves it to the first where it is a second', async () => {
    const { did, parts } = desktop({ first: false });
    await startDesktop(parts);
    expect(did).toEqual([...BEFORE.slice(0, 2), 'quits']);
  });

  it('tells a home that cannot be used, and ends', async () => {
    const home = async () => {
      throw new AppError('HOME_UNUSABLE', 'It is a file.', { hint: 'Move it away.' });
    };
    const { did, parts } = desktop({ home });
    await startDesktop(parts);
    expect(did).toEqual(['Binnacle could not start: It is a file.\n\nMove it away.', 'exits with 1']);
  });

  it('tells a page that cannot be loaded, and ends, also where a second start waits for it', async () => {
    const page = () => Promise.reject(new Error('ERR_FAILED (-2)'));
    const { did, parts, ready, settled, happens } = desktop({ page });
    await startDesktop(parts);
    happens('second-instance');
    ready.resolve();
    await settled();
    expect(did).toEqual([
      ...BEFORE,
      'serves',
      'opens the window',
      'Binnacle could not start: ERR_FAILED (-2)',
      'exits with 1',
    ]);
  });

  it('only quits where the window was closed while its page loaded', async () => {
    const loading = Promise.withResolvers<void>();
    const { did, parts, ready, settled, happens } = desktop({ page: () => loading.promise });
    await startDesktop(parts);
    ready.resolve();
    await settled();
    happens('window-all-closed');
    loading.reject(new Error('ERR_ABORTED (-3)'));
    await settled();
    expect(did).toEqual([...BEFORE, 'serves', 'opens the window', 'quits']);
  });
});
