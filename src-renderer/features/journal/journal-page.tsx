import { type RefObject, useEffect, useMemo, useRef, useState } from 'react';
import { dayOf } from '../../lib/day.ts';
import { keyCommand, keyPress } from '../../lib/keyboard.ts';
import { useAge } from '../../lib/use-age.ts';
import { useConnection } from '../../store/hooks.ts';
import { isForPage } from '../../store/page-keys.ts';
import { EVERYTHING, type FilterChoice, isFiltering, requestFilter } from './journal-filter.ts';
import { JournalFilters } from './journal-filters.tsx';
import { JournalHeader } from './journal-header.tsx';
import { JournalList } from './journal-list.tsx';
import css from './journal-page.module.css';
import type { JournalReading } from './journal-session.ts';
import { Bones, CannotRead, DaysSwapped, NothingRecorded, NothingTaken } from './journal-states.tsx';
import { PutAsideDialog } from './put-aside-dialog.tsx';
import { useJournal } from './use-journal.ts';
import { useJournalWork } from './use-journal-work.ts';
import { useKnownNames } from './use-known-names.ts';
import { WorkNotice } from './work-notice.tsx';

/** Who did what, when, why, and what came of it; and whether that is still what was written. */
export function JournalPage() {
  const connection = useConnection();
  // Ages tick: it is another day at midnight, also on a page that is left open.
  const today = useAge(0, () => dayOf(Date.now()));
  const [choice, setChoice] = useState(EVERYTHING);
  const filter = useMemo(() => requestFilter(choice, today), [choice, today]);
  const { reading, number, refresh, readOlder } = useJournal(filter);
  const names = useKnownNames(reading);
  const works = useJournalWork();
  const [asking, setAsking] = useState(false);
  const field = useRef<HTMLSelectElement>(null);
  const verify = useRef<HTMLButtonElement>(null);
  const clear = () => {
    setChoice(EVERYTHING);
    // The button that was pressed is gone with it.
    field.current?.focus();
  };
  const dismiss = () => {
    works.dismiss();
    // So is this one.
    verify.current?.focus();
  };
  useFilterKeys({ field, choice, setChoice, resting: asking });

  return (
    <main
      className={css.page}
      aria-labelledby="journal-title"
      aria-busy={reading.state === 'loading' || undefined}
      data-faded={connection.state === 'lost' || undefined}
    >
      <JournalHeader
        works={works}
        verifyButton={verify}
        onPutAside={() => setAsking(true)}
        onExport={filter === null ? null : () => works.ask?.exportLines(filter)}
        isFiltering={isFiltering(choice)}
        onClear={clear}
      >
        <JournalFilters choice={choice} names={names} field={field} onChange={setChoice} />
      </JournalHeader>
      <WorkNotice works={works} onClose={dismiss} />
      {filter === null ? (
        <DaysSwapped onClear={() => setChoice({ ...choice, fromDay: '', toDay: '' })} />
      ) : (
        <Content
          key={number}
          reading={reading}
          today={today}
          isFiltering={isFiltering(choice)}
          onClear={clear}
          onRetry={refresh}
          onOlder={readOlder}
          resting={asking}
        />
      )}
      {asking && <PutAsideDialog onConfirm={() => works.ask?.putAside()} onClose={() => setAsking(false)} />}
    </main>
  );
}

interface ContentProps {
  readonly reading: JournalReading;
  readonly today: string;
  readonly isFiltering: boolean;
  readonly onClear: () => void;
  readonly onRetry: () => void;
  readonly onOlder: () => void;
  readonly resting: boolean;
}

function Content({ reading, today, isFiltering: filtering, onClear, onRetry, onOlder, resting }: ContentProps) {
  if (reading.state === 'loading') return <Bones />;
  if (reading.state === 'failed') return <CannotRead problem={reading.problem} onRetry={onRetry} />;
  const nothing = reading.pages.entries.length === 0 && reading.pages.next === null;
  if (nothing) return filtering ? <NothingTaken onClear={onClear} /> : <NothingRecorded />;
  return <JournalList reading={reading} today={today} onOlder={onOlder} resting={resting} />;
}

interface FilterKeys {
  readonly field: RefObject<HTMLSelectElement | null>;
  readonly choice: FilterChoice;
  readonly setChoice: (choice: FilterChoice) => void;
  readonly resting: boolean;
}

/** `/` goes to the filter, Escape takes it off. */
function useFilterKeys({ field, choice, setChoice, resting }: FilterKeys): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const command = keyCommand(keyPress(event));
      if (resting || !isForPage(event)) return;
      if (command === 'filter') {
        event.preventDefault();
        field.current?.focus();
      } else if (command === 'escape') {
        if (isFiltering(choice)) setChoice(EVERYTHING);
        // From there `j` and `k` would choose among its options.
        if (document.activeElement instanceof HTMLSelectElement) document.activeElement.blur();
      }
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [field, choice, setChoice, resting]);
}
