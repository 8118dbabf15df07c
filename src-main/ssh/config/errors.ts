import path from 'node:path';
import { AppError } from '../../kernel/errors.ts';
import { limits } from '../../kernel/limits.ts';
import { visibleText } from '../../kernel/text.ts';

/** Where something stands in ssh_config. */
export interface ConfigPlace {
  /** As it is shown: `~/.ssh/config`. */
  readonly file: string;
  /** Counts from 1; null: it is about the file as a whole. */
  readonly line: number | null;
}

/** The path of a file of ssh_config as it is shown: below the operator's home with a `~`. */
export function shownFile(file: string, homeDir: string): string {
  const isBelow = homeDir !== '' && file.startsWith(homeDir + path.sep);
  return visibleText(isBelow ? `~${file.slice(homeDir.length)}` : file);
}

/** `~/.ssh/config:12`. */
export function shownPlace({ file, line }: ConfigPlace): string {
  return line === null ? file : `${file}:${line}`;
}

/** A word of the file for a message; what is longer than a keyword can be is cut. Never a command: it may hold a secret. */
export function shownWord(word: string): string {
  return visibleText(word, limits.text.labelChars);
}

/**
 * What OpenSSH itself would stop at, and so what stops us: what the operator meant cannot be known.
 * @param what as a predicate: `has a port that is no port`
 */
export function configBroken(place: ConfigPlace, what: string, hint?: string, cause?: unknown): AppError {
  return new AppError('SSH_CONFIG_BROKEN', `${shownPlace(place)} ${what}.`, {
    hint: hint ?? 'Put it right; "ssh -G HOST" says what OpenSSH makes of it.',
    details: { ...place },
    ...(cause === undefined ? {} : { cause }),
  });
}

/** What OpenSSH would do and Binnacle cannot, where going on without it could end at another machine, or trust too much. */
export function configUnsupported(place: ConfigPlace, what: string, hint: string): AppError {
  return new AppError('SSH_CONFIG_UNSUPPORTED', `${shownPlace(place)} ${what}.`, { hint, details: { ...place } });
}
