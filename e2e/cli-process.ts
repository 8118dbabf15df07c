import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { StatusDocument } from '#contract/status.ts';

const ROOT = join(import.meta.dirname, '..');

/** How the command line ended. */
export interface CliEnd {
  /** null where a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** One line of standard output, and when it was read: milliseconds since the epoch. */
export interface CliLine {
  readonly at: number;
  readonly text: string;
}

/** The built command line as a process of its own, with a home of its own. Disposing kills it. */
export interface CliProcess extends AsyncDisposable {
  readonly pid: number;
  /** Everything it has written so far. */
  readonly lines: readonly CliLine[];
  readonly ended: Promise<CliEnd>;
  kill(signal: NodeJS.Signals): void;
  /**
   * The first line for which `accept` does not return null, from line `from` on, with what it returned.
   * @throws Error with the end of what it wrote, when it ends or `timeoutMs` pass without one
   */
  find<T>(accept: (text: string) => T | null, options?: FindOptions): Promise<Found<T>>;
}

export interface FindOptions {
  /** Index into `lines`. Default 0. */
  readonly from?: number;
  /** Milliseconds. Default 30,000. */
  readonly timeoutMs?: number;
  /** For the error. */
  readonly what?: string;
}

export interface Found<T> extends CliLine {
  readonly value: T;
  readonly index: number;
}

/**
 * Starts `bin/binnacle.mjs` under this Node. It knows nothing of whoever runs the tests: no ssh-agent, no `~/.ssh`,
 * no settings.
 * @throws Error where the command line has not been built
 */
export async function startCli(args: readonly string[]): Promise<CliProcess> {
  if (!existsSync(join(ROOT, 'out', 'main', 'cli.js'))) {
    throw new Error('The command line has not been built: npm run build (npm test does it by itself).');
  }
  const home = await mkdtemp(join(tmpdir(), 'binnacle-cli-'));
  const child = spawn(process.execPath, [join(ROOT, 'bin', 'binnacle.mjs'), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH, HOME: home, BINNACLE_HOME: join(home, 'binnacle') },
  });
  const lines: CliLine[] = [];
  const watchers = new Set<() => void>();
  let stderr = '';
  let over: CliEnd | null = null;
  const tell = () => {
    for (const watcher of watchers) watcher();
  };
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    stderr += chunk;
  });
  createInterface({ input: child.stdout }).on('line', (text) => {
    lines.push({ at: Date.now(), text });
    tell();
  });
  const ended = new Promise<CliEnd>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      over = { code, signal, stdout: lines.map(({ text }) => `${text}\n`).join(''), stderr };
      resolve(over);
      tell();
    });
  });

  return {
    pid: child.pid ?? -1,
    lines,
    ended,
    kill: (signal) => void child.kill(signal),
    find<T>(
      accept: (text: string) => T | null,
      { from = 0, timeoutMs = 30_000, what = 'the expected line' }: FindOptions = {},
    ) {
      const { promise, resolve, reject } = Promise.withResolvers<Found<T>>();
      let next = from;
      const fail = (why: string) => {
        const last = lines.slice(-3).map(({ text }) => text.slice(0, 2_000));
        reject(new Error(`${why} without ${what}. The last of ${lines.length} lines:\n${last.join('\n')}\n${stderr}`));
      };
      const look = () => {
        for (; next < lines.length; next += 1) {
          const line = lines[next] as CliLine;
          const value = accept(line.text);
          if (value !== null) return resolve({ ...line, value, index: next });
        }
        if (over !== null) fail(`It ended with ${over.code ?? over.signal}`);
      };
      const timer = setTimeout(() => fail(`${timeoutMs / 1_000} s passed`), timeoutMs);
      watchers.add(look);
      look();
      return promise.finally(() => {
        clearTimeout(timer);
        watchers.delete(look);
      });
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await ended.catch(() => undefined);
      await rm(home, { recursive: true, force: true });
    },
  };
}

/** Runs it to its end. */
export async function runCli(args: readonly string[]): Promise<CliEnd> {
  await using cli = await startCli(args);
  return await cli.ended;
}

/** A line, or all of standard output, as the document the contract promises. @throws ZodError */
export function parseDocument(text: string): StatusDocument {
  return StatusDocument.parse(JSON.parse(text));
}
