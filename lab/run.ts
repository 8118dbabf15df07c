import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';

interface RunOptions {
  /** Written to its standard input, which is then closed. */
  readonly input?: string;
  /** Milliseconds; beyond, it is killed and the promise rejects. Default 60,000. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  /** On top of this process's own. */
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * Runs one program without a shell and returns what it wrote to standard output.
 * @throws Error with the command line and its standard error where it could not be run or did not exit with 0
 */
export async function run(file: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const deadline = AbortSignal.timeout(options.timeoutMs ?? 60_000);
  const signal = options.signal === undefined ? deadline : AbortSignal.any([options.signal, deadline]);
  const env = { ...process.env, ...options.env };
  const child = spawn(file, args, { stdio: 'pipe', signal, killSignal: 'SIGKILL', env });
  // A program that ends without reading its input is judged by its exit code, not by our broken pipe.
  child.stdin.on('error', () => {});
  child.stdin.end(options.input ?? '');
  const [stdout, stderr, [code, killedBy]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>,
  ]).catch((error: unknown) => {
    throw new Error(`${[file, ...args].join(' ')}: ${signal.aborted ? 'took too long or was cancelled' : error}`, {
      cause: error,
    });
  });
  if (code !== 0) {
    throw new Error(`${[file, ...args].join(' ')}: ended with ${code ?? killedBy}\n${(stderr || stdout).trim()}`);
  }
  return stdout;
}
