/** The day of a moment (milliseconds) by this machine's clock and zone: `2026-11-21`. */
export function dayOf(at: number): string {
  const date = new Date(at);
  return [date.getFullYear(), pad(date.getMonth() + 1), pad(date.getDate())].join('-');
}

const THIS_YEAR = new Intl.DateTimeFormat('en-GB', { weekday: 'long', day: 'numeric', month: 'long' });
const OTHER_YEAR = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'long', year: 'numeric' });

/** How people call `day`, seen from `today`, both as {@link dayOf} writes them: `Today`, `Friday 20 November`. */
export function dayWords(day: string, today: string): string {
  if (day === today) return 'Today';
  if (day === dayOf(startOfDay(today, -1))) return 'Yesterday';
  const isThisYear = day.slice(0, 4) === today.slice(0, 4);
  return (isThisYear ? THIS_YEAR : OTHER_YEAR).format(startOfDay(day));
}

/** The first moment of `day`, or of one `days` later. Days are not all of 24 hours. */
export function startOfDay(day: string, days = 0): number {
  const [year = 0, month = 1, date = 1] = day.split('-').map(Number);
  return new Date(year, month - 1, date + days).getTime();
}

/** `09:14:31` of this machine's clock. */
export function timeOfDay(at: number): string {
  const date = new Date(at);
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map(pad).join(':');
}

/** One after the other, as long as they are of the same day. */
export interface DayGroup<Entry> {
  readonly day: string;
  readonly entries: readonly Entry[];
}

/**
 * Entries in the order given, under the day each is of. A day comes twice where the clock went back in between: the
 * order of what happened is not to be changed by it.
 */
export function byDay<Entry extends { readonly at: string }>(entries: readonly Entry[]): readonly DayGroup<Entry>[] {
  const groups: { day: string; entries: Entry[] }[] = [];
  for (const entry of entries) {
    const day = dayOf(Date.parse(entry.at));
    const last = groups.at(-1);
    if (last?.day === day) last.entries.push(entry);
    else groups.push({ day, entries: [entry] });
  }
  return groups;
}

function pad(number: number): string {
  return String(number).padStart(2, '0');
}
