import { useState } from 'react';
import { Button } from './button.tsx';
import css from './question.module.css';
import { TextField } from './text-field.tsx';

interface PassphraseQuestionProps {
  readonly target: string;
  /** Path of the encrypted key. */
  readonly file: string;
  /** Counts from 1: above, the answer before was wrong. */
  readonly attempt: number;
  /** The answer that was given and is on its way; null: none. */
  readonly given: 'passphrase' | 'none' | null;
  /** null: nobody wants to answer. */
  readonly onAnswer: (passphrase: string | null) => void;
}

const MOST_CHARS = 1_024;

/** The passphrase of a key file. Give it another React key for each attempt, so that the field is empty again. */
export function PassphraseQuestion({ target, file, attempt, given, onAnswer }: PassphraseQuestionProps) {
  const [passphrase, setPassphrase] = useState('');
  return (
    <form
      className={css.question}
      onSubmit={(event) => {
        event.preventDefault();
        if (passphrase !== '' && given === null) onAnswer(passphrase);
      }}
    >
      <p className={css.context}>
        The key <code className={css.path}>{file}</code> is encrypted. Its passphrase is needed to log in to{' '}
        <code className={css.path}>{target}</code>. It is kept in memory until Binnacle ends, and never written down.
      </p>
      <TextField
        type="password"
        label="Passphrase"
        data-autofocus
        autoFocus
        maxLength={MOST_CHARS}
        value={passphrase}
        error={attempt > 1 && passphrase === '' ? 'That was not it. Try again.' : undefined}
        onChange={(event) => setPassphrase(event.currentTarget.value)}
      />
      <div className={css.actions}>
        <Button
          look="primary"
          type="submit"
          busy={given === 'passphrase'}
          disabled={given !== null || passphrase === ''}
        >
          Unlock
        </Button>
        <Button busy={given === 'none'} disabled={given !== null} onClick={() => onAnswer(null)}>
          Not now
        </Button>
      </div>
    </form>
  );
}
