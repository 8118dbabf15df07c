import { Button } from '../../ui/button.tsx';
import css from './add-host.module.css';
import { isLocal } from './suggestions.ts';

interface TrialSummaryProps {
  /** null: what was typed is no host any more. */
  readonly target: string | null;
  /** Empty: the agent and the usual ones. */
  readonly identityFiles: readonly string[];
  /** Left out where it is not to be changed here. */
  readonly onChange?: () => void;
}

/** What is being tried, in place of the form. */
export function TrialSummary({ target, identityFiles, onChange }: TrialSummaryProps) {
  return (
    // The form had the focus, and is gone: the keyboard goes on here.
    <div className={css.summary} tabIndex={-1} ref={focusOnce} data-tried>
      <div>
        <p className={css.target}>{target ?? '–'}</p>
        <p className={identityFiles.length === 0 ? css.note : css.path}>{loginWords(target, identityFiles)}</p>
      </div>
      {onChange !== undefined && (
        <Button size="small" onClick={onChange}>
          Change
        </Button>
      )}
    </div>
  );
}

function loginWords(target: string | null, identityFiles: readonly string[]): string {
  if (target !== null && isLocal(target)) return 'The engine of this machine, without SSH';
  return identityFiles.length === 0 ? 'ssh-agent, then your keys' : identityFiles.join(', ');
}

function focusOnce(element: HTMLElement | null): void {
  element?.focus();
}
