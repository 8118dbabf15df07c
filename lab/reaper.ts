import { readdir, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { removeBridges } from './bridge.ts';
import { killTree, processes } from './processes.ts';
import type { Remains } from './reaper-process.ts';

/** Started by reaper-process.ts: waits for the end of its input, then removes what a lab leaves. */
async function main(remains: Remains): Promise<void> {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});
  const pids = (await text(process.stdin)).trim().split('\n').filter(Boolean).map(Number);
  const own = processes().filter((entry) => pids.includes(entry.pid) && entry.command.includes(remains.folder));
  for (const { pid } of own) await killTree(pid);
  await removeBridges(remains.id, join(remains.folder, 'data/network/files/local-kv.db'));
  await removeControlGroups('/sys/fs/cgroup', `binnacle-lab-${remains.id}`);
  await rm(remains.folder, { recursive: true, force: true, maxRetries: 5 });
}

/** The groups of the lab: in the one hierarchy of version 2, and in every controller's of version 1. */
async function removeControlGroups(root: string, name: string): Promise<void> {
  const controllers = (await folders(root)).map((controller) => join(root, controller, name));
  for (const group of [join(root, name), ...controllers]) await removeGroup(group);
}

/** Control groups go by rmdir, leaves first; their files are not files. */
async function removeGroup(group: string): Promise<void> {
  for (const child of await folders(group)) await removeGroup(join(group, child));
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await rmdir(group);
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : null;
      if (code === 'ENOENT') return;
      // The kernel empties a group a moment after its last process is gone.
      if (code !== 'EBUSY' || attempt === 50) throw error;
      await sleep(20);
    }
  }
}

async function folders(parent: string): Promise<string[]> {
  const entries = await readdir(parent, { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
}

await main(JSON.parse(process.argv[2] ?? '{}') as Remains);
