import { minutesWords } from '../../ui/question-words.ts';

export interface MinutesOption {
  readonly value: string;
  readonly label: string;
}

const USUAL: readonly number[] = [0, 15, 60, 480, 1_440, 10_080];

/** How long secrets may be kept in memory, in minutes; what is set is among them, whoever set it. */
export function minutesOptions(set: number): readonly MinutesOption[] {
  const all = USUAL.includes(set) ? USUAL : [...USUAL, set].sort((a, b) => a - b);
  return all.map((minutes) => ({
    value: String(minutes),
    label: minutes === 0 ? 'Not at all' : minutesWords(minutes),
  }));
}

/** `1 secret was forgotten.` */
export function forgottenWords(count: number): string {
  if (count === 0) return 'There was none to forget.';
  return count === 1 ? '1 secret was forgotten.' : `${count} secrets were forgotten.`;
}
