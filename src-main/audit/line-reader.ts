import path from 'node:path';
import { decodeRecord, fileName } from './chain.ts';
import type { LinePlace } from './chain-scan.ts';
import { unusable } from './journal-errors.ts';
import type { JournalFile } from './journal-files.ts';
import type { JournalRecord } from './records.ts';
import type { JournalPlace } from './scan-journal.ts';

/** Reads single lines of a journal; keeps its files open until it is disposed. */
export class LineReader implements AsyncDisposable {
  readonly #place: Pick<JournalPlace, 'folder' | 'files'>;
  readonly #open = new Map<number, JournalFile>();

  constructor(place: Pick<JournalPlace, 'folder' | 'files'>) {
    this.#place = place;
  }

  /** With its line break. @throws AppError JOURNAL_UNUSABLE where it is not there any more; the system's own error */
  async line({ file, offset, bytes }: LinePlace): Promise<Buffer> {
    const handle = this.#open.get(file) ?? (await this.#openFile(file));
    const line = Buffer.allocUnsafe(bytes);
    for (let done = 0; done < bytes; ) {
      const read = await handle.read(line.subarray(done), offset + done);
      if (read === 0) throw changed(file);
      done += read;
    }
    return line;
  }

  /** @throws as {@link line} */
  async record(place: LinePlace): Promise<JournalRecord> {
    const decoded = decodeRecord(await this.line(place));
    if ('wrong' in decoded) throw changed(place.file);
    return decoded.record;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const file of this.#open.values()) await file.close();
    this.#open.clear();
  }

  async #openFile(number: number): Promise<JournalFile> {
    const file = await this.#place.files.open(path.join(this.#place.folder, fileName(number)), 'read');
    this.#open.set(number, file);
    return file;
  }
}

function changed(file: number) {
  return unusable(
    'The journal cannot be read',
    `${fileName(file)} was changed since it was opened`,
    'Verify the journal to see what is wrong with it.',
  );
}
