import { lazy, Suspense } from 'react';
import { FleetPage } from '../features/fleet/fleet-page.tsx';
import { useUi } from '../store/hooks.ts';
import { hostOfRoute } from '../store/ui-store.ts';
import { later, Part } from './later.tsx';
import { loadPart } from './persistently.ts';

const JournalPage = lazy(async () => ({
  default: (await loadPart(() => import('../features/journal/journal-page.tsx'))).JournalPage,
}));
const SettingsPage = lazy(async () => ({
  default: (await loadPart(() => import('../features/settings/settings-page.tsx'))).SettingsPage,
}));
/** It is gone to and left again like a sheet: there must be no gap. */
const hostPage = later(async () => (await import('../features/fleet/host-page.tsx')).HostPage);

/** The page of the route; what is not seen at the start is loaded when it is asked for. */
export function Page() {
  const route = useUi((state) => state.route);
  if (route === 'fleet') return <FleetPage />;
  const hostId = hostOfRoute(route);
  return (
    <Suspense fallback={<main />}>
      {hostId !== null && <Part key={route} of={hostPage} props={{ hostId }} />}
      {route === 'journal' && <JournalPage />}
      {route === 'settings' && <SettingsPage />}
    </Suspense>
  );
}
