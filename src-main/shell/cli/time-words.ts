/** A moment as it is written on a command line. */
export type TimeWord =
  /** So long before now, in milliseconds. */
  | { readonly kind: 'ago'; readonly ms: number }
  /** A day of this machine's zone. */
  | { readonly kind: 'day'; readonly year: number; readonly month: number; readonly day: number }
  /** Milliseconds since the epoch. */
  | { readonly kind: 'instant'; readonly at: number };

const UNITS_MS: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 7 * 86_400_000,
};
/** Before that nobody had a container. */
const MOST_AGO_MS = 100 * 366 * 86_400_000;

/** Reads `2h`, `2026-11-21`, or ISO 8601 with a time, of this machine's zone where it names none; null: it is none of them. */
export function parseTimeWord(text: string): TimeWord | null {
  const [, count = '', unit = ''] = /^(\d{1,9})([smhdw])$/.exec(text) ?? [];
  const ms = Number(count) * (UNITS_MS[unit] ?? Number.NaN);
  if (count !== '') return ms <= MOST_AGO_MS ? { kind: 'ago', ms } : null;
  const [, year, month, day] = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text) ?? [];
  if (year !== undefined) return dayWord(Number(year), Number(month), Number(day));
  if (!/^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})?$/.test(text)) return null;
  // What Date.parse makes of the 31st of February is a day in March.
  const date = parseTimeWord(text.slice(0, 10));
  const at = Date.parse(text.replace(' ', 'T'));
  return date === null || Number.isNaN(at) ? null : { kind: 'instant', at };
}

function dayWord(year: number, month: number, day: number): TimeWord | null {
  const date = new Date(year, month - 1, day);
  const isDay = date.getFullYear() === year && date.getMonth() === month - 1 && date.getDate() === day;
  return isDay ? { kind: 'day', year, month, day } : null;
}

/** The first moment that is meant, or the last: a day is meant whole. ISO 8601. */
export function timeWordIso(word: TimeWord, end: 'first' | 'last', now: number): string {
  return new Date(momentOf(word, end, now)).toISOString();
}

function momentOf(word: TimeWord, end: 'first' | 'last', now: number): number {
  if (word.kind === 'ago') return now - word.ms;
  if (word.kind === 'instant') return word.at;
  const { year, month, day } = word;
  if (end === 'first') return new Date(year, month - 1, day).getTime();
  return new Date(year, month - 1, day + 1).getTime() - 1;
}
