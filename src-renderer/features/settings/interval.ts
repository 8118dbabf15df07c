/** Bounds of an interval, in seconds, as the contract has them. */
export interface IntervalBounds {
  readonly least: number;
  readonly most: number;
}

export const REFRESH: IntervalBounds = { least: 2, most: 3_600 };
export const SAMPLE: IntervalBounds = { least: 1, most: 3_600 };

/** Seconds as typed, within bounds; else what is wrong with them, as a sentence. Half seconds may be written `2.5` or `2,5`. */
export function readInterval(
  text: string,
  { least, most }: IntervalBounds,
): { readonly seconds: number } | { readonly wrong: string } {
  const typed = text.trim().replace(',', '.');
  const seconds = /^\d{1,6}(\.\d{1,3})?$/.test(typed) ? Number(typed) : Number.NaN;
  if (Number.isNaN(seconds)) return { wrong: 'Write it as a number of seconds, as in 10.' };
  if (seconds < least || seconds > most) {
    return { wrong: `From ${least} to ${most.toLocaleString('en-US')} seconds.` };
  }
  return { seconds };
}
