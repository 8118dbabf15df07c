import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { open, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { AppError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import { visibleText } from '../kernel/text.ts';

/**
 * @returns null where there is none; what is too large comes back as no text that could be read
 * @throws AppError HOME_UNUSABLE where it is there and cannot be read
 */
export async function readSecretsFile(file: string): Promise<string | null> {
  try {
    // Without O_NONBLOCK, opening a FIFO somebody put there would wait for its writer.
    await using handle = await open(file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    const found = await handle.stat();
    if (!found.isFile()) throw new Error('it is not a file');
    return found.size > limits.hosts.secretsFileBytes ? '' : await handle.readFile('utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw unusable(file, 'could not be read', error);
  }
}

/**
 * Replaces the file, whole or not at all, mode 0600; `null`: there is none from now on. A draft is read back before it
 * takes its place: near a full disk a write may be cut short without an error (FACTS, disk 2).
 * @throws AppError HOME_UNUSABLE; the file is then what it was
 */
export async function writeSecretsFile(file: string, text: string | null): Promise<void> {
  const draft = `${file}.${randomBytes(6).toString('hex')}.draft`;
  try {
    if (text === null) {
      await rm(file, { force: true });
      return;
    }
    {
      await using handle = await open(draft, 'wx', 0o600);
      await handle.writeFile(text);
      await handle.datasync();
    }
    if ((await readFile(draft, 'utf8')) !== text) throw new Error('the disk is full');
    await rename(draft, file);
  } catch (error) {
    await rm(draft, { force: true }).catch(() => undefined);
    throw unusable(file, 'could not be written', error);
  }
}

/**
 * Gives a file that cannot be read a name beside its own.
 * @returns its new path
 * @throws AppError HOME_UNUSABLE
 */
export async function setAside(file: string, now: number): Promise<string> {
  const { dir, name, ext } = path.parse(file);
  const time = new Date(now).toISOString().replaceAll(':', '-');
  const aside = path.join(dir, `${name}.broken-${time}${ext}`);
  try {
    await rename(file, aside);
    return aside;
  } catch (error) {
    throw unusable(file, 'could not be set aside', error);
  }
}

function unusable(file: string, how: string, cause: unknown): AppError {
  const { code, message } = cause as NodeJS.ErrnoException;
  return new AppError('HOME_UNUSABLE', `The kept passphrases and passwords ${how}: ${code ?? message}.`, {
    hint: `Check ${visibleText(file)}, and that its disk has room.`,
    cause,
  });
}
