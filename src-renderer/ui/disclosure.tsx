import { IconChevronRight } from '@tabler/icons-react';
import css from './disclosure.module.css';

interface DisclosureProps {
  readonly label: React.ReactNode;
  /** Whether it is open at first. */
  readonly open?: boolean;
  readonly children: React.ReactNode;
}

/** What only some want to know, or to set: under a line that opens it. */
export function Disclosure({ label, open = false, children }: DisclosureProps) {
  return (
    <details className={css.details} open={open}>
      <summary className={css.summary}>
        <IconChevronRight className={css.arrow} size={14} stroke={1.75} aria-hidden="true" />
        {label}
      </summary>
      {children}
    </details>
  );
}
