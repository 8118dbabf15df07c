import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startBackground } from './background-process.ts';
import { run } from './run.ts';

/** A real ssh-agent of its own. */
export interface SshAgent extends AsyncDisposable {
  readonly socketPath: string;
  readonly pid: number;
  /** Puts an unencrypted key into it; and its certificate, where one stands beside it as `-cert.pub`. */
  add(keyFile: string): Promise<void>;
  /** Takes a key out of it, and leaves its certificate in: for whoever does not know certificates, of no use. */
  keepCertificateOnly(keyFile: string): Promise<void>;
}

/** Starts one that holds `keys`: files of unencrypted keys. Default: none. */
export async function startAgent(options: { readonly keys?: readonly string[] } = {}): Promise<SshAgent> {
  await using undo = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'binnacle-agent-'));
  undo.defer(() => rm(folder, { recursive: true, force: true }));
  const socketPath = join(folder, 'agent.sock');
  const agent = undo.use(startBackground(['ssh-agent', '-D', '-a', socketPath]));
  while (!existsSync(socketPath)) {
    const why = agent.exit();
    if (why !== null) throw new Error(`ssh-agent did not start: ${why}\n${agent.log()}`);
    await sleep(10);
  }
  const env = { SSH_AUTH_SOCK: socketPath };
  const sshAdd = async (...args: string[]) => void (await run('ssh-add', ['-q', ...args], { env }));
  for (const key of options.keys ?? []) await sshAdd(key);
  const started = undo.move();
  return {
    socketPath,
    pid: agent.pid,
    add: (keyFile) => sshAdd(keyFile),
    keepCertificateOnly: (keyFile) => sshAdd('-k', '-d', `${keyFile}.pub`),
    [Symbol.asyncDispose]: () => started.disposeAsync(),
  };
}
