import path from 'node:path';
import type { FileFacts, JournalFile, JournalFiles } from './journal-files.ts';

interface Node {
  bytes: Buffer;
  /** What a power cut leaves for certain. */
  durable: Buffer;
  named: boolean;
  readonly inode: number;
  changed: bigint;
  mode: number;
  uid: number;
  kind: FileFacts['kind'];
}

/** What a fault does to one call: fails it with a code, or has it write only so many bytes. */
export type Fault = { readonly code: string } | { readonly bytes: number };

/** A file system in memory that tells what it was asked, in order, and fails where a test wants it to. */
export class MemoryFiles implements JournalFiles {
  readonly nodes = new Map<string, Node>();
  readonly trace: string[] = [];
  /** Asked before each call, as in `write 000001.jsonl`; null: nothing happens to it. */
  fault: (call: string) => Fault | null = () => null;
  #inodes = 0;
  #ticks = 0n;

  /** A copy of what is stored; nothing in it is shared. */
  copy(): MemoryFiles {
    const copy = new MemoryFiles();
    for (const [name, node] of this.nodes) copy.nodes.set(name, { ...node, bytes: Buffer.from(node.bytes) });
    copy.#inodes = this.#inodes;
    copy.#ticks = this.#ticks;
    return copy;
  }

  /**
   * What a power cut may leave: of what was not made durable, all, nothing, or a part in either order; of names, all
   * or nothing. @param choose a whole number below the one it is given
   */
  afterPowerCut(choose: (below: number) => number): MemoryFiles {
    const left = this.copy();
    for (const [name, node] of [...left.nodes]) {
      if (!node.named && choose(2) === 0) left.nodes.delete(name);
      node.bytes = mixed(node.durable, node.bytes, choose);
      node.durable = node.bytes;
      node.named = true;
    }
    return left;
  }

  bytes(file: string): Buffer {
    return this.#node(file).bytes;
  }

  /** As somebody else would do it. */
  put(file: string, bytes: Buffer): void {
    const node = this.nodes.get(file);
    if (node === undefined) this.nodes.set(file, this.#make('file', bytes));
    else {
      node.bytes = bytes;
      this.#touch(node);
    }
  }

  async list(folder: string): Promise<readonly string[] | null> {
    await this.#call('list', folder);
    if (!this.nodes.has(folder)) return null;
    return [...this.nodes.keys()].filter((name) => path.dirname(name) === folder).map((name) => path.basename(name));
  }

  async makeFolder(folder: string): Promise<void> {
    await this.#call('makeFolder', folder);
    if (this.nodes.has(folder)) throw failure('EEXIST');
    this.nodes.set(folder, this.#make('folder', Buffer.alloc(0), 0o700));
  }

  async syncFolder(folder: string): Promise<void> {
    await this.#call('syncFolder', folder);
    for (const [name, node] of this.nodes) if (path.dirname(name) === folder) node.named = true;
  }

  async facts(file: string): Promise<FileFacts | null> {
    await this.#call('facts', file);
    const node = this.nodes.get(file);
    return node === undefined ? null : factsOf(node);
  }

  async open(file: string, how: 'read' | 'write' | 'create'): Promise<JournalFile> {
    await this.#call(`open-${how}`, file);
    if (how === 'create') {
      if (this.nodes.has(file)) throw failure('EEXIST');
      this.nodes.set(file, this.#make('file', Buffer.alloc(0)));
    }
    return this.#handle(this.#node(file), file);
  }

  async rename(from: string, to: string): Promise<void> {
    await this.#call('rename', from);
    this.#node(from);
    for (const [name, node] of [...this.nodes]) {
      if (name !== from && !name.startsWith(`${from}/`)) continue;
      this.nodes.delete(name);
      if (name === from) node.named = false;
      this.nodes.set(to + name.slice(from.length), node);
    }
  }

  async remove(file: string): Promise<void> {
    await this.#call('remove', file);
    this.nodes.delete(file);
  }

  #handle(node: Node, file: string): JournalFile {
    return {
      facts: async () => {
        await this.#call('file-facts', file);
        return factsOf(node);
      },
      read: async (into, position) => {
        await this.#call('read', file);
        return node.bytes.copy(into, 0, position);
      },
      write: async (bytes, position) => {
        const most = await this.#call('write', file);
        const written = bytes.subarray(0, most);
        if (written.length > 0) {
          const size = Math.max(node.bytes.length, position + written.length);
          const grown = Buffer.concat([node.bytes], size);
          grown.set(written, position);
          node.bytes = grown;
          this.#touch(node);
        }
        this.trace.push(`wrote ${path.basename(file)}`);
        return written.length;
      },
      datasync: async () => {
        await this.#call('datasync', file);
        node.durable = node.bytes;
        this.trace.push(`datasynced ${path.basename(file)}`);
      },
      truncate: async (size) => {
        await this.#call('truncate', file);
        node.bytes = Buffer.from(node.bytes.subarray(0, size));
        this.#touch(node);
      },
      close: async () => void (await this.#call('close', file)),
    };
  }

  /** Resolves with how many bytes may be written, some time later, as a disk does. */
  async #call(what: string, file: string): Promise<number> {
    const call = `${what} ${path.basename(file)}`;
    this.trace.push(call);
    const fault = this.fault(call);
    await Promise.resolve();
    if (fault === null) return Number.POSITIVE_INFINITY;
    if ('code' in fault) throw failure(fault.code);
    return fault.bytes;
  }

  #node(file: string): Node {
    const node = this.nodes.get(file);
    if (node === undefined) throw failure('ENOENT');
    return node;
  }

  #make(kind: Node['kind'], bytes: Buffer, mode = 0o600): Node {
    this.#inodes += 1;
    this.#ticks += 1n;
    return {
      kind,
      bytes,
      durable: Buffer.alloc(0),
      named: false,
      inode: this.#inodes,
      changed: this.#ticks,
      mode,
      uid: 1_000,
    };
  }

  #touch(node: Node): void {
    this.#ticks += 1n;
    node.changed = this.#ticks;
  }
}

/** A disk writes pieces of 512 bytes at least; the journal counts on 32. */
function mixed(durable: Buffer, now: Buffer, choose: (below: number) => number): Buffer {
  const how = choose(4);
  if (how === 0) return durable;
  if (how === 1) return now;
  const size = choose(2) === 0 ? now.length : Math.min(now.length, durable.length);
  const [first, second] = how === 2 ? [now, durable] : [durable, now];
  const at = choose(Math.ceil(size / 32) + 1) * 32;
  return Buffer.concat(
    [first.subarray(0, at), Buffer.alloc(Math.max(0, at - first.length)), second.subarray(at)],
    size,
  );
}

function factsOf({ kind, bytes, inode, changed, mode, uid }: Node): FileFacts {
  return { kind, identity: `1:${inode}`, size: bytes.length, changed, uid, mode };
}

function failure(code: string): Error {
  return Object.assign(new Error(code), { code });
}
