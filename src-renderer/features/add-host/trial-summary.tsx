import { Button } from '../../ui/button.tsx';
import css from './add-host.module.css';
import type { Wish } from './trial.ts';

interface TrialSummaryProps {
  /** null: what was typed is no host any more. */
  readonly wish: Wish | null;
  /** Its target in full, once the core has told it. */
  readonly target: string | null;
  readonly onChange: () => void;
}

/** What is being tried, in place of the form. */
export function TrialSummary({ wish, target, onChange }: TrialSummaryProps) {
  const files = wish?.identityFiles ?? [];
  return (
    // The form had the focus, and is gone: the keyboard goes on here.
    <div className={css.summary} tabIndex={-1} ref={focusOnce}>
      <div>
        <p className={css.target}>{target ?? wish?.target ?? '–'}</p>
        {files.length === 0 ? (
          <p className={css.note}>ssh-agent, then the usual keys</p>
        ) : (
          <p className={css.path}>{files.join(', ')}</p>
        )}
      </div>
      <Button size="small" onClick={onChange}>
        Change
      </Button>
    </div>
  );
}

function focusOnce(element: HTMLElement | null): void {
  element?.focus();
}
