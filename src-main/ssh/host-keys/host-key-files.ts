import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { AppError } from '../../kernel/errors.ts';
import { limits } from '../../kernel/limits.ts';
import { visibleText } from '../../kernel/text.ts';
import type { HostAddress } from './host-pattern.ts';
import { formatKnownHostsLine, type KnownHostsFile, parseKnownHosts } from './known-hosts.ts';

/**
 * Reads a known_hosts file. One that is not there is empty, as for OpenSSH; one that is there and cannot be read
 * blocks, because it may hold a revocation.
 * @throws AppError HOST_KEY_UNREADABLE: no permission, not a file, or larger than `limits.ssh.knownHostsBytes`
 */
export async function readKnownHosts(path: string): Promise<KnownHostsFile> {
  try {
    // Without O_NONBLOCK the opening of a named pipe waits for its writer, for ever.
    await using file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    if (!(await file.stat()).isFile()) throw unreadable(path, 'it is not a file');
    return parseKnownHosts((await readBounded(file, path)).toString('utf8'), path);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return { name: path, lines: [] };
    if (error instanceof AppError) throw error;
    throw unreadable(path, hasCode(error, 'EACCES') ? 'it may not be read by this user' : 'it cannot be opened', error);
  }
}

/**
 * Appends `key` as accepted for `address` to Binnacle's own file, which is made (0600) where it is missing; its folder
 * is there. Nothing in it is rewritten: the line goes out in one append, so that two processes that accept at once lose
 * neither, and is on the disk when this resolves.
 * @throws AppError HOME_UNUSABLE; or as `formatKnownHostsLine`
 */
export async function appendAccepted(ownFile: string, address: HostAddress, key: Buffer): Promise<void> {
  const line = formatKnownHostsLine(address, key);
  try {
    await using file = await open(ownFile, constants.O_RDWR | constants.O_APPEND | constants.O_CREAT, 0o600);
    const { size } = await file.stat();
    const endsInsideLine = size > 0 && !(await lastByte(file, size)).equals(LINE_FEED);
    await appendWhole(file, Buffer.from(endsInsideLine ? `\n${line}` : line), size);
    await file.sync();
  } catch (cause) {
    throw new AppError('HOME_UNUSABLE', `The accepted host key could not be written to ${visibleText(ownFile)}.`, {
      hint: 'Check that the disk is not full and that this user may write the file, then connect again.',
      cause,
    });
  }
}

/**
 * Near a full disk a write can stop short without an error: what was written of the line is then taken back. Another
 * process that appends in the very moment between looking and cutting loses its line; its key is asked about again.
 */
async function appendWhole(file: FileHandle, bytes: Buffer, sizeBefore: number): Promise<void> {
  const { bytesWritten } = await file.write(bytes);
  if (bytesWritten === bytes.length) return;
  // Only where nobody appended in between: another process' line is worth more than a tidy file.
  if ((await file.stat()).size === sizeBefore + bytesWritten) await file.truncate(sizeBefore);
  throw new Error(`wrote ${bytesWritten} of ${bytes.length} bytes`);
}

async function lastByte(file: FileHandle, size: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(1), 0, 1, size - 1);
  return buffer.subarray(0, bytesRead);
}

/** Reads to the end rather than to the size `stat` gave: the file may grow while it is read. */
async function readBounded(file: FileHandle, path: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let total = 0;
  for await (const chunk of file.createReadStream({ autoClose: false, highWaterMark: 1 << 20 })) {
    chunks.push(chunk);
    total += chunk.length;
    if (total > limits.ssh.knownHostsBytes) throw unreadable(path, 'it is too large');
  }
  return Buffer.concat(chunks);
}

function unreadable(path: string, why: string, cause?: unknown): AppError {
  return new AppError('HOST_KEY_UNREADABLE', `The known hosts file ${visibleText(path)} cannot be used: ${why}.`, {
    details: { file: path },
    hint: 'Put the file right, or name another with --known-hosts. Until then no host key can be checked.',
    cause,
  });
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}

const LINE_FEED = Buffer.from('\n');
