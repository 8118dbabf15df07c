import type { Question } from '#contract/questions.ts';

/** The question that is shown, or where it is gone the next one of the same host; null: nothing is left to answer. */
export function nextQuestion(
  questions: readonly Question[],
  shown: Pick<Question, 'id' | 'hostId' | 'trial'>,
): Question | null {
  const same = questions.find(({ id }) => id === shown.id);
  if (same !== undefined) return same;
  if (shown.hostId === null) return null;
  return questions.find(({ hostId }) => hostId === shown.hostId) ?? null;
}
