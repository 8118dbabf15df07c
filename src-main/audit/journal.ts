import type { ActionName } from '#contract/actions.ts';
import type { JournalEntry, JournalFilter, JournalStatus, Verification } from '#contract/journal.ts';
import type { JournalRecord, RecordBody } from './records.ts';

/** A run whose outcome is unknown, and whose containers nobody has looked at since. */
export interface UnresolvedRun {
  readonly run: string;
  readonly hostId: string;
  /** Canonical target it was done at: a host may have been given another since. */
  readonly target: string;
  readonly action: ActionName;
  readonly title: string;
  readonly app: string;
  readonly containers: readonly { readonly id: string; readonly name: string; readonly service: string }[];
  readonly reason: string | null;
  /** Of its intent; ISO 8601. */
  readonly startedAt: string;
  /** As its outcome has it. */
  readonly message: string | null;
}

/** What durations are asked about; `service` null: the app as a whole. */
export interface RunSubject {
  readonly hostId: string;
  readonly app: string;
  readonly service: string | null;
  readonly action: ActionName;
}

/** The append-only record of what was done from this home. One writer at a time: whoever opens it holds the home's lock. */
export interface Journal extends AsyncDisposable {
  readonly status: JournalStatus;
  /** Calls back after each change of `status`. */
  subscribe(onChange: () => void): Disposable;
  /**
   * Resolves when the record and its anchor are on the disk. Records are written one after the other, in the order of
   * the calls. Where one cannot be written whole, nothing of it stays, and nothing is to be done that it would record.
   * @throws AppError JOURNAL_BROKEN, JOURNAL_UNUSABLE
   */
  append(body: RecordBody): Promise<JournalRecord>;
  /** Newest first. @throws AppError JOURNAL_UNUSABLE */
  read(request: {
    readonly filter: JournalFilter;
    readonly before: number | null;
    readonly limit: number;
  }): Promise<{ entries: JournalEntry[]; next: number | null }>;
  /** @throws AppError JOURNAL_UNUSABLE, or the signal's own */
  verify(signal: AbortSignal): Promise<Verification>;
  /** Writes raw lines to a new file (0600). @throws AppError JOURNAL_UNUSABLE, or the signal's own */
  export(filter: JournalFilter, signal: AbortSignal): Promise<{ file: string; records: number }>;
  /** @throws AppError JOURNAL_UNUSABLE; NOTHING_TO_DO where it is sound */
  setAside(): Promise<{ folder: string }>;
  /** Runs without an outcome got one when the journal was opened. */
  unresolved(): Promise<readonly UnresolvedRun[]>;
  /** Milliseconds the last runs that succeeded took, newest first, at most `limits.actions.durations`; none where it cannot be read. */
  durations(subject: RunSubject): Promise<readonly number[]>;
}
