import type { BrowserWindow } from 'electron';
import type { Services } from '../../router/services.ts';

type ClosingWindow = Pick<BrowserWindow, 'hide' | 'close' | 'isVisible' | 'isDestroyed'> & {
  on(event: 'close', listener: (event: { preventDefault(): void }) => void): unknown;
};

/**
 * Closing the window, or quitting, does not stop what was confirmed: while a run is under way the window only goes out of
 * sight, and closes once the last one has ended, so that its outcome is seen and recorded. Who shows it again meanwhile
 * keeps it; who closes it a second time means it, and the run's outcome is then recorded as unknown.
 */
export function closeAfterRuns(
  window: ClosingWindow,
  actions: Pick<Services['actions'], 'runs' | 'subscribe'>,
): Disposable {
  const acting = () => actions.runs().some(({ state }) => state === 'running');
  let waiting = false;
  window.on('close', (event) => {
    // Out of sight already, and asked again: somebody insists.
    if (!acting() || (waiting && !window.isVisible())) return;
    event.preventDefault();
    waiting = true;
    window.hide();
  });
  return actions.subscribe(() => {
    if (!waiting || acting() || window.isDestroyed()) return;
    waiting = false;
    if (!window.isVisible()) window.close();
  });
}
