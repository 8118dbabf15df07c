import { describe, expect, it } from 'vitest';
import { manualClock } from '../kernel/clock.fixture.ts';
import type { AppError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import { HOST_ID, NOW } from './host.fixture.ts';
import type { PreparedPlan } from './model.ts';
import { PlanBook } from './plans.ts';

const ID = 'b0000000-0000-4000-8000-000000000001';

function plan(id = ID): PreparedPlan {
  return {
    plan: {
      id,
      action: 'container.restart',
      hostId: HOST_ID,
      title: 'Restart api on atlas',
      steps: [],
      leftOut: [],
      affects: [],
      took: null,
      command: '',
      unlock: null,
      expiresAt: '2026-03-01T09:16:00.000Z',
    },
    request: { action: 'app.restart', hostId: HOST_ID, app: 'shop' },
    action: 'app.restart',
    hostId: HOST_ID,
    target: 'ssh://ops@atlas',
    app: 'shop',
    service: null,
    changes: [],
    binding: '',
    before: [],
  };
}

const coded = (code: string) => expect.objectContaining({ code }) as unknown as AppError;

describe('PlanBook', () => {
  it('gives a plan out once', () => {
    const book = new PlanBook(manualClock(NOW));
    const prepared = plan();
    book.add(prepared);
    expect(book.take(ID)).toBe(prepared);
    expect(() => book.take(ID)).toThrow(coded('PLAN_USED'));
  });

  it('knows nothing of what it did not make', () => {
    expect(() => new PlanBook(manualClock(NOW)).take(ID)).toThrow(coded('PLAN_UNKNOWN'));
  });

  it('lets a plan go up to its last millisecond, and not at its end', async () => {
    const clock = manualClock(NOW);
    const book = new PlanBook(clock);
    const other = ID.replace(/1$/, '2');
    book.add(plan());
    book.add(plan(other));
    await clock.advance(limits.actions.planMs - 1);
    book.take(ID);
    await clock.advance(1);
    expect(() => book.take(other)).toThrow(coded('PLAN_EXPIRED'));
  });

  it.each([
    ['this machine slept', { wall: limits.actions.planMs, monotonic: 0 }],
    ['the wall clock was set back', { wall: -3_600_000, monotonic: limits.actions.planMs }],
  ])('ends it by whichever clock says more: %s', (_, passed) => {
    let [wall, monotonic] = [NOW, 0];
    const book = new PlanBook({ now: () => wall, monotonic: () => monotonic, sleep: async () => undefined });
    book.add(plan());
    wall += passed.wall;
    monotonic += passed.monotonic;
    expect(() => book.take(ID)).toThrow(coded('PLAN_EXPIRED'));
  });

  it('forgets the oldest beyond its bound', () => {
    const book = new PlanBook(manualClock(NOW));
    const ids = Array.from(
      { length: limits.actions.plans + 1 },
      (_, index) => `b0000000-0000-4000-8000-${String(index).padStart(12, '0')}`,
    );
    for (const id of ids) book.add(plan(id));
    expect(() => book.take(ids[0] as string)).toThrow(coded('PLAN_UNKNOWN'));
    expect(book.take(ids[1] as string).plan.id).toBe(ids[1]);
  });
});
