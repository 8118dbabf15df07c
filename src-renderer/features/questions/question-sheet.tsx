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
  const label = useHost(question?.hostId ?? '')?.label ?? question?.target ?? '';
  const { givenTo, problem, answer } = useAnswer();
  const gone = question === null;
  useEffect(() => {
    if (gone) onClose();
  }, [gone, onClose]);
  if (question === null) return null;

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
