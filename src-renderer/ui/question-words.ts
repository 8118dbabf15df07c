import type { Question } from '#contract/questions.ts';

/** The name in `ana@bastion.example:22`, as people call a machine: `bastion.example`. */
export function machineName(machine: string): string {
  const place = machine.slice(machine.lastIndexOf('@') + 1);
  const bracketed = /^\[([^\]]*)\]/.exec(place)?.[1];
  return bracketed ?? place.replace(/:\d+$/, '');
}

type Asker = Pick<Question, 'machine' | 'isJump'>;

/**
 * Who asks, as it stands in a sentence: `bastion, on the way to atlas`.
 * @param host what the host itself is called
 */
export function askerWords({ machine, isJump }: Asker, host: string): string {
  return isJump ? `${machineName(machine)}, on the way to ${host}` : host;
}

/** What is asked, over the question. */
export function questionTitle(question: Question, host: string): string {
  const asker = question.isJump ? machineName(question.machine) : host;
  switch (question.kind) {
    case 'hostKey':
      return `First contact with ${asker}`;
    case 'passphrase':
      return `Passphrase for ${asker}`;
    case 'password':
      return `Password for ${asker}`;
    case 'challenge':
      return `${asker} asks`;
  }
}

/** What a prompt is called: its own words, without the colon a terminal needs; where it has none, its number. */
export function promptLabel(text: string, index: number): string {
  const label = text.trim().replace(/\s*[:：]$/, '');
  return label === '' ? `Answer ${index + 1}` : label;
}

const MINUTE = 1;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A number of minutes in its largest whole unit: `15 minutes`, `1 hour`, `7 days`. */
export function minutesWords(minutes: number): string {
  const [count, unit] =
    minutes % DAY === 0
      ? [minutes / DAY, 'day']
      : minutes % HOUR === 0
        ? [minutes / HOUR, 'hour']
        : [minutes, 'minute'];
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
}

/**
 * What becomes of a secret that is typed, as a sentence.
 * @param minutes how long it is kept in memory; 0: not at all; null: not known
 */
export function keptWords(minutes: number | null, remember: boolean): string {
  if (remember) return 'It is kept in the system’s keychain, until you have Binnacle forget it in Settings.';
  if (minutes === null) return 'It is never written down.';
  if (minutes === 0) return 'It is used once, and not kept.';
  return `It is kept in memory for ${minutesWords(minutes)}, and never written down.`;
}
