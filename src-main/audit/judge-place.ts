import path from 'node:path';
import { fileNumber } from './chain.ts';
import { unusable } from './journal-errors.ts';
import type { FileFacts } from './journal-files.ts';
import type { JournalPlace } from './scan-journal.ts';

/**
 * Sees to it that nobody but this user could have written the journal, and that no link leads elsewhere. What is not
 * there passes.
 *
 * @param uid this process's user; undefined where the platform has none
 * @throws AppError JOURNAL_UNUSABLE; the system's own error
 */
export async function judgePlace({ folder, anchorFile, files }: JournalPlace, uid: number | undefined): Promise<void> {
  const found = await files.facts(folder);
  if (found !== null) {
    judge(found, 'folder', path.basename(folder), uid);
    for (const name of (await files.list(folder)) ?? []) {
      if (fileNumber(name) === null) continue;
      const file = await files.facts(path.join(folder, name));
      if (file !== null) judge(file, 'file', name, uid);
    }
  }
  const anchor = await files.facts(anchorFile);
  if (anchor !== null) judge(anchor, 'file', path.basename(anchorFile), uid);
}

function judge(found: FileFacts, kind: 'file' | 'folder', name: string, uid: number | undefined): void {
  if (found.kind !== kind) throw refused(name, found.kind === 'link' ? 'is a link' : `is no ${kind}`, 'Move it away.');
  if (uid === undefined) return;
  if (found.uid !== uid) {
    throw refused(name, `belongs to another user (${found.uid})`, 'Run Binnacle as that user, without sudo.');
  }
  if ((found.mode & 0o022) !== 0) {
    throw refused(name, 'may be written by other users', 'Verify the journal, then take that right away: chmod go-w.');
  }
}

function refused(name: string, what: string, hint: string) {
  return unusable('The journal cannot be used', `${name} ${what}`, hint);
}
