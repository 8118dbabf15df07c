import type { Question } from '#contract/questions.ts';
import type { FleetHost } from '#contract/updates.ts';
import { useQuestions } from '../../store/hooks.ts';
import { hostTrouble } from './host-states.ts';

/** What the host waits for a person to say; null: nothing. */
export function useQuestionOf(hostId: string): Question | null {
  return useQuestions().find((question) => question.hostId === hostId) ?? null;
}

/** What is said of `host`, and of what it asks; null: it is live, or there is none. */
export function useHostTrouble(host: FleetHost | null): ReturnType<typeof hostTrouble> {
  const question = useQuestionOf(host?.id ?? '');
  return host === null ? null : hostTrouble(host, question?.kind ?? null);
}
