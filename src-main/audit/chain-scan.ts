import { createHash, type Hash } from 'node:crypto';
import { limits } from '../kernel/limits.ts';
import { decodeRecord, fileName, hashOf, type Position, START, samePosition } from './chain.ts';
import type { Finding } from './journal-errors.ts';
import type { JournalRecord } from './records.ts';

/** Where a record's line lies. */
export interface LinePlace {
  readonly file: number;
  readonly offset: number;
  /** With its line break. */
  readonly bytes: number;
}

/** What stands after the last whole record, beyond the anchor: what a core wrote when it was ended. */
export interface Cut {
  readonly file: number;
  readonly offset: number;
  readonly bytes: number;
  readonly sha256: string;
}

export interface ChainResult {
  /** What is wrong, in the order of the files; at most `limits.journal.findings`. */
  readonly findings: readonly Finding[];
  /** All of it. */
  readonly wrong: number;
  readonly records: number;
  /** Of the last record. */
  readonly head: Position;
  /** Records beyond the anchor. */
  readonly beyond: number;
  readonly cut: Cut | null;
  /** Ends of the anchored record, of the one before it and of those behind it, a few: what an anchor written then may name. */
  readonly near: readonly Position[];
  /** The last record's wall clock, milliseconds; null: there is none. */
  readonly lastAt: number | null;
  /** Places at which the wall clock went back. */
  readonly setBack: { readonly times: number; readonly first: Finding | null };
}

type OnRecord = (record: JournalRecord, place: LinePlace) => void;

/**
 * Holds a journal's bytes against its chain and its anchor. Bytes come in the order of the files; nothing is read
 * here, and no more of them is held than one line. What is wrong up to the anchor is a finding. Beyond it, whole records that
 * follow are counted, and what comes after them is the cut.
 */
export class ChainScan {
  readonly #anchor: Position | null;
  readonly #older: Position | null;
  readonly #onRecord: OnRecord | null;
  #findings: Finding[] = [];
  #wrong = 0;
  #file = 0;
  #line = 0;
  #offset = 0;
  #pieces: Buffer[] = [];
  #held = 0;
  #head = START;
  #seq = START.seq;
  #hash = START.hash;
  #records = 0;
  #beyond = 0;
  #anchorSeen: boolean;
  #olderSeen: boolean;
  #near: Position[];
  #cut: { readonly file: number; readonly offset: number; bytes: number; readonly hash: Hash; over: boolean } | null =
    null;
  #lastAt: number | null = null;
  #setBack: { times: number; first: Finding | null } = { times: 0, first: null };

  /**
   * @param anchor null: it is not known, so that nothing is beyond it
   * @param older what the anchor's other place names; null: nothing
   */
  constructor(anchor: Position | null, older: Position | null, onRecord: OnRecord | null = null) {
    this.#anchor = anchor;
    this.#older = older;
    this.#onRecord = onRecord;
    this.#anchorSeen = anchor === null || samePosition(anchor, START);
    this.#olderSeen = older === null || samePosition(older, START);
    this.#near = anchor !== null && anchor.seq <= 1 ? [START] : [];
  }

  beginFile(number: number): void {
    if (number !== this.#file + 1) {
      const last = number === this.#file + 2 ? '' : `, and so are those up to ${fileName(number - 1)}`;
      this.#find(fileName(this.#file + 1), null, `The file is missing${last}.`);
    }
    this.#file = number;
    this.#line = 0;
    this.#offset = 0;
  }

  feed(chunk: Buffer): void {
    let rest = chunk;
    while (rest.length > 0) {
      if (this.#cut !== null) {
        this.#toCut(rest);
        return;
      }
      const end = rest.indexOf(LINE_BREAK) + 1;
      if (end === 0) {
        this.#pieces.push(Buffer.from(rest));
        this.#held += rest.length;
        return;
      }
      const line = this.#held === 0 ? rest.subarray(0, end) : Buffer.concat([...this.#pieces, rest.subarray(0, end)]);
      this.#pieces = [];
      this.#held = 0;
      this.#check(line);
      rest = rest.subarray(end);
    }
  }

