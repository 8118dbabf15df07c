import type { ActionName } from '#contract/actions.ts';
import type { JournalEntry, JournalFilter, JournalOutcome } from '#contract/journal.ts';
import { limits } from '../kernel/limits.ts';
import type { LinePlace } from './chain-scan.ts';
import type { RunSubject } from './journal.ts';
import { kindOf } from './journal-entry.ts';
import type { JournalRecord } from './records.ts';

/** What is kept in memory of one entry: what filters look at, and where its records are to be read. */
export interface IndexedEntry {
  readonly seq: number;
  readonly at: number;
  readonly kind: JournalEntry['kind'];
  readonly hostId: string | null;
  readonly app: string | null;
  readonly service: string | null;
  readonly action: ActionName | null;
  readonly run: string | null;
  readonly outcome: JournalOutcome | null;
  readonly durationMs: number | null;
  /** Its containers were looked at after the outcome. */
  readonly found: boolean;
  /** In the order of the records. */
  readonly places: readonly LinePlace[];
}

type Building = { -readonly [Key in keyof IndexedEntry]: IndexedEntry[Key] } & { places: LinePlace[] };

/** The entries of a journal in its order; grows with it. */
export class JournalIndex {
  #entries: Building[] = [];
  #inOrder = true;
  readonly #runs = new Map<string, Building>();
  #records = 0;

  get records(): number {
    return this.#records;
  }

  add(record: JournalRecord, place: LinePlace): void {
    const run = record.kind === 'outcome' || record.kind === 'found' ? this.#runs.get(record.run) : undefined;
    const entry = run ?? this.#begin(record);
    entry.places.push(place);
    this.#records += 1;
    if (record.kind === 'outcome') {
      entry.outcome = record.outcome;
      entry.durationMs = record.durationMs;
    }
    if (record.kind === 'found') entry.found = true;
  }

  /** Newest first, those `filter` takes. `next` as in the contract. */
  page(filter: JournalFilter, before: number | null, limit: number): { entries: IndexedEntry[]; next: number | null } {
    const entries: IndexedEntry[] = [];
    const takes = matcher(filter);
    this.#sort();
    for (let at = this.#entries.length - 1; at >= 0; at -= 1) {
      const entry = this.#entries[at] as Building;
      if ((before !== null && entry.seq >= before) || !takes(entry)) continue;
      const last = entries.at(-1);
      // In a journal that was tampered with two records may bear one number; `before` could not tell them apart.
      if (entries.length >= limit && last !== undefined && entry.seq !== last.seq) return { entries, next: last.seq };
      entries.push(entry);
    }
    return { entries, next: null };
  }

  /** Where all records of the entries `filter` takes are, in the order of the journal. */
  places(filter: JournalFilter): LinePlace[] {
    const takes = matcher(filter);
    return this.#entries
      .filter(takes)
      .flatMap(({ places }) => places)
      .sort((a, b) => a.file - b.file || a.offset - b.offset);
  }

  /** Runs without an outcome, oldest first. */
  open(): IndexedEntry[] {
    return this.#entries.filter(({ outcome, run }) => outcome === 'open' && run !== null);
  }

  /** Runs whose outcome is unknown, and that were not looked at since; oldest first. */
  unresolved(): IndexedEntry[] {
    return this.#entries.filter(({ outcome, found, action }) => outcome === 'unknown' && !found && action !== null);
  }

  durations({ hostId, app, service, action }: RunSubject): number[] {
    const durations: number[] = [];
    const takes = matcher({ hostId, app, action, outcome: 'succeeded' });
    for (let at = this.#entries.length - 1; at >= 0 && durations.length < limits.actions.durations; at -= 1) {
      const entry = this.#entries[at] as Building;
      if (entry.service === service && entry.durationMs !== null && takes(entry)) durations.push(entry.durationMs);
    }
    return durations;
  }

  #begin(record: JournalRecord): Building {
    const entry: Building = {
      seq: record.seq,
      at: Date.parse(record.at),
      kind: kindOf(record),
      hostId: 'host' in record ? record.host.id : null,
      app: 'app' in record ? record.app : null,
      service: record.kind === 'intent' ? record.service : null,
      action: 'action' in record ? record.action : null,
      run: 'run' in record ? record.run : null,
      outcome: record.kind === 'intent' ? 'open' : null,
      durationMs: null,
      found: false,
      places: [],
    };
    if (entry.seq < (this.#entries.at(-1)?.seq ?? 0)) this.#inOrder = false;
    this.#entries.push(entry);
    if (entry.run !== null) this.#runs.set(entry.run, entry);
    return entry;
  }

  #sort(): void {
    if (!this.#inOrder) this.#entries.sort((a, b) => a.seq - b.seq);
    this.#inOrder = true;
  }
}

function matcher({ hostId, app, action, outcome, from, to }: JournalFilter): (entry: IndexedEntry) => boolean {
  const earliest = from === undefined ? Number.NEGATIVE_INFINITY : Date.parse(from);
  const latest = to === undefined ? Number.POSITIVE_INFINITY : Date.parse(to);
  return (entry) =>
    (hostId === undefined || entry.hostId === hostId) &&
    (app === undefined || entry.app === app) &&
    (action === undefined || entry.action === action) &&
    (outcome === undefined || entry.outcome === outcome) &&
    entry.at >= earliest &&
    entry.at <= latest;
}
