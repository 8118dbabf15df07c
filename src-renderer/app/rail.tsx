import { IconCompass, IconSettings } from '@tabler/icons-react';
import { useUi } from '../store/hooks.ts';
import type { Route } from '../store/ui-store.ts';
import { Logo } from './logo.tsx';
import css from './rail.module.css';

/** The pages there are, at the left edge. */
export function Rail() {
  return (
    <nav className={css.rail} aria-label="Pages">
      <div className={css.logo}>
        <Logo />
      </div>
      <RailButton route="fleet" label="Fleet">
        <IconCompass size={18} stroke={1.6} aria-hidden="true" />
      </RailButton>
      <div className={css.gap} />
      <RailButton route="settings" label="Settings">
        <IconSettings size={18} stroke={1.6} aria-hidden="true" />
      </RailButton>
    </nav>
  );
}

interface RailButtonProps {
  readonly route: Route;
  readonly label: string;
  readonly children: React.ReactNode;
}

function RailButton({ route, label, children }: RailButtonProps) {
  const current = useUi((state) => state.route === route);
  const go = useUi((state) => state.go);
  return (
    <button
      type="button"
      className={css.button}
      aria-label={label}
      title={label}
      aria-current={current ? 'page' : undefined}
      onClick={() => go(route)}
    >
      {children}
    </button>
  );
}
