import path from 'node:path';
import type { JournalStatus, Verification } from '#contract/journal.ts';
import type { Clock } from '../kernel/clock.ts';
import { AppError, toProblem } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import { Listeners } from '../kernel/listeners.ts';
import { appendRecord } from './append-record.ts';
import { exportLines } from './export-records.ts';
import type { Journal, RunSubject, UnresolvedRun } from './journal.ts';
import { broken, type Finding, systemTrouble, unusable } from './journal-errors.ts';
import { type JournalFiles, journalFiles } from './journal-files.ts';
import { JournalIndex } from './journal-index.ts';
import type { JournalWriter } from './journal-writer.ts';
import { type EntryRequest, readEntries, readUnresolved } from './read-entries.ts';
import type { Author, JournalRecord, RecordBody } from './records.ts';
import type { JournalPlace } from './scan-journal.ts';
import { moveAside, stampOf } from './set-aside.ts';
import { startJournal } from './start-journal.ts';
import { verificationOf } from './verification.ts';
import { beginVerifying, type Verified, verifyUnattended } from './verify-journal.ts';

export interface JournalOptions {
  /** Holds the journal's files and nothing else; made where it is missing. */
  readonly folder: string;
  readonly anchorFile: string;
  readonly exportFolder: string;
  readonly author: Author;
  /** Of Binnacle. */
  readonly version: string;
  readonly clock: Clock;
  /** Makes an AppError of what a bug threw, and keeps its stack in the log. */
  readonly toAppError: (error: unknown) => AppError;
  /** Default: the file system. */
  readonly files?: JournalFiles;
  /** This process's user; default: as the system says. */
  readonly uid?: number | undefined;
  /** Beyond it the next record begins another file; default: `limits.journal.fileBytes`. */
  readonly fileBytes?: number;
}

/**
 * Opens the journal, and begins one where there is none. Always resolves: one that is broken or cannot be used says so in
 * its `status`, refuses to be written, and is read as far as it can be. The caller holds the home's lock.
 */
export async function openJournal(options: JournalOptions): Promise<Journal> {
  const journal = new LocalJournal(options);
  await journal.open();
  return journal;
}

type State =
  | { readonly kind: 'sound'; readonly writer: JournalWriter }
  /** `head`: of its last record, as far as it is known. */
  | { readonly kind: 'broken'; readonly error: AppError; readonly head: string | null }
  /** `again`: opening it may be tried again; nothing was done in its name yet. */
  | { readonly kind: 'unusable'; readonly error: AppError; readonly again: boolean };

