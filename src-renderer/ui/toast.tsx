import { useEffect, useState } from 'react';
import css from './toast.module.css';

interface ToastProps {
  readonly text: string;
  readonly onGone: () => void;
  readonly action?: React.ReactNode;
}

const SHOWN_MS = 6_000;

/** Short news at the bottom, which goes by itself, and stays while somebody is at it: nothing that has to be read. */
export function Toast({ text, onGone, action }: ToastProps) {
  const [held, setHeld] = useState(false);
  useEffect(() => {
    if (held) return;
    const timer = setTimeout(onGone, SHOWN_MS);
    return () => clearTimeout(timer);
  }, [held, onGone]);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: it only notes who is there
    <div
      className={css.toast}
      onPointerEnter={() => setHeld(true)}
      onPointerLeave={() => setHeld(false)}
      onFocus={() => setHeld(true)}
      onBlur={() => setHeld(false)}
    >
      <span>{text}</span>
      {action}
    </div>
  );
}
