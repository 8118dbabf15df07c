import { useEffect, useId, useRef, useState } from 'react';
import type { SshAlias } from '#contract/hosts.ts';
import { TextField } from '../../ui/text-field.tsx';
import css from './host-field.module.css';
import { LOCAL, MOST_SUGGESTED, nextChoice, type Suggestion, suggestions } from './suggestions.ts';

interface HostFieldProps {
  readonly text: string;
  readonly onChange: (text: string) => void;
  /** null: not known (yet). */
  readonly aliases: readonly SshAlias[] | null;
  readonly placeholder: string;
  /** What is wrong with what was typed, as a sentence. */
  readonly wrong: string | undefined;
}

/** Where a host is, typed or chosen from what ssh_config names: a list under the field that narrows while one types. */
export function HostField({ text, onChange, aliases, placeholder, wrong }: HostFieldProps) {
  const id = useId();
  const list = useRef<HTMLDivElement>(null);
  const [active, setActive] = useState(-1);
  const found = suggestions(aliases ?? [], text);
  const shown = found.slice(0, MOST_SUGGESTED);
  useEffect(() => {
    list.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: 'nearest' });
  });

  const choose = (suggestion: Suggestion) => {
    if (suggestion.why !== null) return;
    onChange(suggestion.text);
    setActive(-1);
  };
  const onKeyDown = (event: React.KeyboardEvent) => {
    const chosen = shown[active];
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      setActive(nextChoice(shown, active, event.key === 'ArrowDown' ? 1 : -1));
    } else if (event.key === 'Enter' && chosen !== undefined) {
      choose(chosen);
    } else {
      return;
    }
    event.preventDefault();
  };
  return (
    <>
      <TextField
        label="Where is it?"
        placeholder={placeholder}
        mono
        data-autofocus
        role="combobox"
        aria-expanded={shown.length > 0}
        aria-controls={shown.length > 0 ? `${id}-list` : undefined}
        aria-activedescendant={shown[active] === undefined ? undefined : `${id}-${active}`}
        aria-autocomplete="list"
        value={text}
        error={wrong}
        onChange={(event) => {
          onChange(event.currentTarget.value);
          setActive(-1);
        }}
        onKeyDown={onKeyDown}
      />
      {shown.length > 0 && (
        <div ref={list} className={css.list} role="listbox" id={`${id}-list`} aria-label="Hosts to choose from">
          {shown.map((suggestion, index) => (
            <button
              type="button"
              key={suggestion.key}
              id={`${id}-${index}`}
              className={css.item}
              data-kind={suggestion.key === LOCAL ? 'local' : 'alias'}
              role="option"
              tabIndex={-1}
              aria-selected={index === active}
              aria-disabled={suggestion.why === null ? undefined : true}
              onClick={() => choose(suggestion)}
            >
              <span className={css.name}>{suggestion.name}</span>{' '}
              {suggestion.why === null ? (
                <span className={css.comesTo}>{suggestion.comesTo}</span>
              ) : (
                <span className={css.why}>{suggestion.why}</span>
              )}
            </button>
          ))}
        </div>
      )}
      {found.length > shown.length && (
        <p className={css.more}>{found.length - shown.length} more: type a letter of what you look for.</p>
      )}
    </>
  );
}
