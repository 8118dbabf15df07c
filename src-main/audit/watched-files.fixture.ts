import path from 'node:path';
import { type JournalFile, type JournalFiles, journalFiles } from './journal-files.ts';

interface WatchedOptions {
  /**
   * Told of each write and each datasync once it has returned: `write intent`, where what was written is a record, else
   * `write journal.anchor`; `datasync 000001.jsonl`.
   */
  readonly onDone?: (call: string) => void;
  /** Asked before each, named likewise: the system's code it is to fail with; null: it is done. */
  readonly fault?: (call: string) => string | null;
}

/** The real file system, which tells of what makes a record durable, and fails where a test wants it to. */
export function watchedFiles({ onDone = () => undefined, fault = () => null }: WatchedOptions): JournalFiles {
  async function watched<T>(call: string, work: () => Promise<T>): Promise<T> {
    const code = fault(call);
    if (code !== null) throw Object.assign(new Error(`${code}: ${call}`), { code });
    const done = await work();
    onDone(call);
    return done;
  }
  const watchedFile = (name: string, file: JournalFile): JournalFile => ({
    facts: () => file.facts(),
    read: (into, position) => file.read(into, position),
    write: (bytes, position) => {
      const kind = /"kind":"(\w+)"/.exec(Buffer.from(bytes).toString('utf8'))?.[1];
      return watched(`write ${kind ?? name}`, () => file.write(bytes, position));
    },
    datasync: () => watched(`datasync ${name}`, () => file.datasync()),
    truncate: (size) => file.truncate(size),
    close: () => file.close(),
  });
  return {
    ...journalFiles,
    open: async (file, how) => watchedFile(path.basename(file), await journalFiles.open(file, how)),
  };
}
