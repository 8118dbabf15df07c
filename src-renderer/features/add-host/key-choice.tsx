import { useEffect, useState } from 'react';
import type { Identities } from '#contract/hosts.ts';
import { useClient } from '../../store/hooks.ts';
import { TextField } from '../../ui/text-field.tsx';
import css from './add-host.module.css';

/** How to log in. `automatic`: the agent, then the key files of ssh_config or the usual ones. */
export type KeyWish =
  | { readonly key: 'automatic' }
  | { readonly key: 'found'; readonly file: string }
  | { readonly key: 'typed'; readonly file: string };

/** Key files to be tried first; null where one is to be typed and is not yet. */
export function identityFilesOf(wish: KeyWish): readonly string[] | null {
  if (wish.key === 'automatic') return [];
  const file = wish.file.trim();
  return file === '' ? null : [file];
}

/** The other way round: a file is typed until it is known to be one of those found. */
export function keyWishOf([file]: readonly string[]): KeyWish {
  return file === undefined ? { key: 'automatic' } : { key: 'typed', file };
}

interface KeyChoiceProps {
  readonly wish: KeyWish;
  readonly onChange: (wish: KeyWish) => void;
}

export function KeyChoice({ wish, onChange }: KeyChoiceProps) {
  const identities = useIdentities();
  const option = (label: React.ReactNode, chosen: boolean, choose: KeyWish, note?: string) => (
    <label className={css.option}>
      <input type="radio" name="key" checked={chosen} onChange={() => onChange(choose)} />
      <span>
        {label} {note !== undefined && <span className={css.note}>{note}</span>}
      </span>
    </label>
  );
  return (
    <fieldset className={css.group}>
      <legend className={css.legend}>Log in with</legend>
      <div className={css.options}>
        {option('ssh-agent, then your keys', wish.key === 'automatic', { key: 'automatic' }, automaticNote(identities))}
        {identities?.files.map((file) => (
          <div key={file}>
            {option(<code className={css.path}>{file}</code>, wish.key === 'found' && wish.file === file, {
              key: 'found',
              file,
            })}
          </div>
        ))}
        {option('Another key file', wish.key === 'typed', { key: 'typed', file: '' })}
        {wish.key === 'typed' && (
          <div className={css.typed}>
            <TextField
              label="Path of the key file"
              hideLabel
              placeholder="~/.ssh/id_ed25519"
              mono
              value={wish.file}
              onChange={(event) => onChange({ key: 'typed', file: event.currentTarget.value })}
            />
          </div>
        )}
      </div>
    </fieldset>
  );
}

/** The keys are those that ssh_config names for the host, or else the usual ones, of which alone is known what was found. */
function automaticNote(identities: Identities | null): string | undefined {
  if (identities === null) return undefined;
  const agent = identities.agent ? 'An agent is running.' : 'No agent is running.';
  const found = identities.files.length > 0 ? 'those found here' : 'the usual ones, of which none was found';
  return `${agent} Your keys: those that ssh_config names for this host, else ${found}.`;
}

/** null: not known, which leaves the choice as it is without them. */
function useIdentities(): Identities | null {
  const client = useClient();
  const [identities, setIdentities] = useState<Identities | null>(null);
  useEffect(() => {
    let left = false;
    client?.hosts.identities().then(
      (found) => {
        if (!left) setIdentities(found);
      },
      () => undefined,
    );
    return () => {
      left = true;
    };
  }, [client]);
  return identities;
}
