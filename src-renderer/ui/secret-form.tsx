import { useState } from 'react';
import { Button } from './button.tsx';
import css from './question.module.css';
import { RememberChoice } from './remember-choice.tsx';
import { TextField } from './text-field.tsx';

/** The answer that was given and is on its way. */
export type SecretGiven = 'secret' | 'none';

interface SecretFormProps {
  readonly label: string;
  /** On the button. */
  readonly verb: string;
  /** What is wrong with the answer before; null: there was none. */
  readonly wrong: string | null;
  readonly canRemember: boolean;
  readonly secretMinutes: number | null;
  /** null: none. */
  readonly given: SecretGiven | null;
  /** null: nobody wants to answer. */
  readonly onAnswer: (secret: string | null, remember: boolean) => void;
  /** Who asks for what. */
  readonly children: React.ReactNode;
}

const MOST_CHARS = 1_024;

/** One secret that is typed, and whether it is kept. */
export function SecretForm({
  label,
  verb,
  wrong,
  canRemember,
  secretMinutes,
  given,
  onAnswer,
  children,
}: SecretFormProps) {
  const [secret, setSecret] = useState('');
  const [remember, setRemember] = useState(false);
  return (
    <form
      className={css.question}
      onSubmit={(event) => {
        event.preventDefault();
        if (secret !== '' && given === null) onAnswer(secret, remember);
      }}
    >
      <p className={css.context}>{children}</p>
      <TextField
        type="password"
        label={label}
        data-autofocus
        autoFocus
        maxLength={MOST_CHARS}
        value={secret}
        error={wrong !== null && secret === '' ? wrong : undefined}
        onChange={(event) => setSecret(event.currentTarget.value)}
      />
      <RememberChoice canRemember={canRemember} secretMinutes={secretMinutes} value={remember} onChange={setRemember} />
      <div className={css.actions}>
        <Button look="primary" type="submit" busy={given === 'secret'} disabled={given !== null || secret === ''}>
          {verb}
        </Button>
        <Button busy={given === 'none'} disabled={given !== null} onClick={() => onAnswer(null, false)}>
          Not now
        </Button>
      </div>
    </form>
  );
}
