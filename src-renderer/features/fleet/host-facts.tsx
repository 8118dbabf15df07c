import type { FleetHost } from '#contract/updates.ts';
import { capitalised, formatDuration, formatLatency, NOT_KNOWN } from '../../lib/format.ts';
import { useAge } from '../../lib/use-age.ts';
import { useFleet } from '../../store/hooks.ts';
import { isSeen } from '../../store/troubled.ts';
import css from './host-page.module.css';

/** What is known of a host; the last figures, where it is not seen now. */
export function HostFacts({ host }: { readonly host: FleetHost }) {
  const size = useFleet((state) => state.sizes.get(host.id) ?? 0);
  const { engine, latencyMs, freshAt, mode, denied } = host;
  return (
    <section data-faded={!isSeen(host) || undefined} aria-labelledby="host-facts">
      <h2 className={css.label} id="host-facts">
        Facts
      </h2>
      <dl className={css.facts}>
        <Fact name="Engine">{engine === null ? NOT_KNOWN : `${capitalised(engine.name)} ${engine.version}`}</Fact>
        <Fact name="API">{engine?.apiVersion ?? NOT_KNOWN}</Fact>
        <Fact name="Round trip">{formatLatency(latencyMs)}</Fact>
        <Fact name="Last seen">{freshAt === null ? 'never' : <Ago at={freshAt} />}</Fact>
        <Fact name="Containers">{freshAt === null ? NOT_KNOWN : size}</Fact>
        <Fact name="Mode">
          {mode === 'observe' ? 'Observe only: nothing is changed' : 'Changes are allowed'}
          {denied.length > 0 && (
            <span className={css.under}>A policy on the host refuses to {denied.join(' and ')} containers.</span>
          )}
        </Fact>
      </dl>
    </section>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: React.ReactNode }) {
  return (
    <div className={css.fact}>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Ago({ at }: { readonly at: string }) {
  return <>{useAge(Date.parse(at), (age) => `${formatDuration(age)} ago`)}</>;
}
