import type { Question } from '#contract/questions.ts';
import css from './question.module.css';
import { askerWords } from './question-words.ts';
import { SecretForm, type SecretGiven } from './secret-form.tsx';

interface PassphraseQuestionProps {
  readonly question: Extract<Question, { kind: 'passphrase' }>;
  /** What the host itself is called. */
  readonly host: string;
  readonly secretMinutes: number | null;
  readonly given: SecretGiven | null;
  /** null: nobody wants to answer. */
  readonly onAnswer: (passphrase: string | null, remember: boolean) => void;
}

/** The passphrase of a key file. Give it another React key for each attempt, so that the field is empty again. */
export function PassphraseQuestion({ question, host, secretMinutes, given, onAnswer }: PassphraseQuestionProps) {
  return (
    <SecretForm
      label="Passphrase"
      verb="Unlock"
      wrong={question.attempt > 1 ? 'That was not it. Try again.' : null}
      canRemember={question.canRemember}
      secretMinutes={secretMinutes}
      given={given}
      onAnswer={onAnswer}
    >
      The key <code className={css.path}>{question.file}</code> is encrypted. Its passphrase is needed to log in to{' '}
      <b>{askerWords(question, host)}</b>; it is not sent there.
    </SecretForm>
  );
}
