import type { JournalEntry } from '#contract/journal.ts';
import css from './journal-row.module.css';
import { factText, isMachineText } from './journal-words.ts';

/** All that the records hold of an entry, to be read line by line. */
export function EntryFacts({ entry }: { readonly entry: JournalEntry }) {
  const { seq, at, message, reason, who, facts } = entry;
  const first = [
    { label: 'Record', value: `No. ${seq}, ${factText(at)}` },
    { label: 'Who', value: who },
    ...(reason === null ? [] : [{ label: 'Reason', value: reason }]),
  ];
  return (
    <>
      {message !== null && <p className={css.message}>{message}</p>}
      <dl className={css.facts}>
        {[...first, ...facts].map(({ label, value }, index) => (
          // Labels may come twice, and the order is the records' own.
          // biome-ignore lint/suspicious/noArrayIndexKey: what an entry holds only grows at its end
          <div key={`${index} ${label}`}>
            <dt>{label}</dt>
            <dd data-mono={isMachineText(value) || undefined}>{factText(value)}</dd>
          </div>
        ))}
      </dl>
    </>
  );
}
