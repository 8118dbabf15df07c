import { useQuestions } from '../../store/hooks.ts';
import { useAnswer } from '../../store/use-answer.ts';
import { FingerprintQuestion } from '../../ui/fingerprint-question.tsx';
import { PassphraseQuestion } from '../../ui/passphrase-question.tsx';
import css from './add-host.module.css';
import type { Trial } from './trial.ts';

/** What the running test asks; null: nothing. */
export function useTrialQuestion(trial: Trial) {
  const id = trial.state === 'running' ? trial.id : null;
  return useQuestions().find((question) => id !== null && question.trial === id) ?? null;
}

/** The question of the running test, where the test is. */
export function TrialQuestion({ trial }: { readonly trial: Trial }) {
  const question = useTrialQuestion(trial);
  const { givenTo, problem, answer } = useAnswer();
  if (question === null) return null;
  const given = givenTo(question.id);
  return (
    // What appears while somebody waits takes the keyboard; a field of its own takes it further.
    <div className={css.question} key={question.id} tabIndex={-1} ref={focusOnce}>
      {question.kind === 'hostKey' ? (
        <FingerprintQuestion
          target={question.target}
          keyType={question.keyType}
          fingerprint={question.fingerprint}
          given={given?.kind === 'hostKey' ? (given.accept ? 'accept' : 'reject') : null}
          onAnswer={(accept) => answer(question.id, { kind: 'hostKey', accept })}
        />
      ) : (
        <PassphraseQuestion
          target={question.target}
          file={question.file}
          attempt={question.attempt}
          given={given?.kind === 'passphrase' ? (given.passphrase === null ? 'none' : 'passphrase') : null}
          onAnswer={(passphrase) => answer(question.id, { kind: 'passphrase', passphrase })}
        />
      )}
      {problem !== null && (
        <p className={css.wrong} role="alert">
          {problem.message} {problem.hint}
        </p>
      )}
    </div>
  );
}

function focusOnce(element: HTMLElement | null): void {
  if (element === null) return;
  if (!element.contains(document.activeElement)) element.focus({ preventScroll: true });
  // In a low window its buttons would lie below the edge.
  element.scrollIntoView({ block: 'nearest' });
}
