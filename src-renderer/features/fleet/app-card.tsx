import { memo } from 'react';
import { formatBytes, formatCores, formatCount, formatDuration } from '../../lib/format.ts';
import { useAge } from '../../lib/use-age.ts';
import type { AppKey, AppView } from '../../store/fleet-state.ts';
import { useApp, useFleet, useUi } from '../../store/hooks.ts';
import type { ItemKey } from '../../store/ui-store.ts';
import { Meter } from '../../ui/meter.tsx';
import { Pips } from '../../ui/pips.tsx';
import { VerdictShape } from '../../ui/verdict-shape.tsx';
import css from './app-card.module.css';
import { CardActions } from './card-actions.tsx';
import { cardPorts, cpuFraction, leadOf, markOf, memoryMeter, shortImage, youngestStart } from './card-facts.ts';
import { useRoving } from './use-roving.ts';

/** An app at a glance. It opens to its containers. */
export const AppCard = memo(function AppCard({ appKey }: { readonly appKey: AppKey }) {
  const app = useApp(appKey);
  const host = useFleet((state) => state.hosts.find(({ id }) => id === app?.hostId)?.label ?? '');
  const open = useUi((state) => state.openSheet);
  const item: ItemKey = `app:${appKey}`;
  const roving = useRoving(item);
  if (app === null) return null;
  const { name, verdict, containers, cpuPercent, memoryBytes } = app;
  const lead = leadOf(app);
  const planned = containers.filter((one) => one.planned !== null).length;
  const memory = memoryMeter(app);
  return (
    <CardActions app={app}>
      <button
        type="button"
        className={css.card}
        data-verdict={verdict}
        {...roving}
        onClick={() => open({ kind: 'app', app: appKey })}
      >
        <span className={css.head}>
          <VerdictShape mark={verdict} label={verdict} />
          <span className={css.name} title={name}>
            {name}
          </span>
          <span className={css.host}>{host}</span>
        </span>
        <span className={css.line}>
          <Pips marks={containers.map(markOf)} />
          <span className={css.count}>
            {planned > 0 ? `${planned} of ${containers.length} planned` : formatCount(containers.length, 'container')}
          </span>
          {planned === 0 && lead !== undefined && (
            <span className={css.image} title={lead.image}>
              {shortImage(lead.image)}
            </span>
          )}
        </span>
        <span className={css.figure}>
          <span>CPU</span>
          <Meter fraction={cpuFraction(cpuPercent)} />
          <span className={css.value}>{formatCores(cpuPercent)}</span>
        </span>
        <span className={css.figure}>
          <span>Mem</span>
          <Meter {...memory} />
          <span className={css.value}>{formatBytes(memoryBytes)}</span>
        </span>
        <span className={css.foot}>
          <span className={css.ports}>{cardPorts(containers)}</span>
          <Up app={app} />
        </span>
      </button>
    </CardActions>
  );
});

function Up({ app }: { readonly app: AppView }) {
  const since = youngestStart(app.containers);
  return since === null ? null : <UpSince at={since} />;
}

function UpSince({ at }: { readonly at: number }) {
  return <span className={css.up}>{useAge(at, (age) => `up ${formatDuration(age)}`)}</span>;
}
