import { useId, useState } from 'react';
import { type IntervalBounds, readInterval } from './interval.ts';
import css from './settings.module.css';
import type { Saving } from './use-settings-change.ts';

interface IntervalFieldProps {
  readonly label: string;
  readonly description: string;
  readonly bounds: IntervalBounds;
  /** Seconds, as they are set; null: not known yet. */
  readonly value: number | null;
  readonly saving: Saving;
  readonly onSave: (seconds: number) => void;
}

/** Seconds that are saved when the field is left, or on Enter. */
export function IntervalField({ label, description, bounds, value, saving, onSave }: IntervalFieldProps) {
  // What was saved meanwhile, here or in another window, takes the place of what was typed over the value before.
  const [edit, setEdit] = useState<{ readonly text: string; readonly over: number | null } | null>(null);
  const typed = edit?.over === value ? edit.text : null;
  const id = useId();
  const read = typed === null ? null : readInterval(typed, bounds);
  const wrong = read !== null && 'wrong' in read ? read.wrong : null;
  const save = () => {
    if (read === null || 'wrong' in read) return;
    if (read.seconds === value) setEdit(null);
    else onSave(read.seconds);
  };
  return (
    <div className={css.interval}>
      <label htmlFor={id} className={css.name}>
        {label}
      </label>
      <p className={css.note} id={`${id}-note`}>
        {description}
      </p>
      <div className={css.figure}>
        <input
          id={id}
          className={css.number}
          inputMode="decimal"
          autoComplete="off"
          value={typed ?? (value === null ? '' : String(value))}
          disabled={value === null}
          aria-invalid={wrong !== null}
          aria-describedby={`${id}-note ${id}-said`}
          onChange={(event) => setEdit({ text: event.currentTarget.value, over: value })}
          onBlur={save}
          onKeyDown={(event) => {
            if (event.key === 'Enter') save();
            if (event.key === 'Escape') setEdit(null);
          }}
        />
        <span>seconds</span>
        <span
          className={css.said}
          id={`${id}-said`}
          role="status"
          data-wrong={wrong !== null || saving.state === 'failed' || undefined}
        >
          {wrong ?? savingWords(saving)}
        </span>
      </div>
    </div>
  );
}

export function savingWords(saving: Saving): string {
  switch (saving.state) {
    case 'not':
      return '';
    case 'under-way':
      return 'Saving';
    case 'saved':
      return 'Saved';
    case 'failed':
      return `Not saved. ${saving.problem.message} ${saving.problem.hint ?? ''}`.trim();
  }
}
