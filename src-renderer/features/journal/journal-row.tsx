import { IconChevronRight } from '@tabler/icons-react';
import { memo, useId } from 'react';
import type { JournalEntry } from '#contract/journal.ts';
import { timeOfDay } from '../../lib/day.ts';
import { formatSpan, NOT_KNOWN } from '../../lib/format.ts';
import { EntryFacts } from './entry-facts.tsx';
import css from './journal-row.module.css';
import { OutcomeShape } from './outcome-shape.tsx';

interface JournalRowProps {
  readonly entry: JournalEntry;
  readonly open: boolean;
  /** Tab stops at one row of all: the keyboard walks on from there. */
  readonly tabbable: boolean;
  readonly onToggle: (seq: number) => void;
  readonly onStand: (seq: number) => void;
}

/** One thing that was done; opens in its place to all that was recorded of it. */
export const JournalRow = memo(function JournalRow({ entry, open, tabbable, onToggle, onStand }: JournalRowProps) {
  const id = useId();
  const { seq, title, who, reason } = entry;
  return (
    <div className={css.entry} data-open={open || undefined}>
      <button
        type="button"
        className={css.row}
        data-seq={seq}
        tabIndex={tabbable ? 0 : -1}
        aria-expanded={open}
        aria-controls={open ? id : undefined}
        onClick={() => onToggle(seq)}
        onFocus={() => onStand(seq)}
        onKeyDown={(event) => {
          if (event.key !== 'Escape' || !open) return;
          // The page would take it for "clear the filter".
          event.stopPropagation();
          onToggle(seq);
        }}
      >
        <time className={css.time} dateTime={entry.at}>
          {timeOfDay(Date.parse(entry.at))}
        </time>
        <OutcomeShape kind={entry.kind} outcome={entry.outcome} />
        <span className={css.title} title={title}>
          {title}
        </span>
        <span className={css.reason} title={reason ?? undefined}>
          {reason}
        </span>
        <span className={css.who} title={who}>
          {who}
        </span>
        <span className={css.duration}>{durationOf(entry)}</span>
        <IconChevronRight className={css.chevron} size={14} stroke={1.75} aria-hidden="true" />
      </button>
      {open && (
        <div id={id} className={css.opened}>
          <EntryFacts entry={entry} />
        </div>
      )}
    </div>
  );
});

/** Of what takes no time, nothing; of what has not ended yet neither. */
function durationOf({ outcome, durationMs }: JournalEntry): string {
  if (durationMs !== null) return formatSpan(durationMs);
  return outcome === null || outcome === 'open' ? '' : NOT_KNOWN;
}
