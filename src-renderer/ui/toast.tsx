import { useEffect } from 'react';
import css from './toast.module.css';

interface ToastProps {
  readonly text: string;
  readonly onGone: () => void;
  readonly action?: React.ReactNode;
}

const SHOWN_MS = 6_000;

/** Short news at the bottom, which goes by itself: nothing that has to be read. */
export function Toast({ text, onGone, action }: ToastProps) {
  useEffect(() => {
    const timer = setTimeout(onGone, SHOWN_MS);
    return () => clearTimeout(timer);
  }, [onGone]);
  return (
    <div className={css.toast} role="status">
      <span>{text}</span>
      {action}
    </div>
  );
}
