import { IconChevronDown, IconChevronUp } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import { Button } from '../../ui/button.tsx';
import { TextField } from '../../ui/text-field.tsx';
import type { LogSession } from './log-session.ts';
import { foundWords } from './log-words.ts';
import css from './logs.module.css';

const SEARCH_AFTER_MS = 150;

interface LogToolbarProps {
  readonly session: LogSession;
  readonly query: string;
  readonly onQuery: (query: string) => void;
  readonly searchField: React.RefObject<HTMLInputElement | null>;
  /** Goes to the next match (`1`) or the one before. */
  readonly onMove: (step: 1 | -1) => void;
  /** Back to the lines. */
  readonly onLeave: () => void;
  readonly wrap: boolean;
  readonly onWrap: (wrap: boolean) => void;
  readonly onCopy: () => void;
}

export function LogToolbar({
  session,
  query,
  onQuery,
  searchField,
  onMove,
  onLeave,
  wrap,
  onWrap,
  onCopy,
}: LogToolbarProps) {
  const paused = session.reading.state === 'paused';
  const [typed, setTyped] = useState(query);
  useEffect(() => {
    const timer = setTimeout(() => onQuery(typed), SEARCH_AFTER_MS);
    return () => clearTimeout(timer);
  }, [typed, onQuery]);
  useEffect(() => session.find(query), [session, query]);

  const onKeyDown = (event: React.KeyboardEvent) => {
    if (event.key === 'Enter') {
      event.preventDefault();
      // What was typed last may not have been looked for yet.
      onQuery(typed);
      session.find(typed);
      onMove(event.shiftKey ? -1 : 1);
    } else if (event.key === 'Escape' && typed !== '') {
      setTyped('');
      onQuery('');
    } else if (event.key === 'Escape' || event.key === 'ArrowDown') {
      onLeave();
    }
  };

  return (
    <div className={css.toolbar} role="toolbar" aria-label="Log">
      <div className={css.search}>
        <TextField
          ref={searchField}
          label="Search in what is loaded"
          hideLabel
          placeholder="Search in what is loaded"
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
          onKeyDown={onKeyDown}
          // The first Escape empties the field, the next one closes the drawer.
          data-mantine-stop-propagation={typed !== ''}
          right={
            query === '' ? undefined : (
              <span className={css.found} role="status">
                {foundWords(session.search.found)}
              </span>
            )
          }
        />
      </div>
      {query !== '' && (
        <>
          <Button look="quiet" size="small" aria-label="Match before" onClick={() => onMove(-1)}>
            <IconChevronUp size={14} aria-hidden="true" />
          </Button>
          <Button look="quiet" size="small" aria-label="Next match" onClick={() => onMove(1)}>
            <IconChevronDown size={14} aria-hidden="true" />
          </Button>
        </>
      )}
      <span className={css.space} />
      <Button size="small" aria-pressed={wrap} onClick={() => onWrap(!wrap)}>
        Wrap
      </Button>
      <Button size="small" title="Copies what is selected, or else the lines in view" onClick={onCopy}>
        Copy
      </Button>
      <Button
        size="small"
        title="Lets go of all lines held here; the host keeps its own"
        onClick={() => session.clear()}
      >
        Clear
      </Button>
      <Button size="small" onClick={() => (paused ? session.follow() : session.pause())}>
        {paused ? 'Follow' : 'Pause'}
      </Button>
    </div>
  );
}
