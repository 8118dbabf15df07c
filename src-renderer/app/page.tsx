import { lazy, Suspense } from 'react';
import { FleetPage } from '../features/fleet/fleet-page.tsx';
import { useUi } from '../store/hooks.ts';

const JournalPage = lazy(async () => ({
  default: (await import('../features/journal/journal-page.tsx')).JournalPage,
}));
const SettingsPage = lazy(async () => ({
  default: (await import('../features/settings/settings-page.tsx')).SettingsPage,
}));

/** The page of the route; what is not seen at the start is loaded when it is asked for. */
export function Page() {
  const route = useUi((state) => state.route);
  if (route === 'fleet') return <FleetPage />;
  return <Suspense fallback={<main />}>{route === 'journal' ? <JournalPage /> : <SettingsPage />}</Suspense>;
}
