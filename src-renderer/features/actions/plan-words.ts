import type { ActionName, Plan } from '#contract/actions.ts';
import { formatDuration } from '../../lib/format.ts';
import { ACTION_WORDS } from '../../store/run-words.ts';

/** How long it is going to take, going by what it took: `Down for about 6 s, going by the last 5 restarts.` */
export function tookWords(action: ActionName, took: Plan['took']): string {
  if (took === null) return 'Not done before: how long it takes is not known.';
  const { noun } = ACTION_WORDS[action];
  // Half a second more or less is nobody's concern; less than one would read as none.
  const about = formatDuration(Math.max(1_000, took.medianMs + 500));
  const by = took.runs === 1 ? `the last ${noun}` : `the last ${took.runs} ${noun}s`;
  return `${LASTS[action]} about ${about}, going by ${by}.`;
}

const LASTS: Readonly<Record<ActionName, string>> = {
  'container.start': 'Up in',
  'container.stop': 'Takes',
  'container.restart': 'Down for',
  // One container after the other: none of them is down for all of it.
  'app.restart': 'Takes',
};

/** An engine request in little room: `POST …/a41c/restart?t=10` for `POST /containers/a41c…/restart?t=10`. */
export function shortRequest(request: string): string {
  return request.replace(/ \/containers\/([0-9a-f]+)…?\//, ' …/$1/');
}

/** What is left as it is, a sentence for each reason: `postgres and redis are protected and stay as they are.` */
export function leftOutWords(leftOut: Plan['leftOut']): readonly string[] {
  const of = (why: Plan['leftOut'][number]['why']) =>
    leftOut.filter((one) => one.why === why).map((one) => one.service);
  const locked = of('protected');
  const idle = of('not-running');
  return [
    ...(locked.length === 0 ? [] : [`${named(locked)} protected and ${stays(locked)} as ${they(locked)}.`]),
    ...(idle.length === 0 ? [] : [`${named(idle)} not running and ${stays(idle)} as ${they(idle)}.`]),
  ];
}

const MOST_NAMED = 4;

function named(services: readonly string[]): string {
  const shown = services.slice(0, MOST_NAMED);
  const more = services.length - shown.length;
  const all = more > 0 ? [...shown, `${more} more`] : shown;
  const last = all.at(-1) ?? '';
  return `${all.length < 2 ? last : `${all.slice(0, -1).join(', ')} and ${last}`} ${services.length === 1 ? 'is' : 'are'}`;
}

function stays({ length }: readonly string[]): string {
  return length === 1 ? 'stays' : 'stay';
}

function they({ length }: readonly string[]): string {
  return length === 1 ? 'it is' : 'they are';
}
