import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

/** What is left of a lab once its processes are gone. */
export interface Remains {
  readonly folder: string;
  readonly id: string;
}

interface Reaper extends AsyncDisposable {
  /** Tells it a process to kill, with its process namespace, before it cleans up. */
  watch(pid: number): void;
}

/**
 * Starts the process that cleans up after a lab. It acts when its standard input ends: because the lab is disposed, or
 * because this process died in whatever way. One path for both, so the rare one is used every time.
 */
export function startReaper(remains: Remains): Reaper {
  const script = fileURLToPath(new URL('./reaper.ts', import.meta.url));
  // Detached, so that Ctrl-C reaches this process and not the one that has to clean up after it.
  const args = ['--disable-warning=ExperimentalWarning', script, JSON.stringify(remains)];
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'ignore', 'pipe'], detached: true });
  child.stdin.on('error', () => {});
  const said = text(child.stderr);
  const ended = once(child, 'exit');
  ended.catch(() => {});
  return {
    watch: (pid) => void child.stdin.write(`${pid}\n`),
    async [Symbol.asyncDispose]() {
      child.stdin.end();
      const [code] = await ended;
      if (code !== 0) throw new Error(`The lab in ${remains.folder} was not cleaned up:\n${await said}`);
    },
  };
}
