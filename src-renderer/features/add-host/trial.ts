import type { TrialEvent, TrialOffer } from '#contract/hosts.ts';
import type { CallProblem } from '../../client/call-problem.ts';

export type Reached = Extract<TrialEvent, { kind: 'reached' }>;
export type Stopped = Extract<TrialEvent, { kind: 'stopped' }>;

/** What is tried: the host as it would be saved. */
export interface Wish {
  readonly target: string;
  readonly identityFiles: readonly string[];
}

/** Where the test of a host stands. `id` names it for its questions; `events` are those told so far, in their order. */
export type Trial =
  | { readonly state: 'none' }
  | { readonly state: 'running'; readonly id: string; readonly events: readonly TrialEvent[] }
  | { readonly state: 'reached'; readonly events: readonly TrialEvent[]; readonly reached: Reached }
  | { readonly state: 'stopped'; readonly events: readonly TrialEvent[]; readonly stopped: Stopped }
  /** It could not be tried, or not to its end: that says nothing of the host. */
  | { readonly state: 'failed'; readonly events: readonly TrialEvent[]; readonly problem: CallProblem };

/** Where a test stands after what was told of it. */
export function trialAfter(id: string, events: readonly TrialEvent[]): Trial {
  const last = events.at(-1);
  if (last?.kind === 'reached') return { state: 'reached', events, reached: last };
  if (last?.kind === 'stopped') return { state: 'stopped', events, stopped: last };
  return { state: 'running', id, events };
}

/** Other ways to the same host that were seen. */
export function offersOf(trial: Trial): readonly TrialOffer[] {
  if (trial.state === 'reached') return trial.reached.offers;
  return trial.state === 'stopped' ? trial.stopped.offers : [];
}

/** What a message begins with, to be read at a glance, and what else it says; the second may be empty. */
export function firstSentence(message: string): readonly [first: string, rest: string] {
  const end = /[.!?](?=\s+[A-Z“"])/.exec(message);
  return end === null ? [message, ''] : [message.slice(0, end.index + 1), message.slice(end.index + 1).trim()];
}
