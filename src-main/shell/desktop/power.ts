import type { PowerMonitor } from 'electron';
import type { Logger } from '../../kernel/logger.ts';
import type { Services } from '../../router/services.ts';

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

/**
 * Tries offline hosts at once when the machine wakes: the wait for their next try was made for a machine that is awake.
 * A blocked host waits for a person, asleep or awake; a live one sees by itself that its link is dead.
 */
export function followPower(
  power: PowerPort,
  { fleet, hosts, toAppError }: Pick<Services, 'fleet' | 'hosts' | 'toAppError'>,
  log: Pick<Logger, 'info' | 'warn'>,
): Disposable {
  const suspends = power.onSuspend(() => log.info('the machine goes to sleep'));
  const resumes = power.onResume(() => {
    log.info('the machine woke');
    for (const id of fleet.hostIds) {
      if (fleet.host(id)?.host.status.state !== 'offline') continue;
      hosts.retry(id).catch((error: unknown) => {
        log.warn('a host was not tried again', { host: id, code: toAppError(error).code });
      });
    }
  });
  return {
    [Symbol.dispose]() {
      suspends[Symbol.dispose]();
      resumes[Symbol.dispose]();
    },
  };
}
