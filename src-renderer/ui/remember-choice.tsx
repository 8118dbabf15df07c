import css from './question.module.css';
import { keptWords } from './question-words.ts';

interface RememberChoiceProps {
  /** Whether there is a keychain to keep it in. */
  readonly canRemember: boolean;
  /** How long it is kept in memory, in minutes; null: not known. */
  readonly secretMinutes: number | null;
  readonly value: boolean;
  readonly onChange: (remember: boolean) => void;
}

/** Whether a secret is kept for good, and what becomes of it. */
export function RememberChoice({ canRemember, secretMinutes, value, onChange }: RememberChoiceProps) {
  return (
    <div className={css.remember}>
      {canRemember && (
        <label className={css.check}>
          <input type="checkbox" checked={value} onChange={(event) => onChange(event.currentTarget.checked)} />
          Remember in the keychain
        </label>
      )}
      <p className={css.kept}>{keptWords(secretMinutes, value)}</p>
    </div>
  );
}
