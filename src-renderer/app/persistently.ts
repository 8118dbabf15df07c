/** Milliseconds before the second, third and fourth try. */
const PAUSES_MS = [200, 600, 1_500] as const;

/** Style sheets that could not be loaded, and are being loaded again. */
const mending = new Set<Promise<unknown>>();

/**
 * What `load` gives, which is tried four times. A browser drops everything that is under way once this machine's network
 * changes, what comes from this machine itself as well (Chromium: `ERR_NETWORK_CHANGED`): a laptop that wakes, a
 * container that is started beside it.
 * @throws what the last try threw
 */
export async function persistently<Value>(
  load: () => Promise<Value>,
  pause: (ms: number) => Promise<void> = (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
): Promise<Value> {
  for (const ms of PAUSES_MS) {
    try {
      return await load();
    } catch {
      await pause(ms);
    }
  }
  return await load();
}

/** The same of a part of the page, which is there once its style sheets are there as well. */
export async function loadPart<Value>(load: () => Promise<Value>): Promise<Value> {
  const part = await persistently(load);
  await Promise.allSettled(mending);
  return part;
}

/**
 * Loads style sheets again that could not be loaded. What Vite makes of an import does not: it asks once for a style sheet,
 * whatever came of that, and the part would be drawn without any style for as long as the page is open.
 */
export function mendStyles(page: Pick<EventTarget, 'addEventListener'>): void {
  const mend = ({ target }: Event) => {
    if (!(target instanceof HTMLLinkElement) || target.rel !== 'stylesheet' || 'again' in target.dataset) return;
    target.remove();
    const work = persistently(() => styleOf(target.href)).catch(() => undefined);
    mending.add(work);
    void work.then(() => mending.delete(work));
  };
  // It does not bubble.
  page.addEventListener('error', mend, { capture: true });
}

/** Resolves once the page has it. */
async function styleOf(href: string): Promise<void> {
  const link = document.createElement('link');
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  link.rel = 'stylesheet';
  link.crossOrigin = '';
  link.dataset.again = '';
  link.onload = () => resolve();
  link.onerror = () => reject(new Error(`${href} could not be loaded.`));
  link.href = href;
  document.head.append(link);
  try {
    await promise;
  } catch (error) {
    link.remove();
    throw error;
  }
}
