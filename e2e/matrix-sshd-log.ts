import { expect, vi } from 'vitest';
import type { Sshd } from '../lab/sshd.ts';
import type { Scene, Stage } from './matrix-row.ts';

/** At DEBUG1 sshd logs each request to log in that reaches it, `none` and mere offers of keys included. */
export function loginRequests(sshd: Sshd, from: number): number {
  return sshd.log().slice(from).split(`userauth-request for user ${sshd.user} `).length - 1;
}

/**
 * Resolves once sshd has logged the end of each connection that it logged the beginning of: what is not there by then did
 * not happen.
 */
export async function settledLog(sshd: Sshd, from: number): Promise<void> {
  const open = () => {
    const log = sshd.log().slice(from);
    const begun = [...log.matchAll(/Connection from \S+ port (\d+) on/g)].map(([, port]) => port);
    return begun.filter((port) => !new RegExp(`(${ENDS}) [^\n]*port ${port}\\b`).test(log));
  };
  await patiently(() => expect(open()).toEqual([]));
}

const ENDS = 'closed by|reset by|disconnect from|Disconnected from|exchange with';

/** sshd refuses the row's account once for each time it is connected to: nothing is given to it twice. */
export function refusedOnce({ sshd, user }: Stage, pattern: string): Pick<Scene, 'afterTrial' | 'afterFollowing'> {
  let looks = 0;
  const look = async () => {
    looks += 1;
    const refused = () => sshd.log().match(new RegExp(`${pattern} for ${user} `, 'g'))?.length ?? 0;
    await patiently(() => expect(refused()).toBe(looks));
  };
  return { afterTrial: look, afterFollowing: look };
}

/** Not `expect.poll`, which has to know the one test that runs: rows are walked side by side. */
const patiently = (isSo: () => void) => vi.waitFor(isSo, { timeout: 10_000, interval: 20 });
