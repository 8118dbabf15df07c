import type { BigIntStats } from 'node:fs';
import { constants } from 'node:fs';
import { type FileHandle, lstat, mkdir, open, readdir, rename, unlink } from 'node:fs/promises';

/** What tells one file, and one state of it, from another. */
export interface FileFacts {
  readonly kind: 'file' | 'folder' | 'link' | 'other';
  /** Device and inode. */
  readonly identity: string;
  readonly size: number;
  /** Nanoseconds since the epoch, as fine as the file system keeps it. */
  readonly changed: bigint;
  readonly uid: number;
  /** Permission bits. */
  readonly mode: number;
}

/**
 * The file system as the journal uses it. Every call fails with the system's own error (`code`), and does what it
 * says and nothing beside: what is durable when, is the journal's business.
 */
export interface JournalFiles {
  /** Names in it; null: there is no such folder. */
  list(folder: string): Promise<readonly string[] | null>;
  /** 0700. Fails where it is there already. */
  makeFolder(folder: string): Promise<void>;
  /** Makes the names in it durable: files created, renamed, removed. */
  syncFolder(folder: string): Promise<void>;
  /** Of what stands at `path` itself, no link followed; null: nothing does. */
  facts(path: string): Promise<FileFacts | null>;
  /** `create`: a new file (0600), for writing; fails where there is one. No link is followed, and no pipe waited for. */
  open(file: string, how: 'read' | 'write' | 'create'): Promise<JournalFile>;
  rename(from: string, to: string): Promise<void>;
  /** Does nothing where there is no such file. */
  remove(file: string): Promise<void>;
}

export interface JournalFile {
  facts(): Promise<FileFacts>;
  /** Reads into `into` from byte `position`; resolves with how much was read, 0 at the end. */
  read(into: Uint8Array, position: number): Promise<number>;
  /** Resolves with how much was written, which may be less than there is in `bytes`. */
  write(bytes: Uint8Array, position: number): Promise<number>;
  /** Data, and what is needed to find it again, are on the disk. */
  datasync(): Promise<void>;
  truncate(size: number): Promise<void>;
  close(): Promise<void>;
}

/** The real one. */
export const journalFiles: JournalFiles = {
  list: (folder) => readdir(folder).catch(absent),
  makeFolder: async (folder) => void (await mkdir(folder, { mode: 0o700 })),
  async syncFolder(folder) {
    // Windows opens no folder, and has no such call; NTFS keeps names in its own journal.
    if (process.platform === 'win32') return;
    await using handle = await open(folder, 'r');
    await handle.sync().catch((error: NodeJS.ErrnoException) => {
      if (!NO_FOLDER_SYNC.has(error.code ?? '')) throw error;
    });
  },
  facts: async (path) => {
    const found = await lstat(path, { bigint: true }).catch(absent);
    return found === null ? null : factsOf(found);
  },
  open: async (file, how) => asJournalFile(await open(file, FLAGS[how] | NO_LINK_NO_WAIT, 0o600)),
  rename,
  remove: async (file) => void (await unlink(file).catch(absent)),
};

/** What network disks say that have no such call. */
const NO_FOLDER_SYNC: ReadonlySet<string> = new Set(['EINVAL', 'ENOTSUP', 'EOPNOTSUPP']);

const FLAGS = {
  read: constants.O_RDONLY,
  write: constants.O_RDWR,
  create: constants.O_RDWR | constants.O_CREAT | constants.O_EXCL,
};

/** Windows has neither; its links need rights that no other user has. */
const NO_LINK_NO_WAIT = (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

function absent(error: NodeJS.ErrnoException): null {
  if (error.code === 'ENOENT') return null;
  throw error;
}

function asJournalFile(handle: FileHandle): JournalFile {
  return {
    facts: async () => factsOf(await handle.stat({ bigint: true })),
    read: async (into, position) => (await handle.read(into, 0, into.length, position)).bytesRead,
    write: async (bytes, position) => (await handle.write(bytes, 0, bytes.length, position)).bytesWritten,
    datasync: () => handle.datasync(),
    truncate: (size) => handle.truncate(size),
    close: () => handle.close(),
  };
}

function factsOf(found: BigIntStats): FileFacts {
  return {
    kind: found.isFile() ? 'file' : found.isDirectory() ? 'folder' : found.isSymbolicLink() ? 'link' : 'other',
    identity: `${found.dev}:${found.ino}`,
    size: Number(found.size),
    changed: found.mtimeNs,
    uid: Number(found.uid),
    mode: Number(found.mode & 0o777n),
  };
}
