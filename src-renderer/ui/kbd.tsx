import css from './kbd.module.css';

/** A key, as it is drawn on the keyboard. */
export function Kbd({ children }: { readonly children: React.ReactNode }) {
  return <kbd className={css.key}>{children}</kbd>;
}
