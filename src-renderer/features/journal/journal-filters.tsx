import type { Ref } from 'react';
import { capitalised } from '../../lib/format.ts';
import { Choice } from '../../ui/choice.tsx';
import type { FilterChoice, Period } from './journal-filter.ts';
import css from './journal-filters.module.css';
import { ACTION_WORDS, OUTCOME_WORDS } from './journal-words.ts';
import type { KnownNames } from './use-known-names.ts';

interface JournalFiltersProps {
  readonly choice: FilterChoice;
  readonly names: KnownNames;
  /** The first of them. */
  readonly field: Ref<HTMLSelectElement>;
  readonly onChange: (choice: FilterChoice) => void;
}

const PERIODS: readonly { readonly value: Period; readonly label: string }[] = [
  { value: 'today', label: 'Today' },
  { value: 'week', label: '7 days' },
  { value: 'month', label: '30 days' },
  { value: 'all', label: 'All' },
  { value: 'between', label: 'From – to' },
];

/** The contract's own lists would bring all of its validation into the page. */
const ACTIONS = wordsOf(ACTION_WORDS);
const OUTCOMES = wordsOf(OUTCOME_WORDS);

function wordsOf<Value extends string>(words: Readonly<Record<Value, string>>): readonly (readonly [Value, string])[] {
  return (Object.keys(words) as Value[]).map((value) => [value, capitalised(words[value])]);
}

/** What of the journal is shown, and exported. */
export function JournalFilters({ choice, names, field, onChange }: JournalFiltersProps) {
  const apps = names.appsOf(choice.hostId);
  return (
    <search className={css.filters} aria-label="Filter the journal">
      <Select
        label="Host"
        any="All hosts"
        ref={field}
        value={choice.hostId}
        options={names.hosts.map(({ id, label }) => [id, label])}
        onChange={(hostId) => {
          const keeps = choice.app === null || names.appsOf(hostId).includes(choice.app);
          onChange({ ...choice, hostId, app: keeps ? choice.app : null });
        }}
      />
      <Select
        label="App"
        any="All apps"
        value={choice.app}
        options={apps.map((app) => [app, app])}
        onChange={(app) => onChange({ ...choice, app })}
      />
      <Select
        label="Action"
        any="All actions"
        value={choice.action}
        options={ACTIONS}
        onChange={(action) => onChange({ ...choice, action })}
      />
      <Select
        label="Outcome"
        any="Any outcome"
        value={choice.outcome}
        options={OUTCOMES}
        onChange={(outcome) => onChange({ ...choice, outcome })}
      />
      <Choice
        label="When"
        hideLabel
        options={PERIODS}
        value={choice.period}
        onChange={(period) => onChange({ ...choice, period })}
      />
      {choice.period === 'between' && (
        <span className={css.days}>
          <input
            type="date"
            aria-label="From, first day"
            value={choice.fromDay}
            onChange={(event) => onChange({ ...choice, fromDay: event.target.value })}
          />
          <span aria-hidden="true">–</span>
          <input
            type="date"
            aria-label="To, last day"
            value={choice.toDay}
            onChange={(event) => onChange({ ...choice, toDay: event.target.value })}
          />
        </span>
      )}
    </search>
  );
}

interface SelectProps<Value extends string> {
  readonly label: string;
  /** What stands there while nothing is chosen. */
  readonly any: string;
  readonly value: Value | null;
  readonly options: readonly (readonly [Value, string])[];
  readonly onChange: (value: Value | null) => void;
  readonly ref?: Ref<HTMLSelectElement>;
}

function Select<Value extends string>({ label, any, value, options, onChange, ref }: SelectProps<Value>) {
  return (
    <select
      ref={ref}
      className={css.select}
      aria-label={label}
      data-chosen={value !== null || undefined}
      value={value ?? ''}
      onChange={(event) => onChange(options.find(([one]) => one === event.target.value)?.[0] ?? null)}
    >
      <option value="">{any}</option>
      {options.map(([one, words]) => (
        <option key={one} value={one}>
          {words}
        </option>
      ))}
    </select>
  );
}
