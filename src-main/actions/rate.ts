import type { HostAccess } from '../fleet/host-access.ts';
import type { Clock } from '../kernel/clock.ts';
import { AppError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import type { CatalogueEntry } from './catalogue.ts';

type Effect = CatalogueEntry['effect'];

const DONE: Readonly<Record<Effect, string>> = { change: 'changes', destroy: 'removals' };

/**
 * How often something is begun on each host, in a window that slides. By the monotonic clock alone: a wall clock that
 * is put on would open the window early, and the time a machine sleeps needs not be counted.
 */
export class RateWindow {
  readonly #clock: Pick<Clock, 'monotonic'>;
  /** When something was begun, oldest first, by host and effect. */
  readonly #begun = new Map<string, { readonly at: number }[]>();

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#clock = clock;
  }

  /**
   * Counts one, unless there are too many.
   * @returns takes it back, for what was not begun after all
   * @throws AppError RATE_LIMITED
   */
  count({ id, label, rates }: Pick<HostAccess, 'id' | 'label' | 'rates'>, effect: Effect): () => void {
    const most = effect === 'change' ? rates.changesPerMinute : rates.destroysPerMinute;
    return this.#count(`${effect} ${id}`, most, (again) => {
      return `No more than ${most} ${DONE[effect]} a minute are begun on ${label}: again in ${again} s.`;
    });
  }

  /**
   * Counts what lets more be done on a host (changes allowed, protection taken off, an unlock): each is a record, and
   * whoever can click for the operator shall not fill the disk with them.
   * @throws AppError RATE_LIMITED
   */
  countLoosening({ id, label }: Pick<HostAccess, 'id' | 'label'>): void {
    const most = limits.actions.looseningsPerMinute;
    this.#count(`loosening ${id}`, most, (again) => {
      return `What may be done on ${label} was changed ${most} times within a minute: again in ${again} s.`;
    });
  }

  #count(key: string, most: number, message: (again: number) => string): () => void {
    const { rateMs } = limits.actions;
    const now = this.#clock.monotonic();
    const begun = (this.#begun.get(key) ?? []).filter(({ at }) => at > now - rateMs);
    this.#begun.set(key, begun);
    if (begun.length >= most) {
      const freed = begun[begun.length - most];
      throw limited(message, freed === undefined ? rateMs : freed.at + rateMs - now);
    }
    const entry = { at: now };
    begun.push(entry);
    return () => {
      const kept = this.#begun.get(key)?.filter((other) => other !== entry) ?? [];
      if (kept.length === 0) this.#begun.delete(key);
      else this.#begun.set(key, kept);
    };
  }
}

function limited(message: (again: number) => string, retryAfterMs: number): AppError {
  return new AppError('RATE_LIMITED', message(Math.ceil(retryAfterMs / 1_000)), {
    details: { retryAfterMs: Math.ceil(retryAfterMs) },
    hint: 'Nothing was done. What is under way goes on.',
  });
}
