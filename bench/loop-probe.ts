import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';

/** How long an event loop kept others waiting, in milliseconds. */
export interface LoopDelay {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

export interface LoopProbe extends AsyncDisposable {
  /** With which the process that is measured has to be started. */
  readonly env: NodeJS.ProcessEnv;
  /** Since it was asked last. @throws Error where the process does not answer */
  read(pid: number): Promise<LoopDelay>;
}

const ANSWER_MS = 5_000;

/** Asks a process that was started with `loop-delay.ts` for its delays. */
export async function loopProbe(): Promise<LoopProbe> {
  const folder = await mkdtemp(join(tmpdir(), 'binnacle-loop-'));
  const file = join(folder, 'delay.json');
  return {
    env: {
      NODE_OPTIONS: `--import=${pathToFileURL(join(import.meta.dirname, 'loop-delay.ts')).href}`,
      BINNACLE_BENCH_LOOP: file,
    },
    async read(pid) {
      await rm(file, { force: true });
      process.kill(pid, 'SIGUSR2');
      for (const until = Date.now() + ANSWER_MS; Date.now() < until; await pause(20)) {
        const text = await readFile(file, 'utf8').catch(() => '');
        // It may be read while it is written.
        if (text.endsWith('}')) return JSON.parse(text) as LoopDelay;
      }
      throw new Error(`Process ${pid} does not tell its delays.`);
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}
