import { useEffect, useRef } from 'react';
import type { Question } from '#contract/questions.ts';
import { useHost, useQuestions } from '../../store/hooks.ts';
import { useAnswer } from '../../store/use-answer.ts';
import { Banner } from '../../ui/banner.tsx';
import { FingerprintQuestion } from '../../ui/fingerprint-question.tsx';
import { PassphraseQuestion } from '../../ui/passphrase-question.tsx';
import { Sheet } from '../../ui/sheet.tsx';
import { nextQuestion } from './next-question.ts';

interface QuestionSheetProps {
  readonly questionId: string;
  readonly onClose: () => void;
}

/** What a host that is followed asks. It closes when nothing is left to answer; closing it first leaves it for later. */
export function QuestionSheet({ questionId, onClose }: QuestionSheetProps) {
  const questions = useQuestions();
  const shown = useRef<Question | null>(null);
  const question = nextQuestion(questions, shown.current ?? { id: questionId, hostId: null, trial: null });
  if (question !== null) shown.current = question;
  const host = useHost(shown.current?.hostId ?? '');
  const label = host?.label ?? question?.target ?? '';
  const { givenTo, problem, answer } = useAnswer();
  // The next question, a passphrase after a host key, comes while it connects.
  const over = question === null && host?.status.state !== 'connecting';
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

  const given = givenTo(question.id);
  return (
    <Sheet
      title={question.kind === 'hostKey' ? `First contact with ${label}` : `Passphrase for ${label}`}
      onClose={onClose}
    >
      {question.kind === 'hostKey' ? (
        <FingerprintQuestion
          key={question.id}
          target={question.target}
          keyType={question.keyType}
          fingerprint={question.fingerprint}
          given={given?.kind === 'hostKey' ? (given.accept ? 'accept' : 'reject') : null}
          onAnswer={(accept) => answer(question.id, { kind: 'hostKey', accept })}
        />
      ) : (
        <PassphraseQuestion
          key={question.id}
          target={question.target}
          file={question.file}
          attempt={question.attempt}
          given={given?.kind === 'passphrase' ? (given.passphrase === null ? 'none' : 'passphrase') : null}
          onAnswer={(passphrase) => answer(question.id, { kind: 'passphrase', passphrase })}
        />
      )}
      {problem !== null && (
        <Banner mark="attention" announce>
          {problem.message} {problem.hint}
        </Banner>
      )}
    </Sheet>
  );
}
