import { EventEmitter } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import type { PowerMonitor } from 'electron';
import { describe, expect, it } from 'vitest';
import type { HostState } from '#contract/fleet.ts';
import { AppError } from '../../kernel/errors.ts';
import type { Services } from '../../router/services.ts';
import { followPower, powerPort } from './power.ts';

const states: Readonly<Record<string, HostState['state']>> = {
  awake: 'live',
  lost: 'offline',
  gone: 'offline',
  asked: 'blocked',
  slow: 'degraded',
  new: 'connecting',
};

/** A machine that sleeps and wakes, and what was done about it. */
function machine() {
  const did: unknown[] = [];
  const monitor = new EventEmitter();
  const services = {
    fleet: {
      hostIds: Object.keys(states),
      host: (id: string) => ({ host: { status: { state: states[id] } }, containers: [] }),
    },
    hosts: {
      retry: async (id: string) => {
        did.push(`tries ${id}`);
        if (id === 'gone') throw new AppError('HOST_NOT_FOUND', 'It was removed.');
      },
    },
    toAppError: (error: unknown) => error as AppError,
  } as unknown as Services;
  const following = followPower(powerPort(monitor as PowerMonitor), services, {
    info: (message) => did.push(message),
    warn: (message, facts) => did.push([message, facts]),
  });
  return { did, monitor, following };
}

describe('followPower', () => {
  it('tries offline hosts when the machine wakes, and no other', async () => {
    const { did, monitor } = machine();
    monitor.emit('suspend');
    monitor.emit('resume');
    await setImmediate();
    expect(did).toEqual([
      'the machine goes to sleep',
      'the machine woke',
      'tries lost',
      'tries gone',
      ['a host was not tried again', { host: 'gone', code: 'HOST_NOT_FOUND' }],
    ]);
  });

  it('stops when it is disposed', () => {
    const { did, monitor, following } = machine();
    following[Symbol.dispose]();
    monitor.emit('suspend');
    monitor.emit('resume');
    expect([did, monitor.eventNames()]).toEqual([[], []]);
  });
});
