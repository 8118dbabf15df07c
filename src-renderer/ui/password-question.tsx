import type { Question } from '#contract/questions.ts';
import css from './question.module.css';
import { askerWords } from './question-words.ts';
import { SecretForm, type SecretGiven } from './secret-form.tsx';

interface PasswordQuestionProps {
  readonly question: Extract<Question, { kind: 'password' }>;
  /** What the host itself is called. */
  readonly host: string;
  readonly secretMinutes: number | null;
  readonly given: SecretGiven | null;
  /** null: nobody wants to answer. */
  readonly onAnswer: (password: string | null, remember: boolean) => void;
}

/** The password of an account, sent to a host whose key is known. */
export function PasswordQuestion({ question, host, secretMinutes, given, onAnswer }: PasswordQuestionProps) {
  return (
    <SecretForm
      label={`Password of ${question.user}`}
      verb="Log in"
      wrong={null}
      canRemember={question.canRemember}
      secretMinutes={secretMinutes}
      given={given}
      onAnswer={onAnswer}
    >
      <b>{askerWords(question, host)}</b> takes a password for <code className={css.path}>{question.machine}</code>. Its
      host key is the known one; the password goes to it alone, encrypted.
    </SecretForm>
  );
}
