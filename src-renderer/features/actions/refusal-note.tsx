import css from './actions.module.css';
import type { Refusal } from './refusal.ts';

/** What was refused, why, and what to do. */
export function RefusalNote({ refusal: { title, message, hint } }: { readonly refusal: Refusal }) {
  return (
    <div className={css.refusal} role="alert">
      <p className={css.strong}>{title}</p>
      {message !== null && <p className={css.words}>{message}</p>}
      {hint !== null && <p className={css.quiet}>{hint}</p>}
    </div>
  );
}
