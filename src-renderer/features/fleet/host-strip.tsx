import { memo } from 'react';
import { useStore } from 'zustand/react';
import type { FleetHost } from '#contract/updates.ts';
import { formatDuration, formatLatency } from '../../lib/format.ts';
import { useAge } from '../../lib/use-age.ts';
import { useFleet, useHosts, useUi } from '../../store/hooks.ts';
import { historyStore } from '../../store/host-history.ts';
import { hostRoute } from '../../store/ui-store.ts';
import { Sparkline } from '../../ui/sparkline.tsx';
import { VerdictShape } from '../../ui/verdict-shape.tsx';
import { shortState } from './host-states.ts';
import css from './host-strip.module.css';
import { useHostTrouble, useQuestionOf } from './use-host-trouble.ts';

/** The hosts, side by side: how each is, and how far away. */
export function HostStrip() {
  const hosts = useHosts();
  if (hosts.length === 0) return null;
  return (
    <ul className={css.strip} aria-label="Hosts">
      {hosts.map((host) => (
        <li key={host.id}>
          <HostChip host={host} />
        </li>
      ))}
    </ul>
  );
}

const HostChip = memo(function HostChip({ host }: { readonly host: FleetHost }) {
  const go = useUi((state) => state.go);
  const live = host.status.state === 'live';
  return (
    <button
      type="button"
      className={css.chip}
      data-unseen={!live || undefined}
      title={host.target}
      data-host={host.id}
      onClick={() => go(hostRoute(host.id))}
    >
      <VerdictShape mark={host.verdict} size={14} label={host.verdict} />
      <span className={css.name}>{host.label}</span> {live ? <LiveFacts host={host} /> : <Trouble host={host} />}
      {live && <History id={host.id} />}
    </button>
  );
});

function LiveFacts({ host }: { readonly host: FleetHost }) {
  const size = useFleet((state) => state.sizes.get(host.id) ?? 0);
  return (
    <span className={css.facts}>
      <span title="Containers">{size}</span> ·{' '}
      <span title="Round trip to the engine">{formatLatency(host.latencyMs)}</span>
    </span>
  );
}

function History({ id }: { readonly id: string }) {
  const points = useStore(historyStore, ({ history }) => history.get(id));
  return <Sparkline values={points ?? NONE} />;
}

const NONE: readonly number[] = [];

/** How it stands where it is not live, and how old what is shown of it is. */
function Trouble({ host }: { readonly host: FleetHost }) {
  const asks = useQuestionOf(host)?.kind ?? null;
  const trouble = useHostTrouble(host);
  const { status, freshAt } = host;
  const state = shortState(host, asks);
  if (freshAt !== null) return <LastSeen state={state} at={Date.parse(freshAt)} />;
  // There is room for why; it goes on after the host's name, and a name stays as it is written.
  const why = 'code' in status && asks === null ? trouble?.title.replace(/^(?!Docker\b|SSH\b)./, lower) : undefined;
  return <span className={css.facts}>{why ?? state}</span>;
}

function lower(letter: string): string {
  return letter.toLowerCase();
}

function LastSeen({ state, at }: { readonly state: string; readonly at: number }) {
  return <span className={css.facts}>{useAge(at, (age) => `${state} · seen ${formatDuration(age)} ago`)}</span>;
}
