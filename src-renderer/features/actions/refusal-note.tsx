import { useEffect, useRef } from 'react';
import css from './actions.module.css';
import type { Refusal } from './refusal.ts';

/** What was refused, why, and what to do. It takes the focus where the button that was pressed has gone for it. */
export function RefusalNote({ refusal: { title, message, hint } }: { readonly refusal: Refusal }) {
  const note = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (document.activeElement === document.body) note.current?.focus();
  }, []);
  return (
    <div ref={note} className={css.refusal} role="alert" tabIndex={-1}>
      <p className={css.strong}>{title}</p>
      {message !== null && <p className={css.words}>{message}</p>}
      {hint !== null && <p className={css.quiet}>{hint}</p>}
    </div>
  );
}
