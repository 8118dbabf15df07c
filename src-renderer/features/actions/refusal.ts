import type { ErrorCode } from '#contract/errors.ts';
import type { CallProblem } from '../../client/call-problem.ts';

/**
 * What the operator can do about it: `allow` changes on the host; `unlock` the container; plan it `again`; look at the
 * `runs`, the `journal` or the `host`; or `nothing`, here.
 */
export type Remedy = 'allow' | 'unlock' | 'again' | 'runs' | 'journal' | 'host' | 'nothing';

export interface Refusal {
  /** A few words. */
  readonly title: string;
  /** The core's own words, and the next step; null: the title says it. */
  readonly message: string | null;
  readonly hint: string | null;
  readonly remedy: Remedy;
}

type Words = readonly [title: string, remedy: Remedy];

const WORDS: Readonly<Partial<Record<ErrorCode, Words>>> = {
  OBSERVE_ONLY: ['Changes are not allowed there', 'allow'],
  PROTECTED: ['It is protected', 'unlock'],
  NOT_PROTECTED: ['It is not protected any more', 'again'],
  NOTHING_TO_DO: ['There is nothing to do', 'nothing'],
  PLAN_UNKNOWN: ['This plan is not known any more', 'again'],
  PLAN_EXPIRED: ['This plan has expired', 'again'],
  PLAN_USED: ['This plan was used already', 'again'],
  PLAN_STALE: ['Things have changed since this was planned', 'again'],
  PLAN_TOO_LARGE: ['Too many containers for one action', 'nothing'],
  CHANGE_UNDER_WAY: ['Another change is under way', 'runs'],
  RATE_LIMITED: ['Too many changes in a short time', 'again'],
  JOURNAL_BROKEN: ['The journal is not what was written', 'journal'],
  JOURNAL_UNUSABLE: ['The journal cannot be written', 'journal'],
  HOST_NOT_LIVE: ['The host cannot be reached now', 'host'],
  HOST_NOT_FOUND: ['The host was removed', 'nothing'],
  ENGINE_NOT_FOUND: ['The container is gone', 'nothing'],
  ENGINE_DENIED: ['Refused by a policy', 'nothing'],
};

/** What is said where the core refused to plan, to run or to unlock. */
export function refusalOf({ code, message, hint }: CallProblem): Refusal {
  const [title, remedy] = wordsFor(code);
  return { title, message, hint, remedy };
}

function wordsFor(code: string | null): Words {
  if (code === null) return ['No answer', 'again'];
  return (Object.hasOwn(WORDS, code) ? WORDS[code as ErrorCode] : undefined) ?? ['It could not be done', 'again'];
}

/** A plan whose time is up. */
export const EXPIRED: Refusal = {
  title: 'This plan has expired',
  message: 'Things may have changed since it was made.',
  hint: 'Plan it again to see what it would do now.',
  remedy: 'again',
};
