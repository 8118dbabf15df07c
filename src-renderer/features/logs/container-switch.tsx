import type { FleetContainer } from '#contract/updates.ts';
import { VerdictShape } from '../../ui/verdict-shape.tsx';
import css from './logs.module.css';

interface ContainerSwitchProps {
  readonly containers: readonly FleetContainer[];
  readonly shownKey: string;
  readonly onShow: (key: string) => void;
}

/** The containers of one app as chips: whose log is shown. Those that are missing have none. */
export function ContainerSwitch({ containers, shownKey, onShow }: ContainerSwitchProps) {
  const services = new Map<string, number>();
  for (const { service } of containers) services.set(service, (services.get(service) ?? 0) + 1);
  return (
    <nav className={css.switch} aria-label="Containers of this app">
      {containers.map(({ key, id, service, name, verdict, reason }) => (
        <button
          key={key}
          type="button"
          className={css.chip}
          aria-current={key === shownKey || undefined}
          disabled={id === ''}
          title={`${name}: ${reason}`}
          onClick={() => onShow(key)}
        >
          <VerdictShape mark={verdict} size={10} label={verdict} />
          {services.get(service) === 1 ? service : name}
        </button>
      ))}
    </nav>
  );
}
