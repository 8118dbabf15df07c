import css from './chip.module.css';

/** A word about something, in a small box: `protected`, a network, an address. `mono`: what a machine reads. */
export function Chip({ mono = false, children }: { readonly mono?: boolean; readonly children: React.ReactNode }) {
  return <span className={mono ? css.mono : css.chip}>{children}</span>;
}
