import { memo } from 'react';
import { useStore } from 'zustand/react';
import type { FleetHost } from '#contract/updates.ts';
import { formatDuration, formatLatency } from '../../lib/format.ts';
import { useAge } from '../../lib/use-age.ts';
import { useFleet, useHosts, useUi } from '../../store/hooks.ts';
import { historyStore } from '../../store/host-history.ts';
import { Sparkline } from '../../ui/sparkline.tsx';
import { VerdictShape } from '../../ui/verdict-shape.tsx';
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
  const open = useUi((state) => state.openSheet);
  const live = host.status.state === 'live';
  return (
    <button
      type="button"
      className={css.chip}
      data-unseen={!live || undefined}
      title={host.target}
      onClick={() => open({ kind: 'host', hostId: host.id })}
    >
      <VerdictShape mark={host.verdict} size={14} label={host.verdict} />
      <span className={css.name}>{host.label}</span>
      {live ? <LiveFacts host={host} /> : <Trouble host={host} />}
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

/** Why it is not live, and how old what is shown of it is. */
function Trouble({ host }: { readonly host: FleetHost }) {
  const asks = useQuestionOf(host.id) !== null;
  const trouble = useHostTrouble(host);
  if (asks) return <span className={css.facts}>waits for you</span>;
  const { status, freshAt } = host;
  if (status.state === 'connecting') return <span className={css.facts}>connecting</span>;
  if (freshAt !== null) return <LastSeen at={Date.parse(freshAt)} />;
  // Goes on after the host's name; a name stays as it is written.
  return <span className={css.facts}>{trouble?.title.replace(/^(?!Docker\b)./, (first) => first.toLowerCase())}</span>;
}

function LastSeen({ at }: { readonly at: number }) {
  return <span className={css.facts}>{useAge(at, (age) => `last seen ${formatDuration(age)} ago`)}</span>;
}
