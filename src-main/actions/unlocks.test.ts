import { describe, expect, it, vi } from 'vitest';
import type { Unlock } from '#contract/actions.ts';
import { type ManualClock, manualClock } from '../kernel/clock.fixture.ts';
import { moment } from '../kernel/clock.ts';
import { limits } from '../kernel/limits.ts';
import { containerId, HOST_ID, NOW } from './host.fixture.ts';
import { type LockRecord, Unlocks } from './unlocks.ts';

const key = { hostId: HOST_ID, containerId: containerId('db'), action: 'container.stop' } as const;
const lock: LockRecord = {
  kind: 'lock',
  host: { id: HOST_ID, label: 'atlas', target: 'ssh://ops@atlas' },
  app: 'shop',
  container: { id: key.containerId, name: 'shop-db-1', service: 'db' },
  action: key.action,
};

function put(unlocks: Unlocks, clock: ManualClock, over: Partial<Unlock> = {}): Unlock {
  const unlock: Unlock = { ...key, reason: 'it hangs', until: unlocks.nextEnd(), ...over };
  unlocks.add(unlock, moment(clock), lock);
  return unlock;
}

describe('Unlocks', () => {
  it('holds for one container of one host, and one action', () => {
    const clock = manualClock(NOW);
    const unlocks = new Unlocks(clock);
    const unlock = put(unlocks, clock);
    expect(unlock.until).toBe('2026-03-01T09:19:00.000Z');
    expect(unlocks.find(key)).toBe(unlock);
    expect(unlocks.find({ ...key, action: 'container.restart' })).toBeNull();
    expect(unlocks.find({ ...key, containerId: containerId('a41c') })).toBeNull();
    expect(unlocks.find({ ...key, hostId: HOST_ID.replace(/1$/, '2') })).toBeNull();
    unlocks[Symbol.dispose]();
  });

  it('ends after its time, and says so', async () => {
    const clock = manualClock(NOW);
    using unlocks = new Unlocks(clock);
    put(unlocks, clock);
    const told = vi.fn();
    unlocks.subscribe(told);
    await clock.advance(limits.actions.unlockMs - 1);
    expect(unlocks.list()).toHaveLength(1);
    await clock.advance(1);
    expect(unlocks.list()).toEqual([]);
    expect(told).toHaveBeenCalledTimes(1);
  });

  it('is waited for no longer than it is there', () => {
    const clock = manualClock(NOW);
    using unlocks = new Unlocks(clock);
    for (let again = 0; again < 1_000; again += 1) put(unlocks, clock);
    const replaced = clock.sleeping().length;
    unlocks.take(key)?.use();
    put(unlocks, clock);
    unlocks.remove(key);
    expect([replaced, clock.sleeping()]).toEqual([1, []]);
  });

  it.each([
    ['this machine slept', { wall: limits.actions.unlockMs, monotonic: 0 }],
    ['the wall clock was set back', { wall: -3_600_000, monotonic: limits.actions.unlockMs }],
  ])('ends by whichever clock says more: %s', (_, passed) => {
    let [wall, monotonic] = [NOW, 0];
    const clock = { ...manualClock(NOW), now: () => wall, monotonic: () => monotonic };
    using unlocks = new Unlocks(clock);
    put(unlocks, clock);
    wall += passed.wall;
    monotonic += passed.monotonic;
    expect(unlocks.find(key)).toBeNull();
    expect(unlocks.take(key)).toBeNull();
  });

  it('is used up by one', () => {
    const clock = manualClock(NOW);
    using unlocks = new Unlocks(clock);
    put(unlocks, clock);
    const taken = unlocks.take(key);
    expect(unlocks.take(key)).toBeNull();
    expect(unlocks.list()).toEqual([]);
    taken?.use();
    expect(unlocks.find(key)).toBeNull();
  });

  it('is given back by what did not begin, unless it was taken back meanwhile', () => {
    const clock = manualClock(NOW);
    using unlocks = new Unlocks(clock);
    const unlock = put(unlocks, clock);
    unlocks.take(key)?.giveBack();
    expect(unlocks.find(key)).toBe(unlock);
    const taken = unlocks.take(key);
    unlocks.remove(key);
    taken?.giveBack();
    expect(unlocks.find(key)).toBeNull();
  });

  it('is not used up by the run before, where it was begun anew meanwhile', () => {
    const clock = manualClock(NOW);
    using unlocks = new Unlocks(clock);
    put(unlocks, clock);
    const taken = unlocks.take(key);
    const anew = put(unlocks, clock, { reason: 'once more' });
    taken?.use();
    expect(unlocks.find(key)).toBe(anew);
  });

  it('begins anew where it is there already', async () => {
    const clock = manualClock(NOW);
    using unlocks = new Unlocks(clock);
    put(unlocks, clock);
    await clock.advance(limits.actions.unlockMs - 1);
    const anew = put(unlocks, clock);
    await clock.advance(limits.actions.unlockMs - 1);
    expect(unlocks.list()).toEqual([anew]);
  });

  it('ends the oldest beyond its bound', () => {
    const clock = manualClock(NOW);
    using unlocks = new Unlocks(clock);
    for (let index = 0; index <= limits.actions.unlocks; index += 1) {
      put(unlocks, clock, { containerId: String(index).padStart(64, '0') });
    }
    expect(unlocks.list()).toHaveLength(limits.actions.unlocks);
    expect(unlocks.find({ ...key, containerId: '0'.repeat(64) })).toBeNull();
  });

  it('tells what to record where one is taken back, and only then', () => {
    const clock = manualClock(NOW);
    using unlocks = new Unlocks(clock);
    put(unlocks, clock);
    expect(unlocks.remove(key)).toBe(lock);
    expect(unlocks.remove(key)).toBeNull();
  });
});
