import { useRef, useState } from 'react';
import type { FleetContainer } from '#contract/updates.ts';
import { appKey } from '../../store/fleet-state.ts';
import { useApp, useContainer, useHost } from '../../store/hooks.ts';
import { EmptyState } from '../../ui/empty-state.tsx';
import { Sheet } from '../../ui/sheet.tsx';
import { ContainerSwitch } from './container-switch.tsx';
import { LogPane } from './log-pane.tsx';
import css from './logs.module.css';

interface LogsSheetProps {
  /** Whose log is shown first. */
  readonly containerKey: string;
  readonly onClose: () => void;
}

/** The logs of an app's containers, one at a time. Closing it ends the stream. */
export function LogsSheet({ containerKey, onClose }: LogsSheetProps) {
  const [shownKey, setShownKey] = useState(containerKey);
  const [query, setQuery] = useState('');
  const [wrap, setWrap] = useState(false);
  const now = useContainer(shownKey);
  // A container that is removed under its reader leaves its lines, and its name, where they are.
  const known = useRef<FleetContainer | null>(null);
  if (now !== null) known.current = now;
  const container = now ?? (known.current?.key === shownKey ? known.current : null);
  const app = useApp(appKey(container?.hostId ?? '', container?.app ?? ''));
  const host = useHost(container?.hostId ?? '');

  if (container === null || container.id === '') {
    return (
      <Sheet title="Logs" width="wide" onClose={onClose} body="fill">
        <EmptyState title={container === null ? 'This container is gone' : `${container.name} is missing`}>
          <p>
            {container === null
              ? 'It was removed, or its host is no longer followed.'
              : 'It was expected to be there and is not: there is no log to read.'}
          </p>
        </EmptyState>
      </Sheet>
    );
  }
  return (
    <Sheet
      title={`Logs of ${container.app} / ${container.service}`}
      subtitle={
        <>
          {host?.label ?? '–'} · <span className={css.name}>{container.name}</span>
          {now === null && ' · removed; its lines stay until this is closed'}
        </>
      }
      width="wide"
      onClose={onClose}
      body="fill"
    >
      {app !== null && app.containers.length > 1 && (
        <ContainerSwitch containers={app.containers} shownKey={shownKey} onShow={setShownKey} />
      )}
      <LogPane
        key={`${container.hostId} ${container.id}`}
        container={container}
        query={query}
        onQuery={setQuery}
        wrap={wrap}
        onWrap={setWrap}
      />
    </Sheet>
  );
}
