import type { PowerMonitor } from 'electron';
import type { Logger } from '../../kernel/logger.ts';

/** What the machine says of its sleep. */
export interface PowerPort {
  onSuspend(listener: () => void): Disposable;
  onResume(listener: () => void): Disposable;
}

export function powerPort(monitor: PowerMonitor): PowerPort {
  return {
    onSuspend(listener) {
      monitor.on('suspend', listener);
      return { [Symbol.dispose]: () => void monitor.off('suspend', listener) };
    },
    onResume(listener) {
      monitor.on('resume', listener);
      return { [Symbol.dispose]: () => void monitor.off('resume', listener) };
    },
  };
}

/** Wakes the core with the machine. The log says when it slept: an outage there is none of the hosts'. */
export function followPower(power: PowerPort, core: { wake(): void }, log: Pick<Logger, 'info'>): Disposable {
  const suspends = power.onSuspend(() => log.info('the machine goes to sleep'));
  const resumes = power.onResume(() => {
    log.info('the machine woke');
    core.wake();
  });
  return {
    [Symbol.dispose]() {
      suspends[Symbol.dispose]();
      resumes[Symbol.dispose]();
    },
  };
}
