import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { limits } from '../kernel/limits.ts';

/** What stands at the settings file's path. */
export type FoundFile =
  | { readonly kind: 'missing' }
  | { readonly kind: 'text'; readonly text: string }
  /** There, but no text we take: too large, or not UTF-8. */
  | { readonly kind: 'unfit'; readonly why: string }
  /** There, and not to be read: it may well be whole, so it is left where it is. */
  | { readonly kind: 'unreadable'; readonly why: string };

/** Reads `file`, at most `limits.settings.fileBytes`. Never throws, never waits for a pipe, changes nothing. */
export async function readSettingsFile(file: string): Promise<FoundFile> {
  try {
    // Without O_NONBLOCK, opening a FIFO somebody put there would wait for its writer. Windows has neither.
    await using handle = await open(file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    const { size, isFile } = await handle.stat().then((found) => ({ size: found.size, isFile: found.isFile() }));
    if (!isFile) return { kind: 'unreadable', why: 'it is not a file' };
    if (size > limits.settings.fileBytes) {
      return { kind: 'unfit', why: `they are larger than ${limits.settings.fileBytes / 1024 / 1024} MiB` };
    }
    return { kind: 'text', text: new TextDecoder('utf-8', { fatal: true }).decode(await handle.readFile()) };
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    if (code === 'ENOENT') return { kind: 'missing' };
    if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA') return { kind: 'unfit', why: 'they are not UTF-8 text' };
    return { kind: 'unreadable', why: DENIED.has(code) ? 'permission denied' : code };
  }
}

const DENIED: ReadonlySet<string> = new Set(['EACCES', 'EPERM']);
