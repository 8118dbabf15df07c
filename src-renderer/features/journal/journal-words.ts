import type { ActionName } from '#contract/actions.ts';
import type { JournalEntry, JournalOutcome, JournalStatus, Verification } from '#contract/journal.ts';
import { dayOf, timeOfDay } from '../../lib/day.ts';
import { formatCount } from '../../lib/format.ts';
import type { Mark } from '../../ui/verdict-shape.tsx';

/** The journal's state as the line under its title. */
export function statusWords({ state, records }: JournalStatus): string {
  if (state === 'unusable') return 'It cannot be read or written';
  if (records === 0) return state === 'sound' ? 'No records yet' : 'Not as it was written';
  const count = formatCount(records, 'record');
  return state === 'sound' ? `${count}, sound` : `${count}, not as ${records === 1 ? 'it was' : 'they were'} written`;
}

export const STATUS_MARK: Readonly<Record<JournalStatus['state'], Mark>> = {
  sound: 'green',
  broken: 'down',
  unusable: 'attention',
};

export const OUTCOME_WORDS: Readonly<Record<JournalOutcome, string>> = {
  open: 'under way',
  succeeded: 'succeeded',
  failed: 'failed',
  cancelled: 'cancelled',
  unknown: 'unknown',
};

/** Those that have a shape of their own; what is under way is no verdict yet. */
export const OUTCOME_MARK: Readonly<Record<Exclude<JournalOutcome, 'open'>, Mark>> = {
  succeeded: 'green',
  failed: 'down',
  cancelled: 'stopped',
  unknown: 'unknown',
};

/** What stands in an outcome's place where there is nothing to come out. */
export const KIND_WORDS: Readonly<Record<JournalEntry['kind'], string>> = {
  action: 'action',
  mode: 'mode',
  unlock: 'unlock',
  protection: 'protection',
  journal: 'journal',
};

export const ACTION_WORDS: Readonly<Record<ActionName, string>> = {
  'container.start': 'Start a container',
  'container.stop': 'Stop a container',
  'container.restart': 'Restart a container',
  'app.restart': 'Restart an app',
};

/** What verifying found, in a sentence. */
export function verifiedWords({ sound, records, files, findings }: Verification): string {
  if (!sound) {
    const found = formatCount(findings.length, 'finding');
    return `The journal is not what was written: ${found} in ${formatCount(files, 'file')}`;
  }
  if (records === 0) return 'There is no record yet, and nothing is missing';
  if (records === 1) return 'The one record is as it was written';
  return `All ${records} records in ${formatCount(files, 'file')} are as they were written`;
}

/** Moments by this machine's clock and zone, wherever they stand in it; anything else as it is. */
export function factText(value: string): string {
  return value.replace(INSTANT, (instant) => {
    const at = Date.parse(instant);
    return Number.isNaN(at) ? instant : `${dayOf(at)} ${timeOfDay(at)}`;
  });
}

const INSTANT = /\b\d{4}-\d{2}-\d{2}T[\d:.]+Z\b/g;

/** What a machine reads is set in its own type: ids, digests, requests, commands; words are not. */
export function isMachineText(value: string): boolean {
  return MACHINE.some((form) => form.test(value));
}

const MACHINE: readonly RegExp[] = [
  /^(GET|POST|PUT|DELETE) \//,
  /^[a-z][a-z0-9+.-]*:\/\/\S+$/,
  /^SHA256:\S+$/,
  /^(sha256:)?[0-9a-f]{12,}…?$/,
  /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
  /^(ssh|docker|podman) /,
  /^(\/|~\/)\S+$/,
];
