import { EventEmitter } from 'node:events';
import type { PowerMonitor } from 'electron';
import { describe, expect, it } from 'vitest';
import { followPower, powerPort } from './power.ts';

/** A machine that sleeps and wakes, and what was done about it. */
function machine() {
  const did: string[] = [];
  const monitor = new EventEmitter();
  const core = { wake: () => void did.push('wakes the core') };
  const following = followPower(powerPort(monitor as PowerMonitor), core, {
    info: (message) => void did.push(message),
  });
  return { did, monitor, following };
}

describe('followPower', () => {
  it('wakes the core with the machine', () => {
    const { did, monitor } = machine();
    monitor.emit('suspend');
    monitor.emit('resume');
    expect(did).toEqual(['the machine goes to sleep', 'the machine woke', 'wakes the core']);
  });

  it('stops when it is disposed', () => {
    const { did, monitor, following } = machine();
    following[Symbol.dispose]();
    monitor.emit('suspend');
    monitor.emit('resume');
    expect([did, monitor.eventNames()]).toEqual([[], []]);
  });
});
