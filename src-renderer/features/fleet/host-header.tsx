import { IconChevronLeft } from '@tabler/icons-react';
import type { RefObject } from 'react';
import type { FleetHost } from '#contract/updates.ts';
import { capitalised } from '../../lib/format.ts';
import { useClient, useUi } from '../../store/hooks.ts';
import { useAsk } from '../../store/use-ask.ts';
import { Button } from '../../ui/button.tsx';
import { Chip } from '../../ui/chip.tsx';
import { VerdictShape } from '../../ui/verdict-shape.tsx';
import css from './host-page.module.css';
import { HostRemedyButton } from './host-remedy.tsx';
import { shortState } from './host-states.ts';
import { leaveHost } from './leave-host.ts';
import { useQuestionOf } from './use-host-trouble.ts';

interface HostHeaderProps {
  readonly host: FleetHost;
  readonly title: RefObject<HTMLHeadingElement | null>;
}

const PAGES = { fleet: 'Fleet', journal: 'Journal', settings: 'Settings' } as const;

/** Which host it is, how it stands, and what can be done with it. */
export function HostHeader({ host, title }: HostHeaderProps) {
  const asks = useQuestionOf(host)?.kind ?? null;
  const cameFrom = useUi((state) => state.cameFrom);
  const open = useUi((state) => state.openSheet);
  const go = useUi((state) => state.go);
  const setFilter = useUi((state) => state.setFilter);
  const connected = useClient() !== null;
  return (
    <header className={css.header}>
      <button type="button" className={css.back} onClick={() => leaveHost(host.id)} title="Back (Esc)">
        <IconChevronLeft size={14} stroke={1.75} aria-hidden="true" />
        {PAGES[cameFrom]}
      </button>
      <div className={css.top}>
        <div className={css.who}>
          <div className={css.names}>
            <VerdictShape mark={host.verdict} size={20} label={host.verdict} />
            <h1 className={css.title} id="host-title" ref={title} tabIndex={-1}>
              {host.label}
            </h1>
            <Chip>{capitalised(shortState(host, asks))}</Chip>
          </div>
          <code className={css.target}>{host.target}</code>
        </div>
        <div className={css.actions}>
          <HostRemedyButton host={host} size="normal" />
          <Button disabled={!connected} onClick={() => open({ kind: 'test-host', hostId: host.id })}>
            Test connection
          </Button>
          <ModeButton host={host} />
          <Button
            onClick={() => {
              go('fleet');
              setFilter(host.label);
            }}
          >
            Show its apps
          </Button>
        </div>
      </div>
    </header>
  );
}

/** Whether it may be changed. To allow it is a question; to take that back is none. */
function ModeButton({ host: { id, mode } }: { readonly host: FleetHost }) {
  const open = useUi((state) => state.openSheet);
  const ask = useAsk();
  return mode === 'observe' ? (
    <Button onClick={() => open({ kind: 'allow', hostId: id })}>Allow changes…</Button>
  ) : (
    <Button onClick={() => void ask((client) => client.hosts.setMode({ id, mode: 'observe' }))}>Observe only</Button>
  );
}
