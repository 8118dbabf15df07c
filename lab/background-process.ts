import { spawn } from 'node:child_process';
import { killTree } from './processes.ts';

export interface BackgroundProcess extends AsyncDisposable {
  readonly pid: number;
  /** All it has said, on both outputs. */
  log(): string;
  /** Why it is no longer running; null while it is. */
  exit(): string | null;
}

/**
 * Starts a program that ends with this process, whatever becomes of it: disposed, it is killed with all it started.
 * @param env on top of this process's own
 */
export function startBackground(
  command: readonly string[],
  env: Readonly<Record<string, string>> = {},
): BackgroundProcess {
  // The kernel ends it should this process die without the chance to do so; its own group keeps Ctrl-C from it.
  const args = ['--pdeathsig', 'KILL', '--', ...command];
  const child = spawn('setpriv', args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
    env: { ...process.env, ...env },
  });
  let logged = '';
  let exit: string | null = null;
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => (logged += chunk));
  }
  child.on('error', (error) => (exit ??= error.message));
  child.on('exit', (code, signal) => (exit ??= `it ended with ${code ?? signal}`));
  return {
    pid: child.pid ?? -1,
    log: () => logged,
    exit: () => exit,
    [Symbol.asyncDispose]: async () => {
      if (child.pid !== undefined && exit === null) await killTree(child.pid);
    },
  };
}
