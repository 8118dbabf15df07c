import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';

/** sshd starts itself again for every connection and insists on an absolute path. */
const SSHD = '/usr/sbin/sshd';

interface ProcessOptions {
  readonly folder: string;
  /** Lines of sshd_config; they win over `ownConfig`, because sshd keeps the first value it reads. */
  readonly extraConfig: readonly string[];
  readonly ownConfig: readonly string[];
  /** null: one that is free. */
  readonly port: number | null;
  /** What the command is run by, if not as it is. */
  readonly within: (command: readonly string[]) => readonly string[];
}

interface SshdProcess {
  readonly pid: number;
  readonly port: number;
  /** All it has said. */
  readonly log: () => string;
}

/** Starts sshd in the foreground and resolves once it listens. @throws Error with its log where it did not start */
export async function startSshdProcess(options: ProcessOptions): Promise<SshdProcess> {
  const { folder, ownConfig, within } = options;
  // Everything after a Match line belongs to it, so what the caller puts from there on goes last.
  const extra = options.extraConfig;
  const match = extra.findIndex((line) => /^\s*match\s/i.test(line));
  const [first, last] = match < 0 ? [extra, []] : [extra.slice(0, match), extra.slice(match)];
  const config = join(folder, 'sshd_config');
  for (let attempt = 1; ; attempt += 1) {
    const port = options.port ?? (await freePort());
    await writeFile(config, `${[...first, `Port ${port}`, ...ownConfig, ...last].join('\n')}\n`);
    const { pid, log, listening } = start(within([SSHD, '-D', '-e', '-f', config]));
    if (await listening) return { pid, port, log };
    // Between finding a free port and taking it somebody else may have taken it.
    const taken = options.port === null && log().includes('Address already in use');
    if (!taken || attempt === 3) throw new Error(`sshd did not start on port ${port}; it said:\n${log()}`);
  }
}

function start(command: readonly string[]) {
  // The kernel ends it should this process die without the chance to do so; its own group keeps Ctrl-C from it.
  const args = ['--pdeathsig', 'KILL', '--', ...command];
  const child = spawn('setpriv', args, { stdio: ['ignore', 'ignore', 'pipe'], detached: true });
  const { promise: listening, resolve } = Promise.withResolvers<boolean>();
  let logged = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    logged += chunk;
    if (logged.includes('Server listening on')) resolve(true);
  });
  child.on('error', (error) => {
    logged += String(error);
    resolve(false);
  });
  child.on('close', () => resolve(false));
  const timer = setTimeout(() => {
    logged += 'It did not listen within 10 s.';
    child.kill('SIGKILL');
  }, 10_000);
  void listening.then(() => clearTimeout(timer));
  return { pid: child.pid ?? -1, log: () => logged.replaceAll('\r\n', '\n'), listening };
}

/** A TCP port of 127.0.0.1 that nobody listens on at the moment. */
export async function freePort(): Promise<number> {
  const server = createServer();
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  server.once('error', reject);
  server.listen(0, '127.0.0.1', () => {
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    server.close(() => resolve(port));
  });
  return promise;
}
