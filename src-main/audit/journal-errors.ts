import { AppError } from '../kernel/errors.ts';

/** What is wrong with the journal's files. */
export interface Finding {
  readonly file: string;
  /** Counts from 1; null where it is about the whole file. */
  readonly line: number | null;
  /** A sentence. */
  readonly text: string;
}

/** @param more findings beside the one that is named */
export function broken({ file, line, text }: Finding, more = 0): AppError {
  const where = line === null ? file : `${file}, line ${line}`;
  const others = more === 0 ? '' : more === 1 ? ' One more thing is wrong.' : ` ${more} more things are wrong.`;
  return new AppError('JOURNAL_BROKEN', `The journal is not what was written. ${where}: ${text}${others}`, {
    hint: 'Look at it on the Journal page; put it aside to begin a new one. Until then nothing is changed on any host.',
    details: { file, line },
  });
}

/** @param what as in `The journal cannot be written` */
export function unusable(what: string, why: string, hint: string, cause?: unknown): AppError {
  return new AppError('JOURNAL_UNUSABLE', `${what}: ${why}.`, { hint, ...(cause === undefined ? {} : { cause }) });
}

/**
 * Says in an operator's words what the system said while the journal was read or written; null: it is no error of the
 * system's.
 */
export function systemTrouble(what: string, error: unknown): AppError | null {
  if (error instanceof AppError) return error;
  const code = (error as NodeJS.ErrnoException | null)?.code;
  if (typeof code !== 'string' || !/^E[A-Z0-9]+$/.test(code)) return null;
  const [why, hint] = TROUBLES[code] ?? [code, CHECK];
  return unusable(what, why, hint, error);
}

const FREE = 'Free some space and try again. Nothing is changed on any host without its record.';
const CHECK =
  'Check the disk and the rights of the journal’s folder. Nothing is changed on any host without its record.';

const TROUBLES: Readonly<Record<string, readonly [why: string, hint: string]>> = {
  ENOSPC: ['the disk is full', FREE],
  EDQUOT: ['the quota of the disk is used up', FREE],
  EFBIG: ['the file would be larger than is allowed', CHECK],
  EIO: ['the disk reports an error', CHECK],
  EROFS: ['it is on a read-only disk', CHECK],
  EACCES: ['permission denied', CHECK],
  EPERM: ['permission denied', CHECK],
  ELOOP: ['a link stands in its place', CHECK],
  ENOENT: ['it is gone', CHECK],
  ENOTDIR: ['part of its path is not a folder', CHECK],
  EMFILE: ['too many files are open', CHECK],
};
