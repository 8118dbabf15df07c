import type { Answer, Question } from '#contract/questions.ts';
import { ChallengeQuestion } from './challenge-question.tsx';
import { FingerprintQuestion } from './fingerprint-question.tsx';
import { PassphraseQuestion } from './passphrase-question.tsx';
import { PasswordQuestion } from './password-question.tsx';

interface QuestionFormProps {
  readonly question: Question;
  /** What the host is called to which the connection leads. */
  readonly host: string;
  /** How long secrets are kept in memory, in minutes; null: not known. */
  readonly secretMinutes: number | null;
  /** The answer that was given and is on its way; null: none. */
  readonly given: Answer | null;
  readonly onAnswer: (answer: Answer) => void;
}

/** Whatever a connection asks, with what is needed to answer it. Another question begins with empty fields. */
export function QuestionForm(props: QuestionFormProps) {
  return <Asked key={props.question.id} {...props} />;
}

function Asked({ question, host, secretMinutes, given, onAnswer }: QuestionFormProps) {
  switch (question.kind) {
    case 'hostKey':
      return (
        <FingerprintQuestion
          host={host}
          question={question}
          given={given?.kind === 'hostKey' ? (given.accept ? 'accept' : 'reject') : null}
          onAnswer={(accept) => onAnswer({ kind: 'hostKey', accept })}
        />
      );
    case 'passphrase':
      return (
        <PassphraseQuestion
          host={host}
          question={question}
          secretMinutes={secretMinutes}
          given={given?.kind === 'passphrase' ? (given.passphrase === null ? 'none' : 'secret') : null}
          onAnswer={(passphrase, remember) => onAnswer({ kind: 'passphrase', passphrase, remember })}
        />
      );
    case 'password':
      return (
        <PasswordQuestion
          host={host}
          question={question}
          secretMinutes={secretMinutes}
          given={given?.kind === 'password' ? (given.password === null ? 'none' : 'secret') : null}
          onAnswer={(password, remember) => onAnswer({ kind: 'password', password, remember })}
        />
      );
    case 'challenge':
      return (
        <ChallengeQuestion
          host={host}
          question={question}
          given={given?.kind === 'challenge' ? (given.answers === null ? 'none' : 'answers') : null}
          onAnswer={(answers) => onAnswer({ kind: 'challenge', answers: answers === null ? null : [...answers] })}
        />
      );
  }
}
