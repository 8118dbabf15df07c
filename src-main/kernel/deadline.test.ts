import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createDeadline } from './deadline.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

describe('createDeadline', () => {
  it('aborts with TIMEOUT when its time is used up, and not before', () => {
    using deadline = createDeadline(2_500);
    vi.advanceTimersByTime(2_499);
    const before = deadline.signal.aborted;
    vi.advanceTimersByTime(1);
    expect([before, deadline.signal.reason]).toEqual([
      false,
      expect.objectContaining({
        code: 'TIMEOUT',
        message: 'No complete answer within 2.5 s.',
        hint: expect.any(String),
      }),
    ]);
  });

  it('stands still while a person is asked, and has what was left when they have answered', () => {
    using deadline = createDeadline(1_000);
    vi.advanceTimersByTime(600);
    const pause = deadline.pause();
    vi.advanceTimersByTime(3_600_000);
    pause[Symbol.dispose]();
    vi.advanceTimersByTime(399);
    const before = deadline.signal.aborted;
    vi.advanceTimersByTime(1);
    expect([before, deadline.signal.aborted]).toEqual([false, true]);
  });

  it('stands still until the last of several questions is answered, each counted once', () => {
    using deadline = createDeadline(1_000);
    const first = deadline.pause();
    const second = deadline.pause();
    first[Symbol.dispose]();
    first[Symbol.dispose]();
    vi.advanceTimersByTime(5_000);
    const asking = deadline.signal.aborted;
    second[Symbol.dispose]();
    vi.advanceTimersByTime(1_000);
    expect([asking, deadline.signal.aborted]).toEqual([false, true]);
  });

  it('may be paused again and again', () => {
    using deadline = createDeadline(1_000);
    for (let times = 0; times < 9; times += 1) {
      vi.advanceTimersByTime(100);
      using _ = deadline.pause();
      vi.advanceTimersByTime(10_000);
    }
    const before = deadline.signal.aborted;
    vi.advanceTimersByTime(100);
    expect([before, deadline.signal.aborted]).toEqual([false, true]);
  });

  it('stays over, whatever is paused afterwards', () => {
    using deadline = createDeadline(1_000);
    vi.advanceTimersByTime(1_000);
    const { reason } = deadline.signal;
    deadline.pause()[Symbol.dispose]();
    vi.advanceTimersByTime(1_000);
    expect([deadline.signal.reason === reason, vi.getTimerCount()]).toEqual([true, 0]);
  });

  it('leaves no timer when it is disposed, although a question ends only afterwards', () => {
    const deadline = createDeadline(1_000);
    const pause = deadline.pause();
    deadline[Symbol.dispose]();
    pause[Symbol.dispose]();
    const timers = vi.getTimerCount();
    vi.advanceTimersByTime(5_000);
    expect([timers, deadline.signal.aborted]).toEqual([0, false]);
  });
});
