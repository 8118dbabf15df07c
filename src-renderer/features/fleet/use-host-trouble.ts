import type { Question } from '#contract/questions.ts';
import type { FleetHost } from '#contract/updates.ts';
import { useQuestions } from '../../store/hooks.ts';
import { hostTrouble } from './host-states.ts';
import { questionOf } from './question-of.ts';

/** What the host waits for a person to say, see {@link questionOf}; null: nothing. */
export function useQuestionOf(host: FleetHost | null): Question | null {
  const questions = useQuestions();
  return host === null ? null : questionOf(questions, host);
}

/** What is said of `host`, and of what it asks; null: it is live, or there is none. */
export function useHostTrouble(host: FleetHost | null): ReturnType<typeof hostTrouble> {
  const question = useQuestionOf(host);
  return host === null ? null : hostTrouble(host, question?.kind ?? null);
}
