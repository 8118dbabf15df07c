import type { ActionName } from '#contract/actions.ts';
import type { JournalFilter, JournalOutcome } from '#contract/journal.ts';
import { dayOf, startOfDay } from '../../lib/day.ts';

export type Period = 'today' | 'week' | 'month' | 'all' | 'between';

/** What the operator has chosen to see. null: it does not matter. */
export interface FilterChoice {
  readonly hostId: string | null;
  readonly app: string | null;
  readonly action: ActionName | null;
  readonly outcome: JournalOutcome | null;
  readonly period: Period;
  /** First and last day of `between`, as a date field has them; empty: open. Kept while another period is chosen. */
  readonly fromDay: string;
  readonly toDay: string;
}

export const EVERYTHING: FilterChoice = {
  hostId: null,
  app: null,
  action: null,
  outcome: null,
  period: 'all',
  fromDay: '',
  toDay: '',
};

/** Whether anything may be left out. */
export function isFiltering({ hostId, app, action, outcome, period, fromDay, toDay }: FilterChoice): boolean {
  const among = [hostId, app, action, outcome].some((one) => one !== null);
  return among || (period === 'between' ? fromDay !== '' || toDay !== '' : period !== 'all');
}

/** The same as the core is asked; null: the first day is after the last. `today` as `dayOf` writes it. */
export function requestFilter(choice: FilterChoice, today: string): JournalFilter | null {
  const { hostId, app, action, outcome } = choice;
  const span = spanOf(choice, today);
  if (span === null) return null;
  return {
    ...(hostId === null ? {} : { hostId }),
    ...(app === null ? {} : { app }),
    ...(action === null ? {} : { action }),
    ...(outcome === null ? {} : { outcome }),
    ...span,
  };
}

const DAYS: Readonly<Record<Exclude<Period, 'all' | 'between'>, number>> = { today: 1, week: 7, month: 30 };

function spanOf({ period, fromDay, toDay }: FilterChoice, today: string): Pick<JournalFilter, 'from' | 'to'> | null {
  if (period === 'all') return {};
  // Today is one of them, and whole: that of a journal which is ahead of the clock as well.
  if (period !== 'between') return { from: iso(startOfDay(today, 1 - DAYS[period])) };
  if (fromDay !== '' && toDay !== '' && fromDay > toDay) return null;
  return {
    ...(isDay(fromDay) ? { from: iso(startOfDay(fromDay)) } : {}),
    ...(isDay(toDay) ? { to: iso(startOfDay(toDay, 1) - 1) } : {}),
  };
}

/** A year that is being typed has fewer digits, or more, and is no day yet. */
function isDay(text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && dayOf(startOfDay(text)) === text;
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