  endFile(): void {
    if (this.#held === 0) return;
    const incomplete = Buffer.concat(this.#pieces);
    this.#pieces = [];
    this.#held = 0;
    if (this.#isBeyond()) {
      this.#toCut(incomplete);
      return;
    }
    this.#line += 1;
    this.#find(fileName(this.#file), this.#line, 'The record is incomplete.');
    this.#offset += incomplete.length;
  }

  finish(): ChainResult {
    if (!this.#anchorSeen && this.#anchor !== null) {
      const { file, seq } = this.#anchor;
      this.#find(
        fileName(Math.max(file, this.#file)),
        null,
        this.#head.seq < seq
          ? `The journal ends with record ${this.#head.seq}; ${seq} were written.`
          : `Record ${seq} does not end where it was written.`,
      );
    } else if (!this.#olderSeen) {
      this.#find(fileName(this.#older?.file ?? 1), null, 'The anchor names a record that is not in the journal.');
    }
    if (this.#cut !== null && this.#cut.bytes > limits.journal.recordBytes) {
      this.#find(fileName(this.#cut.file), null, 'What follows the last record is more than was ever being written.');
    }
    return {
      findings: this.#findings,
      wrong: this.#wrong,
      records: this.#records,
      head: this.#head,
      beyond: this.#beyond,
      cut: this.#cut === null ? null : cutOf(this.#cut),
      near: this.#near,
      lastAt: this.#lastAt,
      setBack: this.#setBack,
    };
  }

  /** The same at the same point, to go on by itself without telling of records; only between two lines, and without a cut. */
  clone(): ChainScan {
    const copy = new ChainScan(this.#anchor, this.#older);
    copy.#findings = [...this.#findings];
    copy.#wrong = this.#wrong;
    copy.#file = this.#file;
    copy.#line = this.#line;
    copy.#offset = this.#offset;
    copy.#head = this.#head;
    copy.#seq = this.#seq;
    copy.#hash = this.#hash;
    copy.#records = this.#records;
    copy.#beyond = this.#beyond;
    copy.#anchorSeen = this.#anchorSeen;
    copy.#olderSeen = this.#olderSeen;
    copy.#near = [...this.#near];
    copy.#lastAt = this.#lastAt;
    copy.#setBack = { ...this.#setBack };
    return copy;
  }

  /** How much has been found so far. */
  get wrong(): number {
    return this.#wrong;
  }

  #isBeyond(): boolean {
    if (this.#anchor === null) return false;
    const { file, bytes } = this.#anchor;
    return this.#file > file || (this.#file === file && this.#offset >= bytes);
  }

  #check(line: Buffer): void {
    const decoded = decodeRecord(line);
    const record = 'record' in decoded ? decoded.record : null;
    const wrong = 'wrong' in decoded ? decoded.wrong : this.#misfit(decoded.record);
    if (wrong !== null && this.#isBeyond()) {
      this.#toCut(line);
      return;
    }
    this.#line += 1;
    if (wrong !== null) this.#find(fileName(this.#file), this.#line, wrong);
    if (this.#isBeyond()) this.#beyond += 1;
    if (record !== null) {
      this.#records += 1;
      this.#watchClock(record);
      this.#onRecord?.(record, { file: this.#file, offset: this.#offset, bytes: line.length });
    }
    this.#offset += line.length;
    // After a finding the chain is taken up again as it stands, so that each finding is one of its own.
    this.#seq = record?.seq ?? this.#seq + 1;
    this.#hash = hashOf(line);
    this.#head = { file: this.#file, bytes: this.#offset, seq: this.#seq, hash: this.#hash };
    if (this.#seq >= (this.#anchor?.seq ?? Infinity) - 1 && this.#near.length < NEAR) this.#near.push(this.#head);
    this.#holdAgainstAnchor(wrong !== null);
  }

  #misfit(record: JournalRecord): string | null {
    if (record.prev !== this.#hash) {
      return this.#records === 0
        ? 'The first record follows another one, which is not there.'
        : 'The record does not follow the one before it: that one was changed, or what stood between is gone.';
    }
    if (record.seq !== this.#seq + 1) return `The record has number ${record.seq} where ${this.#seq + 1} is due.`;
    if (record.seq === 1 && record.kind !== 'begun') return 'The first record is not that of a journal’s beginning.';
    return null;
  }

  #holdAgainstAnchor(found: boolean): void {
    const { file, bytes } = this.#head;
    if (file === this.#anchor?.file && bytes === this.#anchor.bytes) {
      this.#anchorSeen = true;
      if (!found && !samePosition(this.#head, this.#anchor)) {
        this.#find(fileName(file), this.#line, 'The record is not the one that was written there.');
      }
    }
    if (this.#older !== null && samePosition(this.#head, this.#older)) this.#olderSeen = true;
  }

  #watchClock(record: JournalRecord): void {
    const at = Date.parse(record.at);
    if (this.#lastAt !== null && at < this.#lastAt) {
      this.#setBack.times += 1;
      this.#setBack.first ??= { file: fileName(this.#file), line: this.#line, text: 'The clock went back.' };
    }
    this.#lastAt = at;
  }

  #toCut(bytes: Buffer): void {
    this.#cut ??= { file: this.#file, offset: this.#offset, bytes: 0, hash: createHash('sha256'), over: false };
    if (this.#cut.file !== this.#file && !this.#cut.over) {
      this.#cut.over = true;
      this.#find(fileName(this.#file), null, 'The file follows one that ends with an incomplete record.');
    }
    this.#cut.bytes += bytes.length;
    this.#cut.hash.update(bytes);
  }

  #find(file: string, line: number | null, text: string): void {
    this.#wrong += 1;
    if (this.#findings.length < limits.journal.findings) this.#findings.push({ file, line, text });
  }
}

const LINE_BREAK = 0x0a;
/** A crash leaves one or two records beyond the anchor. */
const NEAR = 8;

function cutOf({ file, offset, bytes, hash }: { file: number; offset: number; bytes: number; hash: Hash }): Cut {
  return { file, offset, bytes, sha256: hash.copy().digest('hex') };
}
