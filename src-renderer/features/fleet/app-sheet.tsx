import { useState } from 'react';
import { formatCount } from '../../lib/format.ts';
import { act, appRequest } from '../../store/act.ts';
import { appAvailability } from '../../store/availability.ts';
import type { AppKey, AppView } from '../../store/fleet-state.ts';
import { useApp, useHost, useSurroundings, useUi } from '../../store/hooks.ts';
import { Button } from '../../ui/button.tsx';
import { Chip } from '../../ui/chip.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { Sheet } from '../../ui/sheet.tsx';
import { Tabs } from '../../ui/tabs.tsx';
import { VerdictShape } from '../../ui/verdict-shape.tsx';
import css from './app-sheet.module.css';
import { AppTimeline } from './app-timeline.tsx';
import { ContainerTable } from './container-table.tsx';
import { HostNote } from './host-note.tsx';

interface AppSheetProps {
  readonly appKey: AppKey;
  readonly onClose: () => void;
}

const ROWS_AT_FIRST = 100;

/** An app opened to its containers. */
export function AppSheet({ appKey, onClose }: AppSheetProps) {
  const app = useApp(appKey);
  const [all, setAll] = useState(false);
  const tab = useUi(({ appTab }) => (appTab?.app === appKey ? appTab.tab : 'containers'));
  const showTab = useUi((state) => state.showTab);
  if (app === null) {
    return (
      <Sheet title="This app is gone" width="wide" onClose={onClose}>
        <EmptyState title="It has no containers any more" actions={<Button onClick={onClose}>Close</Button>}>
          <p>They were removed, or belong to another app now.</p>
        </EmptyState>
      </Sheet>
    );
  }
  const shown = all ? app.containers : app.containers.slice(0, ROWS_AT_FIRST);
  return (
    <Sheet
      title={<Title app={app} />}
      subtitle={<Subtitle app={app} />}
      width="wide"
      body="fill"
      actions={<RestartApp app={app} />}
      onClose={onClose}
    >
      <HostNote hostId={app.hostId} />
      <Tabs label={app.name} tabs={TABS} value={tab} onChange={(next) => showTab(appKey, next)}>
        {tab === 'containers' ? (
          <div className={css.scroller}>
            <ContainerTable containers={shown} />
            {shown.length < app.containers.length && (
              <div className={css.more}>
                <Button onClick={() => setAll(true)}>
                  Show {formatCount(app.containers.length - shown.length, 'more container')}
                </Button>
              </div>
            )}
          </div>
        ) : (
          <div className={css.scroller}>
            <AppTimeline hostId={app.hostId} app={app.name} />
          </div>
        )}
      </Tabs>
    </Sheet>
  );
}

const TABS = [
  { value: 'containers', label: 'Containers' },
  { value: 'timeline', label: 'Timeline' },
] as const;

function RestartApp({ app }: { readonly app: AppView }) {
  const around = useSurroundings(app.hostId);
  return (
    <Button
      aria-label={`Restart app… ${app.name}`}
      why={appAvailability(app, around).why}
      onClick={() => act(appRequest(app))}
    >
      Restart app…
    </Button>
  );
}

function Title({ app: { name, verdict } }: { readonly app: AppView }) {
  return (
    <span className={css.title}>
      <VerdictShape mark={verdict} size={20} label={verdict} />
      <span className={css.name} title={name}>
        {name}
      </span>
    </span>
  );
}

function Subtitle({ app }: { readonly app: AppView }) {
  const host = useHost(app.hostId);
  const networks = new Set(
    app.containers.flatMap(({ networks: own }) =>
      own.map(({ name, subnet }) => (subnet === null ? name : `${name} ${subnet}`)),
    ),
  );
  return (
    <span className={css.subtitle}>
      <span>
        {host?.label} · {formatCount(app.containers.length, 'container')}
      </span>
      {[...networks].slice(0, 4).map((network) => (
        <Chip key={network} mono>
          {network}
        </Chip>
      ))}
    </span>
  );
}
