import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const PROGRAM = join(import.meta.dirname, '../bin/binnacle.mjs');
const READY = /^Binnacle is ready: (http:\/\/\S+)$/;
const READY_MS = 20_000;

/** A host as a window is to find it in its settings. */
export interface WindowHost {
  readonly name: string;
  readonly target: string;
  readonly identityFile: string;
}

export interface WindowHome extends AsyncDisposable {
  readonly folder: string;
}

/** A home of its own in a temporary folder, with hosts saved and the keys of `knownHostsFiles` accepted. */
export async function makeHome(
  hosts: readonly WindowHost[],
  { knownHostsFiles = [] }: { readonly knownHostsFiles?: readonly string[] } = {},
): Promise<WindowHome> {
  const folder = await mkdtemp(join(tmpdir(), 'binnacle-window-'));
  await mkdir(join(folder, 'home'), { mode: 0o700 });
  const saved = hosts.map(({ name, target, identityFile }) => ({
    id: randomUUID(),
    name,
    target,
    mode: 'observe',
    identityFiles: [identityFile],
  }));
  await writeFile(join(folder, 'home', 'settings.json'), JSON.stringify({ schema: 1, hosts: saved }));
  for (const file of knownHostsFiles) await copyFile(file, join(folder, 'home', 'known_hosts'));
  return {
    folder: join(folder, 'home'),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

/** `binnacle serve`, as an operator starts it. */
export interface Served extends AsyncDisposable {
  readonly pid: number;
  readonly port: number;
  /** A link that opens one window: the first as printed at the start, then those that Enter prints. */
  link(): Promise<string>;
  /** Everything it wrote so far. */
  output(): string;
  /** Ends it as Ctrl-C does. @returns its exit code */
  stop(): Promise<number | null>;
}

/**
 * Starts the built program on `home`. Whoever runs it has no ssh-agent, and no keys but those the settings name.
 * @throws Error with what it said when it is not ready in time
 */
export async function serve(
  home: WindowHome,
  args: readonly string[] = [],
  moreEnv: NodeJS.ProcessEnv = {},
): Promise<Served> {
  const { SSH_AUTH_SOCK: _agent, DISPLAY: _display, ...env } = process.env;
  const child = spawn(process.execPath, [PROGRAM, 'serve', '--no-open', '--home', home.folder, ...args], {
    env: { ...env, HOME: join(home.folder, '..'), ...moreEnv },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const said: string[] = [];
  const links: string[] = [];
  const waiting: ((link: string) => void)[] = [];
  const hear = (line: string) => {
    said.push(line);
    const link = READY.exec(line)?.[1];
    if (link === undefined) return;
    const next = waiting.shift();
    if (next === undefined) links.push(link);
    else next(link);
  };
  createInterface({ input: child.stdout }).on('line', hear);
  createInterface({ input: child.stderr }).on('line', (line) => said.push(line));
  const exited = once(child, 'exit') as Promise<[number | null]>;
  const output = () => said.join('\n');

  const nextLink = async () => {
    const before = links.shift();
    if (before !== undefined) return before;
    const { promise, resolve } = Promise.withResolvers<string>();
    waiting.push(resolve);
    const late = AbortSignal.timeout(READY_MS);
    const gone = new Promise<never>((_, reject) => {
      late.addEventListener('abort', () => reject(new Error(`binnacle serve printed no link:\n${output()}`)));
      void exited.then(() => reject(new Error(`binnacle serve ended:\n${output()}`)));
    });
    return await Promise.race([promise, gone]);
  };
  const stop = async () => {
    child.kill('SIGINT');
    return (await exited)[0];
  };
  const first = await nextLink().catch((error: unknown) => {
    child.kill('SIGKILL');
    throw error;
  });
  let unused: string | null = first;
  return {
    pid: child.pid as number,
    port: Number(new URL(first).port),
    async link() {
      const link = unused;
      unused = null;
      if (link !== null) return link;
      child.stdin.write('\n');
      return await nextLink();
    },
    output,
    stop,
    [Symbol.asyncDispose]: async () => void (await stop()),
  };
}
