import type { Ref } from 'react';
import type { JournalStatus } from '#contract/journal.ts';
import { useFleet } from '../../store/hooks.ts';
import { Button } from '../../ui/button.tsx';
import { VerdictShape } from '../../ui/verdict-shape.tsx';
import css from './journal-header.module.css';
import { STATUS_MARK, statusWords } from './journal-words.ts';
import { Notice } from './notice.tsx';
import type { JournalWorks } from './use-journal-work.ts';

interface JournalHeaderProps {
  readonly works: JournalWorks;
  readonly verifyButton: Ref<HTMLButtonElement>;
  readonly isFiltering: boolean;
  /** Takes the filter off. */
  readonly onClear: () => void;
  /** null: the filter takes nothing. */
  readonly onExport: (() => void) | null;
  readonly onPutAside: () => void;
  /** The filter. */
  readonly children: React.ReactNode;
}

/** How the journal stands, what can be done with it as a whole, and the filter. */
export function JournalHeader({
  works,
  verifyButton,
  isFiltering,
  onClear,
  onExport,
  onPutAside,
  children,
}: JournalHeaderProps) {
  const status = useFleet((state) => state.journal);
  const { work, ask } = works;
  const isBusy = work.state === 'under-way';
  return (
    <div className={css.header}>
      <div className={css.top}>
        <VerdictShape mark={status === null ? 'unknown' : STATUS_MARK[status.state]} size={28} />
        <div className={css.titles}>
          <h1 id="journal-title">Journal</h1>
          <p className={css.state} role="status">
            {status === null ? 'Nothing is known of it yet' : statusWords(status)}
          </p>
        </div>
        {isFiltering && (
          <Button look="quiet" onClick={onClear}>
            Clear the filter
          </Button>
        )}
        <Button
          disabled={ask === null || onExport === null || (isBusy && work.what !== 'export')}
          busy={isBusy && work.what === 'export'}
          title={isFiltering ? 'Writes the records that match to a file' : 'Writes every record to a file'}
          onClick={() => onExport?.()}
        >
          Export JSON Lines
        </Button>
        <Button
          ref={verifyButton}
          look="primary"
          disabled={ask === null || (isBusy && work.what !== 'verify')}
          busy={isBusy && work.what === 'verify'}
          title="Reads every record again, and compares it with what was written"
          onClick={() => ask?.verify()}
        >
          Verify
        </Button>
      </div>
      {status !== null && status.state !== 'sound' && (
        <Trouble
          status={status}
          isTold={work.state === 'verified' && !work.verification.sound}
          disabled={ask === null || isBusy}
          onPutAside={onPutAside}
        />
      )}
      {children}
    </div>
  );
}

interface TroubleProps {
  readonly status: JournalStatus;
  /** All that is wrong stands below: it is not said twice. */
  readonly isTold: boolean;
  readonly disabled: boolean;
  readonly onPutAside: () => void;
}

/** What is wrong with it, what that means, and the next step. */
function Trouble({ status: { state, problem }, isTold, disabled, onPutAside }: TroubleProps) {
  return (
    <div className={css.trouble}>
      <Notice
        mark={isTold ? undefined : STATUS_MARK[state]}
        title={
          isTold ? 'Until it is put aside nothing is changed on any host' : (problem?.message ?? 'It cannot be used.')
        }
        actions={
          state === 'broken' && (
            <Button size="small" disabled={disabled} onClick={onPutAside}>
              Put it aside and begin a new one…
            </Button>
          )
        }
      >
        {isTold ? null : state === 'broken' ? (
          <p>
            Until it is put aside nothing is changed on any host: what cannot be recorded is not done. Hosts are watched
            as before. Verify lists all that is wrong, and where.
          </p>
        ) : (
          <p>{problem?.hint} Hosts are watched as before.</p>
        )}
      </Notice>
    </div>
  );
}
