import { type Clock, elapsedSince, type Moment, moment } from '../kernel/clock.ts';
import { AppError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import type { PreparedPlan } from './model.ts';

interface Kept {
  readonly prepared: PreparedPlan;
  readonly at: Moment;
}

/** Plans that wait to be confirmed. Each is good for a while, by whichever clock says more, and for one try. */
export class PlanBook {
  readonly #clock: Clock;
  /** Oldest first. What was used is remembered as such, for whoever sends it a second time. */
  readonly #plans = new Map<string, Kept | 'used'>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(prepared: PreparedPlan): void {
    this.#plans.set(prepared.plan.id, { prepared, at: moment(this.#clock) });
    const [oldest] = this.#plans.keys();
    if (this.#plans.size > limits.actions.plans && oldest !== undefined) this.#plans.delete(oldest);
  }

  /**
   * Gives a plan out, once: whatever comes of it, a second try needs another plan.
   * @throws AppError PLAN_UNKNOWN (forged, forgotten, or made by another core), PLAN_EXPIRED, PLAN_USED
   */
  take(id: string): PreparedPlan {
    const kept = this.#plans.get(id);
    if (kept === undefined) throw refused('PLAN_UNKNOWN', 'This plan is not known, or no more.', id);
    if (kept === 'used') throw refused('PLAN_USED', 'This plan was used already: each is good once.', id);
    if (elapsedSince(kept.at, this.#clock) >= limits.actions.planMs) {
      const minutes = limits.actions.planMs / 60_000;
      throw refused('PLAN_EXPIRED', `This plan is older than ${minutes} minutes: things may have changed.`, id);
    }
    this.#plans.set(id, 'used');
    return kept.prepared;
  }
}

function refused(code: 'PLAN_UNKNOWN' | 'PLAN_USED' | 'PLAN_EXPIRED', message: string, id: string): AppError {
  return new AppError(code, message, { details: { plan: id }, hint: 'Nothing was done. Look at a new plan.' });
}
