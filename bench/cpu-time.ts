import { readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';

/** Linux counts for programs in hundredths of a second (USER_HZ), whatever it counts in itself. */
const TICK_MS = 10;

/** Milliseconds of processor time a process has had, all its threads together, user and system. */
export async function cpuMs(pid: number): Promise<number> {
  return cpuMsOf(await readFile(`/proc/${pid}/stat`, 'utf8'));
}

/** From the text of /proc/PID/stat (proc(5)): the name, field 2, may hold anything, spaces and brackets too. */
export function cpuMsOf(stat: string): number {
  const fromThird = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fromThird[11]) + Number(fromThird[12])) * TICK_MS;
}

/** Share of one core, 0 to 1, that each of the clocks, in milliseconds, had while `ms` passed. */
export async function coreShares<Name extends string>(
  clocks: Readonly<Record<Name, () => Promise<number>>>,
  ms: number,
): Promise<Record<Name, number>> {
  const names = Object.keys(clocks) as Name[];
  const read = () => Promise.all(names.map((name) => clocks[name]()));
  const started = performance.now();
  const before = await read();
  await pause(ms);
  const after = await read();
  const passed = performance.now() - started;
  const shares = names.map((name, index) => [name, ((after[index] ?? 0) - (before[index] ?? 0)) / passed]);
  return Object.fromEntries(shares) as Record<Name, number>;
}
