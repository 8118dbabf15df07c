import css from './empty-state.module.css';

interface EmptyStateProps {
  readonly icon?: React.ReactNode;
  readonly title: string;
  /** 1 where it is all there is on the page. */
  readonly level?: 1 | 2;
  /** What it means and what to do next. */
  readonly children?: React.ReactNode;
  readonly actions?: React.ReactNode;
}

/** What stands where nothing is to be shown: what happened, and the next step. */
export function EmptyState({ icon, title, level = 2, children, actions }: EmptyStateProps) {
  const Heading = level === 1 ? 'h1' : 'h2';
  return (
    <div className={css.box} data-level={level}>
      {icon !== undefined && <div className={css.icon}>{icon}</div>}
      <Heading className={css.title}>{title}</Heading>
      {children !== undefined && <div className={css.text}>{children}</div>}
      {actions !== undefined && <div className={css.actions}>{actions}</div>}
    </div>
  );
}
