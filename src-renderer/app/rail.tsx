import { IconCompass, IconListCheck, IconNotebook, IconSettings } from '@tabler/icons-react';
import { useRuns, useUi } from '../store/hooks.ts';
import { hostOfRoute, type Route } from '../store/ui-store.ts';
import { unseenRuns } from '../store/watch-runs.ts';
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
      <RailButton route="journal" label="Journal">
        <IconNotebook size={18} stroke={1.6} aria-hidden="true" />
      </RailButton>
      <RunsButton />
      <div className={css.gap} />
      <RailButton route="settings" label="Settings">
        <IconSettings size={18} stroke={1.6} aria-hidden="true" />
      </RailButton>
    </nav>
  );
}

/** Opens what is being done: how much of it there is, or that something did not come out as was meant. */
function RunsButton() {
  const runs = useRuns();
  const seen = useUi((state) => state.seenRuns);
  const open = useUi((state) => state.openSheet);
  const running = runs.filter(({ state }) => state === 'running').length;
  const unseen = unseenRuns(runs, seen);
  const first = unseen.at(-1);
  const words = [
    'Runs',
    ...(running === 0 ? [] : [`${running} under way`]),
    ...(unseen.length === 0 ? [] : [`${unseen.length} to be looked at`]),
  ].join(', ');
  return (
    <button
      type="button"
      className={css.button}
      aria-label={words}
      title={words}
      aria-haspopup="dialog"
      onClick={() => open(first === undefined ? { kind: 'runs' } : { kind: 'runs', run: first })}
    >
      <IconListCheck size={18} stroke={1.6} aria-hidden="true" />
      {running > 0 && (
        <span className={css.count} aria-hidden="true">
          {running}
        </span>
      )}
      {running === 0 && unseen.length > 0 && <span className={css.dot} aria-hidden="true" />}
    </button>
  );
}

interface RailButtonProps {
  readonly route: Route;
  readonly label: string;
  readonly children: React.ReactNode;
}

function RailButton({ route, label, children }: RailButtonProps) {
  const current = useUi((state) => state.route === route);
  // A host is a part of the fleet, whatever page it was opened from.
  const within = useUi((state) => route === 'fleet' && hostOfRoute(state.route) !== null);
  const go = useUi((state) => state.go);
  return (
    <button
      type="button"
      className={css.button}
      aria-label={label}
      title={label}
      aria-current={current ? 'page' : within || undefined}
      onClick={() => go(route)}
    >
      {children}
    </button>
  );
}
