import { useQuestions, useSettings } from '../../store/hooks.ts';
import { useAnswer } from '../../store/use-answer.ts';
import { QuestionForm } from '../../ui/question-form.tsx';
import css from './trial.module.css';
import type { Trial } from './trial.ts';

/** What the running test asks; null: nothing. */
export function useTrialQuestion(trial: Trial) {
  const id = trial.state === 'running' ? trial.id : null;
  return useQuestions().find((question) => id !== null && question.trial === id) ?? null;
}

interface TrialQuestionProps {
  readonly trial: Trial;
  /** What the host itself is called. */
  readonly host: string;
}

/** The question of the running test, where the test is. */
export function TrialQuestion({ trial, host }: TrialQuestionProps) {
  const question = useTrialQuestion(trial);
  const secretMinutes = useSettings()?.secretMinutes ?? null;
  const { givenTo, problem, answer } = useAnswer();
  if (question === null) return null;
  return (
    // What appears while somebody waits takes the keyboard; a field of its own takes it further.
    <div className={css.question} key={question.id} tabIndex={-1} ref={takeFocus}>
      <QuestionForm
        question={question}
        host={host}
        secretMinutes={secretMinutes}
        given={givenTo(question.id)}
        onAnswer={(given) => answer(question.id, given)}
      />
      {problem !== null && (
        <p className={css.wrong} role="alert">
          {problem.message} {problem.hint}
        </p>
      )}
    </div>
  );
}

/** @returns what gives the focus back: what was answered is taken away, and the keyboard would stand nowhere */
function takeFocus(element: HTMLElement | null): (() => void) | undefined {
  if (element === null) return undefined;
  const sheet = element.closest('[role="dialog"]');
  if (!element.contains(document.activeElement)) element.focus({ preventScroll: true });
  // In a low window its buttons would lie below the edge.
  element.scrollIntoView({ block: 'nearest' });
  return () => {
    requestAnimationFrame(() => {
      // The next question has taken it by then.
      if (document.activeElement !== document.body) return;
      sheet?.querySelector<HTMLElement>('[data-tried]')?.focus({ preventScroll: true });
    });
  };
}
