import type { ActionName, Run } from '#contract/actions.ts';
import { formatSpan } from '../lib/format.ts';

/** The words of an action: `Restart`, `Restarted`, `restart`. */
export const ACTION_WORDS: Readonly<
  Record<ActionName, { readonly verb: string; readonly past: string; readonly noun: string }>
> = {
  'container.start': { verb: 'Start', past: 'Started', noun: 'start' },
  'container.stop': { verb: 'Stop', past: 'Stopped', noun: 'stop' },
  'container.restart': { verb: 'Restart', past: 'Restarted', noun: 'restart' },
  'app.restart': { verb: 'Restart', past: 'Restarted', noun: 'restart' },
};

/** It did not come out as was meant, or nobody knows: somebody has to look. */
export function endedBadly({ state }: Run): boolean {
  return state === 'failed' || state === 'unknown';
}

/** Milliseconds from its beginning to its end; null while it runs, and where the clock went back. */
export function runMs({ startedAt, endedAt }: Pick<Run, 'startedAt' | 'endedAt'>): number | null {
  if (endedAt === null) return null;
  const ms = Date.parse(endedAt) - Date.parse(startedAt);
  return Number.isNaN(ms) || ms < 0 ? null : ms;
}

/** News of a run that has ended: `Restarted shop / api on atlas in 6 s`. */
export function runNews(run: Run): string {
  const { verb, past } = ACTION_WORDS[run.action];
  const { title } = run;
  const ms = runMs(run);
  // The title is the core's own sentence, and begins with the verb.
  const rest = title.startsWith(`${verb} `) ? title.slice(verb.length + 1) : null;
  const asked = rest === null ? title : `${verb.toLowerCase()} ${rest}`;
  switch (run.state) {
    case 'running':
      return `${title} is under way.`;
    case 'succeeded':
      return `${rest === null ? `Done: ${title}` : `${past} ${rest}`}${ms === null ? '' : ` in ${formatSpan(ms)}`}.`;
    case 'failed':
      return `Could not ${asked}.`;
    case 'cancelled':
      return `Cancelled: ${asked}.`;
    case 'unknown':
      return `Nobody saw how this ended: ${asked}.`;
  }
}
