import type { JournalStatus, Verification } from '#contract/journal.ts';
import type { Journal, RunSubject, UnresolvedRun } from '../audit/journal.ts';
import { type JournalRecord, RecordBody } from '../audit/records.ts';
import { AppError } from '../kernel/errors.ts';
import { Listeners } from '../kernel/listeners.ts';
import { NOW } from './host.fixture.ts';

/** A journal at its port: keeps what was written, and takes nothing that the real one's records could not hold. */
export class FakeJournal implements Journal {
  readonly records: JournalRecord[] = [];
  /** What {@link durations} answers, by `JSON.stringify` of what was asked. */
  readonly tookBy = new Map<string, readonly number[]>();
  /** What {@link durations} answers where nothing stands above. */
  took: readonly number[] = [];
  left: readonly UnresolvedRun[] = [];
  /** The wall clock of its records, milliseconds. */
  now: () => number = () => NOW;
  /** Shared with a fake host's: the order of things across ports. */
  readonly trace: string[];
  readonly #listeners = new Listeners();
  #failure: AppError | null = null;
  #held: Promise<void> = Promise.resolve();

  constructor(trace: string[] = []) {
    this.trace = trace;
  }

  get status(): JournalStatus {
    return {
      state: this.#failure === null ? 'sound' : this.#failure.code === 'JOURNAL_BROKEN' ? 'broken' : 'unusable',
      problem:
        this.#failure === null
          ? null
          : { where: 'journal', code: this.#failure.code, message: this.#failure.message, hint: this.#failure.hint },
      records: this.records.length,
    };
  }

  subscribe(onChange: () => void): Disposable {
    return this.#listeners.subscribe(onChange);
  }

  /** From now on nothing can be written; null: it can again. */
  fail(
    error: AppError | null = new AppError('JOURNAL_UNUSABLE', 'The journal cannot be written: the disk is full.'),
  ): void {
    this.#failure = error;
    this.#listeners.tell();
  }

  /** Nothing is on the disk until what it returns is called. */
  hold(): () => void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#held = promise;
    return resolve;
  }

  /** Bodies of one kind, in order. */
  of<K extends RecordBody['kind']>(kind: K): Extract<JournalRecord, { kind: K }>[] {
    return this.records.filter((record): record is Extract<JournalRecord, { kind: K }> => record.kind === kind);
  }

  async append(body: RecordBody): Promise<JournalRecord> {
    const checked = RecordBody.parse(body);
    await this.#held;
    if (this.#failure !== null) throw this.#failure;
    const record: JournalRecord = {
      v: 1,
      seq: this.records.length + 1,
      at: new Date(this.now()).toISOString(),
      prev: '0'.repeat(64),
      by: { user: 'ana', machine: 'laptop', shell: 'browser' },
      ...checked,
    };
    this.records.push(record);
    this.trace.push(`journal ${checked.kind}`);
    this.#listeners.tell();
    return record;
  }

  async durations(subject: RunSubject): Promise<readonly number[]> {
    return this.tookBy.get(JSON.stringify(subject)) ?? this.took;
  }

  async unresolved(): Promise<readonly UnresolvedRun[]> {
    return this.left;
  }

  async read(): Promise<{ entries: []; next: null }> {
    return { entries: [], next: null };
  }

  async verify(): Promise<Verification> {
    throw new Error('no test of the actions verifies');
  }

  async export(): Promise<{ file: string; records: number }> {
    throw new Error('no test of the actions exports');
  }

  async setAside(): Promise<{ folder: string }> {
    throw new Error('no test of the actions puts the journal aside');
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}
