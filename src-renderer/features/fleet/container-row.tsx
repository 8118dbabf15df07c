import { memo } from 'react';
import type { FleetContainer } from '#contract/updates.ts';
import { capitalised, formatDuration } from '../../lib/format.ts';
import { useAge } from '../../lib/use-age.ts';
import { appKey } from '../../store/fleet-state.ts';
import { useContainer, useFleet, useHost, useUi } from '../../store/hooks.ts';
import type { ItemKey } from '../../store/ui-store.ts';
import { Button } from '../../ui/button.tsx';
import { VerdictShape } from '../../ui/verdict-shape.tsx';
import css from './attention-list.module.css';
import { MainAction } from './container-actions.tsx';
import { PlannedMark } from './container-marks.tsx';
import { useRoving } from './use-roving.ts';

/** A container that needs attention: what, why, since when, where. */
export const ContainerRow = memo(function ContainerRow({ containerKey }: { readonly containerKey: string }) {
  const container = useContainer(containerKey);
  const open = useUi((state) => state.openSheet);
  const item: ItemKey = `container:${containerKey}`;
  const roving = useRoving(item);
  if (container === null) return null;
  const { app, service, verdict, reason, hostId } = container;
  return (
    <li className={css.row}>
      <button
        type="button"
        className={css.open}
        {...roving}
        onClick={() => open({ kind: 'app', app: appKey(hostId, app) })}
      >
        <VerdictShape mark={verdict} size={15} label={verdict} />
        <span className={css.name} title={`${app} / ${service}`}>
          <b>{app}</b>
          {service !== app && (
            <>
              <span className={css.slash}> / </span>
              <b>{service}</b>
            </>
          )}
        </span>
        {container.planned !== null && (
          <span className={css.planned}>
            <PlannedMark planned={container.planned} />
          </span>
        )}
        <span className={css.reason} title={reason}>
          <Reason text={reason} />
        </span>
        <When container={container} />
      </button>
      {container.id !== '' && (
        <span className={css.actions}>
          <Button
            size="small"
            aria-label={`Logs of ${app} / ${service}`}
            onClick={() => open({ kind: 'logs', containerKey })}
          >
            Logs
          </Button>
          <MainAction container={container} label={service === app ? app : `${app} / ${service}`} />
        </span>
      )}
    </li>
  );
});

/** What is wrong stands out, what is known of it follows. */
function Reason({ text }: { readonly text: string }) {
  const [, head = text, rest = ''] = /^([^:,]+)([:,].*)?$/s.exec(text) ?? [];
  return (
    <>
      <b>{capitalised(head)}</b>
      {rest}
    </>
  );
}

/** Since when it is so, where this window saw it begin; else how long it has been running. Then its host. */
function When({ container }: { readonly container: FleetContainer }) {
  const label = useHost(container.hostId)?.label ?? '';
  const changedAt = useFleet((state) => state.changedAt.get(container.key) ?? null);
  const startedAt =
    container.state === 'running' && container.startedAt !== null ? Date.parse(container.startedAt) : null;
  return (
    <span className={css.when}>
      {changedAt !== null ? (
        <Age at={changedAt} prefix="" />
      ) : startedAt !== null && !Number.isNaN(startedAt) ? (
        <Age at={startedAt} prefix="up " />
      ) : null}
      {label}
    </span>
  );
}

function Age({ at, prefix }: { readonly at: number; readonly prefix: string }) {
  return <>{useAge(at, (age) => `${prefix}${formatDuration(age)} · `)}</>;
}
