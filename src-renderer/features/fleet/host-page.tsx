import { useEffect, useRef } from 'react';
import type { FleetHost } from '#contract/updates.ts';
import { keyCommand, keyPress } from '../../lib/keyboard.ts';
import { useConnection, useFleet, useHost } from '../../store/hooks.ts';
import { isForPage } from '../../store/page-keys.ts';
import { Button } from '../../ui/button.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { HostCosts } from './host-costs.tsx';
import { HostFacts } from './host-facts.tsx';
import { HostHeader } from './host-header.tsx';
import css from './host-page.module.css';
import { useConnectionReport } from './host-report.ts';
import { HostTroubleNote } from './host-trouble.tsx';
import { HostWay } from './host-way.tsx';
import { leaveHost } from './leave-host.ts';

/** A host: how it is reached and how safely, what that costs its engine, and what is wrong and what to do. */
export function HostPage({ hostId }: { readonly hostId: string }) {
  const host = useHost(hostId);
  const known = useFleet((state) => state.seq !== null);
  useEscape(hostId);
  if (host !== null) return <Shown host={host} />;
  return (
    <main className={css.page} aria-label="Host" aria-busy={!known || undefined}>
      {known && (
        <EmptyState
          title="This host was removed"
          level={1}
          actions={<Button onClick={() => leaveHost(hostId)}>Back</Button>}
        >
          <p>It can be taken back in Settings, until Binnacle ends.</p>
        </EmptyState>
      )}
    </main>
  );
}

function Shown({ host }: { readonly host: FleetHost }) {
  const connection = useConnection();
  const reading = useConnectionReport(host.id, host.status.state);
  const title = useRef<HTMLHeadingElement>(null);
  // What opened the page is gone: the keyboard goes on here.
  useEffect(() => title.current?.focus(), []);
  const report = reading.state === 'known' ? reading.report : null;
  const stale = host.status.state === 'stale';
  return (
    <main className={css.page} aria-labelledby="host-title" data-faded={connection.state === 'lost' || undefined}>
      <HostHeader host={host} title={title} />
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and may have nothing in it to stand on */}
      <section className={css.content} tabIndex={0} aria-label={`About ${host.label}`}>
        <HostTroubleNote host={host} />
        <div className={css.columns}>
          <div className={css.side}>
            <HostFacts host={host} />
            {host.status.state === 'live' && <Problems host={host} />}
          </div>
          <div className={css.main}>
            <HostWay reading={reading} stale={stale} live={host.status.state === 'live'} />
            {report !== null && <HostCosts costs={report.costs} stale={stale} />}
          </div>
        </div>
      </section>
    </main>
  );
}

/** What could not be read of a host that is live. */
function Problems({ host: { problems } }: { readonly host: FleetHost }) {
  if (problems.length === 0) return null;
  return (
    <section aria-labelledby="host-problems">
      <h2 className={css.label} id="host-problems">
        Not everything could be read
      </h2>
      <ul className={css.problems}>
        {problems.map(({ code, where, message, hint }) => (
          <li key={`${code} ${where} ${message}`}>
            <p>{message}</p>
            {hint !== null && <p className={css.quiet}>{hint}</p>}
          </li>
        ))}
      </ul>
    </section>
  );
}

/** Leaves the page, where no sheet lies over it: Escape is then the sheet's. */
function useEscape(hostId: string): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (keyCommand(keyPress(event)) === 'escape' && isForPage(event)) leaveHost(hostId);
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [hostId]);
}
