import css from './banner.module.css';
import type { Mark } from './verdict-shape.tsx';
import { VerdictShape } from './verdict-shape.tsx';

interface BannerProps {
  /** Its shape; left out where it is news without a verdict. */
  readonly mark?: Mark;
  readonly actions?: React.ReactNode;
  readonly children: React.ReactNode;
  /** Read out when it appears. */
  readonly announce?: boolean;
}

/** One line across the page that stays until what it says is no longer so. */
export function Banner({ mark, actions, children, announce = false }: BannerProps) {
  return (
    <div className={css.banner} role={announce ? 'status' : undefined}>
      {mark !== undefined && <VerdictShape mark={mark} size={14} />}
      <div className={css.text}>{children}</div>
      {actions !== undefined && <div className={css.actions}>{actions}</div>}
    </div>
  );
}
