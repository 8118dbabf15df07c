import { IconBook, IconEye, IconLockOpen, IconShield } from '@tabler/icons-react';
import type { JournalEntry } from '#contract/journal.ts';
import { VerdictShape } from '../../ui/verdict-shape.tsx';
import css from './journal-row.module.css';
import { KIND_WORDS, OUTCOME_MARK, OUTCOME_WORDS } from './journal-words.ts';

const ICONS = { action: IconBook, mode: IconEye, unlock: IconLockOpen, protection: IconShield, journal: IconBook };

/** How it came out, as a shape and a word; of what has no outcome, what it is. */
export function OutcomeShape({ kind, outcome }: Pick<JournalEntry, 'kind' | 'outcome'>) {
  const Icon = ICONS[kind];
  return (
    <span className={css.outcome} data-outcome={outcome ?? 'none'}>
      {outcome === null ? (
        <Icon size={14} stroke={1.6} aria-hidden="true" />
      ) : outcome === 'open' ? (
        <svg width="14" height="14" viewBox="0 0 16 16" aria-hidden="true">
          <circle cx="8" cy="8" r="6.2" fill="none" stroke="currentColor" strokeWidth="1.6" opacity="0.45" />
          <path
            d="M8 1.8A6.2 6.2 0 0 1 14.2 8"
            fill="none"
            stroke="currentColor"
            strokeWidth="1.9"
            strokeLinecap="round"
          />
        </svg>
      ) : (
        <VerdictShape mark={OUTCOME_MARK[outcome]} size={14} />
      )}
      {outcome === null ? KIND_WORDS[kind] : OUTCOME_WORDS[outcome]}
    </span>
  );
}
