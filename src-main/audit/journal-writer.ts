import path from 'node:path';
import type { AppError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import { encodePlace, PLACE_BYTES } from './anchor.ts';
import { fileName, hashOf, type Position } from './chain.ts';
import type { LinePlace } from './chain-scan.ts';
import { broken, type Finding, systemTrouble, unusable } from './journal-errors.ts';
import type { FileFacts, JournalFile } from './journal-files.ts';
import type { JournalPlace } from './scan-journal.ts';

/** From where on it writes. */
export interface WriterStart {
  /** The last record. */
  readonly head: Position;
  /** Where the next one goes: behind `head`, or into an empty file. */
  readonly tail: { readonly file: number; readonly bytes: number };
  /** The place of the anchor file that holds the anchor; the other one is written next. */
  readonly anchorPlace: 0 | 1;
  /**
   * There is something beyond the anchor. The first record says so, and takes the place of what is no record: with
   * its anchor all is in order, and until then all is as it was, beyond the anchor. It is not taken back.
   */
  readonly recovering: boolean;
}

/** What stands at a path is what was written: yes; so it seems, but for its time; or no. */
export type Untouched = 'untouched' | 'to-be-verified' | Finding;

/**
 * Writes records behind the last one, each whole and on the disk, its anchor after it, or not at all. One call at a
 * time; whoever calls has seen to it that nobody else writes.
 */
export class JournalWriter implements AsyncDisposable {
  readonly #place: JournalPlace;
  readonly #fileBytes: number;
  readonly #anchor: JournalFile;
  #anchorFacts: FileFacts;
  #nextPlace: 0 | 1;
  #file: JournalFile;
  /** null: not known yet. */
  #fileFacts: FileFacts | null;
  #number: number;
  #offset: number;
  /** The file's name is durable. */
  #named = true;
  #head: Position;
  #recovering: boolean;
  #failed: AppError | null = null;

  private constructor(place: JournalPlace, fileBytes: number, start: WriterStart, open: OpenFiles) {
    this.#place = place;
    this.#fileBytes = fileBytes;
    this.#anchor = open.anchor;
    this.#anchorFacts = open.anchorFacts;
    this.#nextPlace = start.anchorPlace === 0 ? 1 : 0;
    this.#file = open.file;
    this.#fileFacts = open.fileFacts;
    this.#number = start.tail.file;
    this.#offset = start.tail.bytes;
    this.#head = start.head;
    this.#recovering = start.recovering;
  }

  /** @param fileBytes beyond it the next record begins another file @throws the system's own error */
  static async open(place: JournalPlace, start: WriterStart, fileBytes: number): Promise<JournalWriter> {
    const { files, folder, anchorFile } = place;
    const file = await files.open(path.join(folder, fileName(start.tail.file)), 'write');
    try {
      const anchor = await files.open(anchorFile, 'write');
      const open = { file, anchor, fileFacts: await file.facts(), anchorFacts: await anchor.facts() };
      return new JournalWriter(place, fileBytes, start, open);
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /** The last record; it is on the disk. */
  get head(): Position {
    return this.#head;
  }

  get tail(): WriterStart['tail'] {
    return { file: this.#number, bytes: this.#offset };
  }

  /** What was written could not be taken back: nothing more is written until the journal is opened anew. */
  get failed(): boolean {
    return this.#failed !== null;
  }

  /**
   * Whether the files at their paths are still the ones it wrote, and as it left them. A file system that keeps times
   * otherwise on disk than in memory changes the time of a file by itself; then its content is to be looked at.
   */
  async untouched(): Promise<Untouched> {
    const { files, folder, anchorFile } = this.#place;
    const expected = [
      [path.join(folder, fileName(this.#number)), this.#fileFacts ?? (await this.#file.facts()), this.#offset],
      [anchorFile, this.#anchorFacts, 2 * PLACE_BYTES],
    ] as const;
    let changed = false;
    for (const [file, facts, size] of expected) {
      const name = path.basename(file);
      const now = await files.facts(file);
      if (now === null) return { file: name, line: null, text: 'The file is gone.' };
      if (now.identity !== facts.identity) return { file: name, line: null, text: 'Another file stands in its place.' };
      if (now.size !== size) {
        return { file: name, line: null, text: `The file has ${now.size} bytes; ${size} were written.` };
      }
      changed ||= now.changed !== facts.changed;
    }
    return changed ? 'to-be-verified' : 'untouched';
  }

  /** Takes the files as they are for what it wrote: they were verified. */
  async accept(): Promise<void> {
    this.#fileFacts = await this.#file.facts();
    this.#anchorFacts = await this.#anchor.facts();
  }

  /**
   * @param line a record that follows `head`
   * @throws AppError JOURNAL_UNUSABLE: nothing of it stays, unless `failed`; JOURNAL_BROKEN
   */
  async append(line: Buffer): Promise<LinePlace> {
    if (this.#failed !== null) throw this.#failed;
    if (line.length > limits.journal.recordBytes) {
      throw unusable(
        'The record cannot be written',
        'it is larger than any may be',
        'Act on fewer containers at once.',
      );
    }
    if (this.#offset > 0 && !this.#recovering && this.#offset + line.length > this.#fileBytes) await this.#nextFile();
    const place: LinePlace = { file: this.#number, offset: this.#offset, bytes: line.length };
    const end = this.#offset + line.length;
    const head = { file: this.#number, bytes: end, seq: this.#head.seq + 1, hash: hashOf(line) };
    let anchoring = false;
    try {
      await writeWhole(this.#file, line, this.#offset);
      if (this.#recovering) await this.#file.truncate(end);
      await this.#file.datasync();
      if (!this.#named) await this.#place.files.syncFolder(this.#place.folder);
      this.#named = true;
      anchoring = true;
      await this.#writeAnchor(head);
    } catch (error) {
      await this.#takeBack(anchoring);
      throw systemTrouble('The journal cannot be written', error) ?? error;
    }
    this.#head = head;
    this.#offset = end;
    this.#recovering = false;
    this.#nextPlace = this.#nextPlace === 0 ? 1 : 0;
    await this.accept().catch(() => this.#forgetTimes());
    return place;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // What was written is on the disk, whatever closing says.
    await this.#file.close().catch(() => undefined);
    await this.#anchor.close().catch(() => undefined);
  }

  async #writeAnchor(position: Position): Promise<void> {
    await writeWhole(this.#anchor, encodePlace(position), this.#nextPlace * PLACE_BYTES);
    await this.#anchor.datasync();
  }

  /**
   * The anchor first: once it names the record before again, what is left of the new one is beyond it, wherever this
   * is ended.
   */
  async #takeBack(anchoring: boolean): Promise<void> {
    try {
      if (this.#recovering) throw new Error('the next start has to look at it again');
      if (anchoring) await this.#writeAnchor(this.#head);
      await this.#file.truncate(this.#offset);
      await this.#file.datasync();
      await this.accept();
    } catch (error) {
      const trouble = systemTrouble('What was begun to be written could not be taken back', error);
      this.#failed = unusable(
        'The journal cannot be written any more',
        trouble?.message.replace(/\.$/, '') ?? 'its disk fails',
        'Check its disk, then start Binnacle again: it looks at what was written last.',
        error,
      );
    }
  }

  async #nextFile(): Promise<void> {
    const number = this.#number + 1;
    if (number > limits.journal.files) {
      throw unusable(
        'The journal cannot be written',
        'it has as many files as it may',
        'Put it aside to begin a new one.',
      );
    }
    let file: JournalFile;
    try {
      file = await this.#place.files.open(path.join(this.#place.folder, fileName(number)), 'create');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') {
        throw broken({ file: fileName(number), line: null, text: 'The file was not written by Binnacle.' });
      }
      throw systemTrouble('The journal cannot be written', error) ?? error;
    }
    const before = this.#file;
    this.#file = file;
    this.#number = number;
    this.#offset = 0;
    this.#named = false;
    this.#fileFacts = null;
    await before.close().catch(() => undefined);
  }

  /** The record is on the disk all the same; before the next one its file is verified. */
  #forgetTimes(): void {
    if (this.#fileFacts !== null) this.#fileFacts = { ...this.#fileFacts, changed: -1n };
  }
}

interface OpenFiles {
  readonly file: JournalFile;
  readonly anchor: JournalFile;
  readonly fileFacts: FileFacts;
  readonly anchorFacts: FileFacts;
}

/** A system that writes a part says why at the next call; one that writes nothing has no room. */
export async function writeWhole(file: JournalFile, bytes: Buffer, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const written = await file.write(bytes.subarray(done), position + done);
    if (written <= 0) throw Object.assign(new Error('nothing was written'), { code: 'ENOSPC' });
    done += written;
  }
}
