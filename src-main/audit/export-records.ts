import path from 'node:path';
import { abortError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import type { LinePlace } from './chain-scan.ts';
import type { JournalFile, JournalFiles } from './journal-files.ts';
import { writeWhole } from './journal-writer.ts';
import { LineReader } from './line-reader.ts';
import type { JournalPlace } from './scan-journal.ts';

/**
 * Copies lines as they stand to a new file (0600) in `folder`, which is made where it is missing. A file that could
 * not be written whole is taken away again.
 * @param stamp of its name; another file of that name is left as it is
 * @throws AppError JOURNAL_UNUSABLE, or the signal's own; the system's own error
 */
export async function exportLines(
  place: JournalPlace,
  lines: readonly LinePlace[],
  target: { readonly folder: string; readonly stamp: string },
  signal: AbortSignal,
): Promise<string> {
  const { name, file } = await createFile(place.files, target.folder, `binnacle-journal-${target.stamp}`);
  try {
    await copyLines(place, lines, file, signal);
    await file.datasync();
  } catch (error) {
    await file.close();
    await place.files.remove(name);
    throw error;
  }
  await file.close();
  return name;
}

async function copyLines(place: JournalPlace, lines: readonly LinePlace[], file: JournalFile, signal: AbortSignal) {
  await using reader = new LineReader(place);
  let at = 0;
  for (const run of adjoining(lines)) {
    if (signal.aborted) throw abortError(signal);
    const bytes = await reader.line(run);
    await writeWhole(file, bytes, at);
    at += bytes.length;
  }
}

/** Lines that stand one behind the other are copied together. */
function adjoining(lines: readonly LinePlace[]): LinePlace[] {
  const runs: { file: number; offset: number; bytes: number }[] = [];
  for (const { file, offset, bytes } of lines) {
    const run = runs.at(-1);
    const follows = run?.file === file && run.offset + run.bytes === offset;
    if (run !== undefined && follows && run.bytes + bytes <= RUN_BYTES) run.bytes += bytes;
    else runs.push({ file, offset, bytes });
  }
  return runs;
}

const RUN_BYTES = 256 * 1_024;

async function createFile(files: JournalFiles, folder: string, stem: string) {
  if ((await files.facts(folder)) === null) await files.makeFolder(folder);
  for (let count = 1; ; count += 1) {
    const name = path.join(folder, `${stem}${count === 1 ? '' : `-${count}`}.jsonl`);
    try {
      return { name, file: await files.open(name, 'create') };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || count >= limits.journal.exportsASecond) throw error;
    }
  }
}
