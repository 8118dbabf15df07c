import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

interface ProcessEntry {
  readonly pid: number;
  readonly parent: number;
  /** Arguments with spaces between; empty for kernel threads and zombies. */
  readonly command: string;
}

/** Every living process of this machine, zombies left out. Linux only. */
export function processes(): ProcessEntry[] {
  return readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? (processEntry(Number(name)) ?? []) : []));
}

function processEntry(pid: number): ProcessEntry | null {
  try {
    // The second field, the program's name, may itself hold spaces and parentheses: read from the last one on.
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (state === 'Z' || state === 'X') return null;
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
    return { pid, parent: Number(parent), command };
  } catch {
    return null; // it ended before, or while, it was read
  }
}

/** The ids of all that `pid` started and that still descend from it, without itself. */
export function descendants(pid: number, among: readonly ProcessEntry[] = processes()): number[] {
  return among
    .filter((entry) => entry.parent === pid)
    .flatMap((child) => [child.pid, ...descendants(child.pid, among)]);
}

export const isAlive = (pid: number) => processEntry(pid) !== null;

/** Sends a signal; a process that is already gone is no error. */
export function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

/** Whether all have ended within `timeoutMs` milliseconds. */
export async function ended(pids: readonly number[], timeoutMs: number): Promise<boolean> {
  const deadline = performance.now() + timeoutMs;
  while (pids.some(isAlive)) {
    if (performance.now() > deadline) return false;
    await sleep(20);
  }
  return true;
}

/**
 * Ends `pid` and all it started, at once. It is stopped first, so that it can start nothing while its descendants
 * are being listed; those would be handed to init, and out of sight, once it is gone.
 */
export async function killTree(pid: number): Promise<void> {
  signalProcess(pid, 'SIGSTOP');
  const all = [pid, ...descendants(pid)];
  for (const each of all) signalProcess(each, 'SIGKILL');
  if (!(await ended(all, 30_000))) throw new Error(`Processes ${all.filter(isAlive).join(', ')} could not be killed.`);
}
