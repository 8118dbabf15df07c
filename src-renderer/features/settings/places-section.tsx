import { useEffect, useState } from 'react';
import type { Places } from '#contract/settings.ts';
import { useClient, useWelcome } from '../../store/hooks.ts';
import css from './settings.module.css';
import { SettingsSection } from './settings-section.tsx';

const NAMES: readonly (readonly [keyof Places, string])[] = [
  ['home', 'Everything'],
  ['settingsFile', 'Settings and hosts'],
  ['knownHostsFile', 'Host keys you accepted'],
  ['journalFolder', 'Journal'],
  ['logFile', 'Binnacle’s own log'],
];

/** Where Binnacle keeps what it keeps. */
export function PlacesSection() {
  const client = useClient();
  const demo = useWelcome()?.demo === true;
  const [places, setPlaces] = useState<Places | null>(null);
  useEffect(() => {
    let left = false;
    client?.settings.places().then(
      (known) => {
        if (!left) setPlaces(known);
      },
      () => undefined,
    );
    return () => {
      left = true;
    };
  }, [client]);
  return (
    <SettingsSection title="Where things are kept">
      <dl className={css.facts}>
        {NAMES.map(([place, name]) => (
          <div key={place}>
            <dt>{name}</dt>
            <dd className={css.machine}>{places?.[place] ?? '–'}</dd>
          </div>
        ))}
      </dl>
      <p className={css.note}>
        {demo
          ? 'The demo keeps nothing there.'
          : 'Only this account may read them. A password or passphrase is written down only where you have it remembered, and then locked by the system’s keychain.'}
      </p>
    </SettingsSection>
  );
}
