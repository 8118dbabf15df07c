import { formatDuration } from '../../lib/format.ts';
import { useAge } from '../../lib/use-age.ts';
import { useHost, useUi } from '../../store/hooks.ts';
import { hostRoute, type ItemKey } from '../../store/ui-store.ts';
import { VerdictShape } from '../../ui/verdict-shape.tsx';
import css from './attention-list.module.css';
import { NextTry } from './host-next-try.tsx';
import { HostRemedyButton } from './host-remedy.tsx';
import { useHostTrouble } from './use-host-trouble.ts';
import { useRoving } from './use-roving.ts';

/** A host that is not seen: one row, with why, and the next step. */
export function HostRow({ hostId }: { readonly hostId: string }) {
  const host = useHost(hostId);
  const go = useUi((state) => state.go);
  const item: ItemKey = `host:${hostId}`;
  const roving = useRoving(item);
  const trouble = useHostTrouble(host);
  if (host === null || trouble === null) return null;
  return (
    <li className={css.row}>
      <button type="button" className={css.open} {...roving} onClick={() => go(hostRoute(hostId))}>
        <VerdictShape mark="unknown" size={15} label="unknown" />
        <span className={css.name} title={host.target}>
          <b>{host.label}</b>
        </span>
        <span className={`${css.reason} ${css.wraps}`}>
          <b>{trouble.title}</b>: {trouble.next}
          <NextTry status={host.status} />
        </span>
        <span className={css.when}>
          <HostWhen since={host.freshAt ?? host.status.since} seen={host.freshAt !== null} />
        </span>
      </button>
      <span className={css.actions}>
        <HostRemedyButton host={host} size="small" />
      </span>
    </li>
  );
}

function HostWhen({ since, seen }: { readonly since: string; readonly seen: boolean }) {
  return <>{useAge(Date.parse(since), (age) => `${seen ? 'seen ' : ''}${formatDuration(age)}${seen ? ' ago' : ''}`)}</>;
}
