import { useState } from 'react';
import type { Theme } from '#contract/settings.ts';
import { KEYS } from '../../lib/keyboard.ts';
import { useSettings, useWelcome } from '../../store/hooks.ts';
import { Choice } from '../../ui/choice.tsx';
import { Kbd } from '../../ui/kbd.tsx';
import { HostsSection } from './hosts-section.tsx';
import { REFRESH, SAMPLE } from './interval.ts';
import { IntervalField, savingWords } from './interval-field.tsx';
import { PlacesSection } from './places-section.tsx';
import { SecretsSection } from './secrets-section.tsx';
import css from './settings.module.css';
import { SettingsSection } from './settings-section.tsx';
import { useSettingsChange } from './use-settings-change.ts';

const THEMES: readonly { readonly value: Theme; readonly label: string }[] = [
  { value: 'system', label: 'As the system' },
  { value: 'day', label: 'Day' },
  { value: 'night', label: 'Night' },
];

/** What can be set, and what is good to know. */
export function SettingsPage() {
  const welcome = useWelcome();
  return (
    <main className={css.page} aria-labelledby="settings-title">
      <header className={css.head}>
        <h1 id="settings-title">Settings</h1>
      </header>
      <div className={css.content}>
        <div className={css.column}>
          <HostsSection />
          <Looks />
          <Intervals />
          <SecretsSection />
          <PlacesSection />
          <Keys />
          <SettingsSection title="About">
            <p>
              Binnacle {welcome?.appVersion ?? '–'}
              {welcome !== null && (
                <span className={css.aside}>
                  {' · '}
                  {welcome.shell === 'desktop' ? 'in its own window' : 'in the browser, served to this machine only'}
                  {welcome.demo && ' · demo'}
                </span>
              )}
            </p>
          </SettingsSection>
        </div>
      </div>
    </main>
  );
}

function Looks() {
  const settings = useSettings();
  const { saving, save } = useSettingsChange('theme');
  // The choice moves at once; what is set then takes its place, as does what was set before where it was not saved.
  const [wish, setWish] = useState<{ readonly theme: Theme; readonly over: Theme } | null>(null);
  const set = settings?.theme ?? 'system';
  const shown = wish !== null && wish.over === set && saving.state !== 'failed' ? wish.theme : set;
  return (
    <SettingsSection title="Appearance">
      <div className={css.figure}>
        <Choice
          label="Theme"
          hideLabel
          options={THEMES}
          value={shown}
          disabled={settings === null}
          onChange={(theme) => {
            setWish({ theme, over: set });
            save(theme);
          }}
        />
        {saving.state === 'failed' && (
          <span className={css.said} role="status" data-wrong>
            {savingWords(saving)}
          </span>
        )}
      </div>
    </SettingsSection>
  );
}

function Intervals() {
  const settings = useSettings();
  const refresh = useSettingsChange('refreshSeconds');
  const sample = useSettingsChange('sampleSeconds');
  return (
    <SettingsSection title="How often">
      <IntervalField
        label="List the containers"
        description="Events tell of changes at once; the list catches what they missed. After three of these without an answer, facts count as unknown."
        bounds={REFRESH}
        value={settings?.refreshSeconds ?? null}
        saving={refresh.saving}
        onSave={refresh.save}
      />
      <IntervalField
        label="Sample CPU and memory"
        description="Of each container that is shown. Fewer samples cost the host less."
        bounds={SAMPLE}
        value={settings?.sampleSeconds ?? null}
        saving={sample.saving}
        onSave={sample.save}
      />
    </SettingsSection>
  );
}

function Keys() {
  return (
    <SettingsSection title="Keys">
      <dl className={css.keys}>
        {KEYS.map(({ keys, does }) => (
          <div key={does}>
            <dt>
              {keys.map((key) => (
                <Kbd key={key}>{key}</Kbd>
              ))}
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
    </SettingsSection>
  );
}
