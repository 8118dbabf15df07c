import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline/promises';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Clock } from '../kernel/clock.ts';
import { limits } from '../kernel/limits.ts';
import { type Home, homeAt } from './home.ts';
import { lockHome } from './lock.ts';

let home: Home;
const children: ChildProcess[] = [];
beforeEach(() => {
  home = homeAt(mkdtempSync(path.join(tmpdir(), 'binnacle-lock-')));
});
afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  rmSync(home.path, { recursive: true, force: true });
});

/** A clock on which waiting takes no time; `slept` milliseconds have passed on it. */
function fastClock(onSleep: () => void = () => undefined): Clock & { slept: number } {
  const clock = {
    slept: 0,
    now: () => clock.slept,
    monotonic: () => clock.slept,
    async sleep(ms: number) {
      clock.slept += ms;
      onSleep();
    },
  };
  return clock;
}

/** Another process that takes the lock when it is told `go`, says how that went, and holds it until it is killed. */
function contender(): { child: ChildProcess; line: () => Promise<string>; go: () => void } {
  const source = (file: string) => JSON.stringify(pathToFileURL(path.join(import.meta.dirname, file)).href);
  const child = spawn(
    process.execPath,
    [
      '--input-type=module',
      '--eval',
      `const { lockHome } = await import(${source('lock.ts')});
       const { homeAt } = await import(${source('home.ts')});
       const { systemClock } = await import(${source('../kernel/clock.ts')});
       process.stdin.once('data', async () => {
         try {
           globalThis.lock = await lockHome(homeAt(process.argv[1]), { clock: systemClock, role: 'cli' });
           console.log('won ' + process.pid);
         } catch (error) {
           console.log(error.code + ' ' + error.details.pid);
           process.exit();
         }
       });
       console.log('ready');`,
      home.path,
    ],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  children.push(child);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    child,
    line: async () => String((await lines.next()).value),
    go: () => void child.stdin.write('go\n'),
  };
}

describe('lockHome', () => {
  it('waits for a command that lets go in time', async () => {
    const first = await lockHome(home, { clock: fastClock(), role: 'cli' });
    const clock = fastClock(() => {
      if (clock.slept >= 500) first[Symbol.dispose]();
    });
    using second = await lockHome(home, { clock, role: 'cli' });
    expect([first.held, second.held, clock.slept]).toEqual([false, true, 500]);
  });

  it('gives up on one that does not, and says who it is', async () => {
    using _ = await lockHome(home, { clock: fastClock(), role: 'cli' });
    const clock = fastClock();
    await expect(lockHome(home, { clock, role: 'cli' })).rejects.toMatchObject({
      code: 'HOME_LOCKED',
      message: `Another Binnacle (process ${process.pid}) is using ${home.path}.`,
      details: { pid: process.pid },
    });
    expect(clock.slept).toBe(limits.settings.lockWaitMs);
  });

  it.each([
    ['desktop', 'The Binnacle window'],
    ['browser', 'Binnacle in the browser'],
  ] as const)('does not wait for a window (%s)', async (role, name) => {
    using _ = await lockHome(home, { clock: fastClock(), role });
    const clock = fastClock();
    await expect(lockHome(home, { clock, role: 'cli' })).rejects.toMatchObject({
      code: 'HOME_LOCKED',
      message: `${name} (process ${process.pid}) is using ${home.path}.`,
    });
    expect(clock.slept).toBe(0);
  });

  it('does without the name of the owner where nobody wrote it', async () => {
    using _ = await lockHome(home, { clock: fastClock(), role: 'cli' });
    writeFileSync(home.lockOwnerFile, 'half a lin');
    await expect(lockHome(home, { clock: fastClock(), role: 'cli' })).rejects.toMatchObject({
      code: 'HOME_LOCKED',
      details: { pid: null },
    });
  });

  it('stops waiting when it is told to', async () => {
    using _ = await lockHome(home, { clock: fastClock(), role: 'cli' });
    const reason = new Error('enough');
    const clock = { ...fastClock(), sleep: async (_ms: number, signal?: AbortSignal) => signal?.throwIfAborted() };
    const signal = AbortSignal.abort(reason);
    await expect(lockHome(home, { clock, role: 'cli', signal })).rejects.toBe(reason);
  });

  it('refuses a home that is not there', async () => {
    await expect(lockHome(homeAt(`${home.path}/missing`), { clock: fastClock(), role: 'cli' })).rejects.toMatchObject({
      code: 'HOME_UNUSABLE',
    });
  });

  it('passes from a process that was killed to exactly one of twenty', async () => {
    const dead = contender();
    await dead.line();
    dead.go();
    expect(await dead.line()).toBe(`won ${dead.child.pid}`);
    const crowd = Array.from({ length: 20 }, contender);
    await Promise.all(crowd.map(({ line }) => line()));
    dead.child.kill('SIGKILL');
    for (const { go } of crowd) go();
    const said = (await Promise.all(crowd.map(({ line }) => line()))).sort();
    const winner = said.at(-1)?.replace('won ', '');
    expect(said).toEqual([...Array.from({ length: 19 }, () => `HOME_LOCKED ${winner}`), `won ${winner}`]);
  }, 120_000);
});