class LocalJournal implements Journal {
  readonly #options: JournalOptions;
  readonly #place: JournalPlace;
  readonly #listeners = new Listeners();
  #state: State = { kind: 'unusable', error: closed(), again: true };
  #index: JournalIndex | null = null;
  #setAside: Extract<RecordBody, { kind: 'begun' }>['setAside'] = null;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: JournalOptions) {
    this.#options = options;
    this.#place = { folder: options.folder, anchorFile: options.anchorFile, files: options.files ?? journalFiles };
  }

  open(): Promise<void> {
    return this.#inTurn(() => this.#start());
  }

  get status(): JournalStatus {
    const { kind } = this.#state;
    const problem = this.#state.kind === 'sound' ? null : toProblem('The journal', this.#state.error);
    return { state: kind, problem, records: this.#index?.records ?? 0 };
  }

  subscribe(onChange: () => void): Disposable {
    return this.#listeners.subscribe(onChange);
  }

  append(body: RecordBody): Promise<JournalRecord> {
    return this.#inTurn(async () => {
      const writer = await this.#writer();
      const touched = await this.#guarded('The journal cannot be read', () => this.#findTouched(writer));
      if (touched !== null) throw this.#break(broken(touched), writer);
      try {
        const record = await appendRecord(writer, this.#index as JournalIndex, this.#options, body);
        this.#listeners.tell();
        return record;
      } catch (error) {
        throw this.#refused(error, writer);
      }
    });
  }

  async read(request: EntryRequest) {
    await this.#openAgain();
    const index = this.#readable();
    return this.#guarded('The journal cannot be read', () => readEntries(this.#place, index, request));
  }

  async verify(signal: AbortSignal): Promise<Verification> {
    const { clock } = this.#options;
    await this.#openAgain();
    return this.#guarded('The journal cannot be read', async () => {
      const began = clock.monotonic();
      const { state, scan, more } = await this.#verify(signal);
      const verification = verificationOf(scan, more, clock, began);
      const first = verification.findings[0];
      if (first !== undefined && state.kind === 'sound') {
        await this.#inTurn(async () => {
          // Meanwhile it may have been put aside.
          if (this.#state === state) this.#break(broken(first, scan.wrong + more.length - 1), state.writer);
        });
      }
      return verification;
    });
  }

  async export(filter: EntryRequest['filter'], signal: AbortSignal): Promise<{ file: string; records: number }> {
    const lines = this.#readable().places(filter);
    const target = { folder: this.#options.exportFolder, stamp: stampOf(this.#options.clock.now()) };
    return this.#guarded('The journal cannot be exported', async () => {
      const file = await exportLines(this.#place, lines, target, signal);
      return { file, records: lines.length };
    });
  }

  setAside(): Promise<{ folder: string }> {
    return this.#inTurn(async () => {
      const state = this.#state;
      if (state.kind === 'sound') {
        throw new AppError('NOTHING_TO_DO', 'The journal is sound; it is not put aside.');
      }
      if (state.kind === 'unusable') throw state.error;
      const records = this.#index?.records ?? 0;
      const stamp = stampOf(this.#options.clock.now());
      const folder = await this.#guarded('The journal cannot be put aside', () => moveAside(this.#place, stamp));
      this.#setAside = { folder: path.basename(folder), records, head: state.head };
      await this.#start();
      if (this.#state.kind !== 'sound') throw (this.#state as Exclude<State, { kind: 'sound' }>).error;
      return { folder };
    });
  }

  async unresolved(): Promise<readonly UnresolvedRun[]> {
    const index = this.#index;
    if (this.#state.kind !== 'sound' || index === null) return [];
    return this.#guarded('The journal cannot be read', () => readUnresolved(this.#place, index));
  }

  async durations(subject: RunSubject): Promise<readonly number[]> {
    return this.#index?.durations(subject) ?? [];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#inTurn(async () => {
      if (this.#state.kind === 'sound') await this.#state.writer[Symbol.asyncDispose]();
      this.#state = { kind: 'unusable', error: closed(), again: false };
    });
  }

  async #start(): Promise<void> {
    const { clock, author, version, fileBytes = limits.journal.fileBytes } = this.#options;
    const uid = 'uid' in this.#options ? this.#options.uid : process.getuid?.();
    const place = this.#place;
    const index = new JournalIndex();
    try {
      const started = await startJournal(
        { place, clock, author, version, fileBytes, uid, setAside: this.#setAside },
        index,
      );
      this.#state =
        started.state === 'sound'
          ? { kind: 'sound', writer: started.writer }
          : { kind: 'broken', error: started.error, head: started.scan.records === 0 ? null : started.scan.head.hash };
      if (started.state === 'sound') this.#setAside = null;
    } catch (error) {
      const trouble = systemTrouble('The journal cannot be opened', error) ?? this.#options.toAppError(error);
      this.#state = { kind: 'unusable', error: trouble, again: true };
    }
    this.#index = index;
    this.#listeners.tell();
  }

  /** Whoever looks at a journal that could not be opened has perhaps put right what was in its way. */
  async #openAgain(): Promise<void> {
    const isShut = () => this.#state.kind === 'unusable' && this.#state.again;
    // Of several that ask, the first opens it.
    if (isShut()) await this.#inTurn(async () => (isShut() ? await this.#start() : undefined));
  }

  /** @throws AppError JOURNAL_BROKEN, JOURNAL_UNUSABLE */
  async #writer(): Promise<JournalWriter> {
    if (this.#state.kind === 'unusable' && this.#state.again) await this.#start();
    if (this.#state.kind !== 'sound') throw this.#state.error;
    return this.#state.writer;
  }

  /** What was changed since it was written; null: nothing. */
  async #findTouched(writer: JournalWriter): Promise<Finding | null> {
    const touched = await writer.untouched();
    if (touched === 'untouched') return null;
    if (touched !== 'to-be-verified') return touched;
    const verify = await beginVerifying(this.#place, writer);
    const { scan, more } = await verify();
    const found = [...scan.findings, ...more][0];
    if (found === undefined) await writer.accept();
    return found ?? null;
  }

  async #verify(signal: AbortSignal): Promise<Verified & { readonly state: State }> {
    const { state, verify } = await this.#inTurn(async () => {
      const state = this.#state;
      return { state, verify: state.kind === 'sound' ? await beginVerifying(this.#place, state.writer) : null };
    });
    return { state, ...(await (verify === null ? verifyUnattended(this.#place, signal) : verify(signal))) };
  }

  #refused(error: unknown, writer: JournalWriter): AppError {
    const trouble =
      systemTrouble('The journal cannot be written', error) ?? notARecord(this.#options.toAppError(error));
    if (trouble.code === 'JOURNAL_BROKEN') return this.#break(trouble, writer);
    if (writer.failed) {
      void writer[Symbol.asyncDispose]().catch(() => undefined);
      this.#state = { kind: 'unusable', error: trouble, again: false };
      this.#listeners.tell();
    }
    return trouble;
  }

  #break(error: AppError, writer: JournalWriter): AppError {
    void writer[Symbol.asyncDispose]().catch(() => undefined);
    this.#state = { kind: 'broken', error, head: writer.head.hash };
    this.#listeners.tell();
    return error;
  }

  #readable(): JournalIndex {
    if (this.#index !== null && (this.#state.kind !== 'unusable' || this.#index.records > 0)) return this.#index;
    throw this.#state.kind === 'unusable' ? this.#state.error : closed();
  }

  async #guarded<T>(what: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw systemTrouble(what, error) ?? this.#options.toAppError(error);
    }
  }

  /** One after the other, in the order of the calls, whatever becomes of those before. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(work);
    this.#turn = turn.catch(() => undefined);
    return turn;
  }
}

function closed(): AppError {
  return unusable('The journal cannot be used', 'it is not open', 'Start Binnacle again.');
}

function notARecord(cause: AppError): AppError {
  return unusable('The record cannot be written', 'it has no form that the journal knows', 'Nothing was done.', cause);
}
