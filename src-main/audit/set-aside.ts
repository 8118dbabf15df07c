import path from 'node:path';
import type { JournalPlace } from './scan-journal.ts';

/**
 * Gives a journal's folder and anchor a name beside their own: `journal-broken-<stamp>`, and the same with `.anchor`.
 * Ended between the two it leaves a folder without its anchor, or the reverse, which is broken still.
 * @returns the folder's new path
 * @throws the system's own error
 */
export async function moveAside({ folder, anchorFile, files }: JournalPlace, stamp: string): Promise<string> {
  const stem = `${folder}-broken-${stamp}`;
  let target = stem;
  for (let count = 2; (await files.facts(target)) ?? (await files.facts(`${target}.anchor`)); count += 1) {
    target = `${stem}-${count}`;
  }
  if ((await files.facts(folder)) !== null) await files.rename(folder, target);
  if ((await files.facts(anchorFile)) !== null) await files.rename(anchorFile, `${target}.anchor`);
  await files.syncFolder(path.dirname(folder));
  if (path.dirname(anchorFile) !== path.dirname(folder)) await files.syncFolder(path.dirname(anchorFile));
  return target;
}

/** As in `20260731T141516Z`. */
export function stampOf(milliseconds: number): string {
  return new Date(milliseconds)
    .toISOString()
    .replace(/\.\d+Z$/, 'Z')
    .replace(/[-:]/g, '');
}
