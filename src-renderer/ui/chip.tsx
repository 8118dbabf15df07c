import css from './chip.module.css';

interface ChipProps {
  /** What a machine reads. */
  readonly mono?: boolean;
  /** What there is no room for. */
  readonly title?: string;
  readonly children: React.ReactNode;
}

/** A word about something, in a small box: `protected`, a network, an address. */
export function Chip({ mono = false, title, children }: ChipProps) {
  return (
    <span className={mono ? css.mono : css.chip} title={title}>
      {children}
    </span>
  );
}
