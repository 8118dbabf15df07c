import { useState } from 'react';
import type { SavedHost } from '#contract/hosts.ts';
import { Button } from '../../ui/button.tsx';
import { Chip } from '../../ui/chip.tsx';
import { TextField } from '../../ui/text-field.tsx';
import { VerdictShape } from '../../ui/verdict-shape.tsx';
import css from './settings.module.css';

interface HostEntryProps {
  readonly host: SavedHost;
  /** Resolves to whether it was done. null: its target is its name. */
  readonly onRename: (name: string | null) => Promise<boolean>;
  readonly onRemove: () => void;
  /** Asks whether it may be changed. */
  readonly onAllow: () => void;
  readonly onObserve: () => void;
}

const NAME_CHARS = 64;

/** One saved host. */
export function HostEntry({ host, onRename, onRemove, onAllow, onObserve }: HostEntryProps) {
  const [typed, setTyped] = useState<string | null>(null);
  const shown = host.name ?? host.target;
  const rename = async () => {
    const name = typed?.trim() ?? '';
    if (name === (host.name ?? '') || (await onRename(name === '' ? null : name))) setTyped(null);
  };
  return (
    <li className={css.host}>
      {typed === null ? (
        <div className={css.hostFacts}>
          <h3 className={css.hostName}>
            {shown} <Chip>{host.mode === 'observe' ? 'observe only' : 'changes allowed'}</Chip>
          </h3>
          {host.name !== null && <p className={css.machine}>{host.target}</p>}
          {host.identityFiles.length === 0 ? (
            <p className={css.note}>ssh-agent, then your keys</p>
          ) : (
            <p className={css.machine}>{host.identityFiles.join(', ')}</p>
          )}
          {host.problem !== null && (
            <p className={css.problem}>
              <VerdictShape mark="attention" size={14} />
              <span>
                {host.problem.message} {host.problem.hint}
              </span>
            </p>
          )}
        </div>
      ) : (
        <form
          className={css.rename}
          onSubmit={(event) => {
            event.preventDefault();
            void rename();
          }}
        >
          <TextField
            label={`Name of ${host.target}`}
            placeholder={host.target}
            maxLength={NAME_CHARS}
            ref={focusWhenShown}
            value={typed}
            onChange={(event) => setTyped(event.currentTarget.value)}
            onKeyDown={(event) => {
              if (event.key === 'Escape') setTyped(null);
            }}
          />
          <Button look="primary" type="submit">
            Save
          </Button>
          <Button onClick={() => setTyped(null)}>Cancel</Button>
        </form>
      )}
      {typed === null && (
        <div className={css.hostActions}>
          {host.mode === 'observe' ? (
            <Button size="small" aria-label={`Allow changes… on ${shown}`} onClick={onAllow}>
              Allow changes…
            </Button>
          ) : (
            <Button size="small" aria-label={`Observe only: ${shown}`} onClick={onObserve}>
              Observe only
            </Button>
          )}
          <Button size="small" aria-label={`Rename ${shown}`} onClick={() => setTyped(host.name ?? '')}>
            Rename
          </Button>
          <Button size="small" aria-label={`Remove ${shown}`} onClick={onRemove}>
            Remove
          </Button>
        </div>
      )}
    </li>
  );
}

function focusWhenShown(field: HTMLInputElement | null): void {
  field?.focus();
}
