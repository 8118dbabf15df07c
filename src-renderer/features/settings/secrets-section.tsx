import { useState } from 'react';
import { callProblem } from '../../client/call-problem.ts';
import { useClient, useSettings, useWelcome } from '../../store/hooks.ts';
import { Button } from '../../ui/button.tsx';
import { Choice } from '../../ui/choice.tsx';
import { savingWords } from './interval-field.tsx';
import { forgottenWords, minutesOptions } from './secret-minutes.ts';
import css from './settings.module.css';
import { SettingsSection } from './settings-section.tsx';
import { useSettingsChange } from './use-settings-change.ts';

/** How long passphrases and passwords are kept, and an end to all of them. */
export function SecretsSection() {
  const settings = useSettings();
  const desktop = useWelcome()?.shell === 'desktop';
  const { saving, save } = useSettingsChange('secretMinutes');
  // The choice moves at once; what is set then takes its place, as does what was set before where it was not saved.
  const [wish, setWish] = useState<{ readonly minutes: number; readonly over: number } | null>(null);
  const set = settings?.secretMinutes ?? 0;
  const shown = wish !== null && wish.over === set && saving.state !== 'failed' ? wish.minutes : set;
  return (
    <SettingsSection title="Secrets">
      <div className={css.interval}>
        <p className={css.name}>Keep passphrases and passwords in memory</p>
        <p className={css.note}>
          So that a host that is lost is reached again without asking. One-time codes are never kept.{' '}
          {desktop
            ? 'What you have remembered in the keychain stays until you have it forgotten.'
            : 'In the browser nothing is ever kept for longer.'}
        </p>
        <div className={css.figure}>
          <Choice
            label="Keep passphrases and passwords in memory"
            hideLabel
            options={minutesOptions(set)}
            value={String(shown)}
            disabled={settings === null}
            onChange={(value) => {
              setWish({ minutes: Number(value), over: set });
              save(Number(value));
            }}
          />
          {saving.state === 'failed' && (
            <span className={css.said} role="status" data-wrong>
              {savingWords(saving)}
            </span>
          )}
        </div>
      </div>
      <Forget />
    </SettingsSection>
  );
}

type Forgetting =
  | { readonly state: 'not' | 'under-way' }
  | { readonly state: 'done' | 'failed'; readonly words: string };

function Forget() {
  const client = useClient();
  const [forgetting, setForgetting] = useState<Forgetting>({ state: 'not' });
  const forget = async () => {
    setForgetting({ state: 'under-way' });
    try {
      if (client === null) throw new Error('There is no connection to the core.');
      const { forgotten } = await client.settings.forgetSecrets();
      setForgetting({ state: 'done', words: forgottenWords(forgotten) });
    } catch (error) {
      const { message, hint } = callProblem(error);
      setForgetting({ state: 'failed', words: hint === null ? message : `${message} ${hint}` });
    }
  };
  return (
    <div className={css.figure}>
      <Button
        size="small"
        busy={forgetting.state === 'under-way'}
        disabled={client === null}
        onClick={() => void forget()}
      >
        Forget all secrets now
      </Button>
      <span className={css.said} role="status" data-wrong={forgetting.state === 'failed' || undefined}>
        {'words' in forgetting ? forgetting.words : 'Connections that stand go on.'}
      </span>
    </div>
  );
}
