import { useEffect, useRef } from 'react';
import type { Question } from '#contract/questions.ts';
import { useHost, useQuestions, useSettings } from '../../store/hooks.ts';
import { useAnswer } from '../../store/use-answer.ts';
import { Banner } from '../../ui/banner.tsx';
import { QuestionForm } from '../../ui/question-form.tsx';
import { questionTitle } from '../../ui/question-words.ts';
import { Sheet } from '../../ui/sheet.tsx';
import { nextQuestion } from './next-question.ts';

interface QuestionSheetProps {
  readonly questionId: string;
  readonly onClose: () => void;
}

/** A host that is on its way, and may ask something further. */
const UNDER_WAY: ReadonlySet<string> = new Set(['connecting', 'authenticating', 'asking']);

/** What a host that is followed asks. It closes when nothing is left to answer; closing it first leaves it for later. */
export function QuestionSheet({ questionId, onClose }: QuestionSheetProps) {
  const questions = useQuestions();
  const secretMinutes = useSettings()?.secretMinutes ?? null;
  const shown = useRef<Question | null>(null);
  const question = nextQuestion(questions, shown.current ?? { id: questionId, hostId: null, trial: null });
  if (question !== null) shown.current = question;
  const host = useHost(shown.current?.hostId ?? '');
  const label = host?.label ?? question?.target ?? '';
  const { givenTo, problem, answer } = useAnswer();
  // The next question, a passphrase after a host key, comes while it connects.
  const over = question === null && !UNDER_WAY.has(host?.status.state ?? '');
  useEffect(() => {
    if (over) onClose();
  }, [over, onClose]);
  if (question === null) {
    return over ? null : (
      <Sheet title={`Connecting to ${label}`} onClose={onClose}>
        <p role="status">Answered. This closes as soon as it is reached, or says what else is needed.</p>
      </Sheet>
    );
  }
  return (
    <Sheet title={questionTitle(question, label)} onClose={onClose}>
      <QuestionForm
        question={question}
        host={label}
        secretMinutes={secretMinutes}
        given={givenTo(question.id)}
        onAnswer={(given) => answer(question.id, given)}
      />
      {problem !== null && (
        <Banner mark="attention" announce>
          {problem.message} {problem.hint}
        </Banner>
      )}
    </Sheet>
  );
}
