import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startBackground } from './background-process.ts';
import { type EngineApi, engineApi } from './engine-api.ts';
import { run } from './run.ts';
import type { Sshd } from './sshd.ts';

interface SshOptions {
  /** Default: as the sshd's own. */
  readonly user?: string;
  /** null: no key. Default: the sshd's own. */
  readonly key?: string | null;
  /** `-o` each: `Ciphers=aes128-cbc`. They win over what is set here. */
  readonly options?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

const settings = (sshd: Sshd, { user = sshd.user, key = sshd.clientKeyFile, options = [] }: SshOptions) => {
  const known = [`UserKnownHostsFile=${sshd.knownHostsFile}`, 'GlobalKnownHostsFile=none', 'ConnectTimeout=10'];
  const identity = key === null ? [] : ['-i', key];
  const login = ['IdentitiesOnly=yes', 'NumberOfPasswordPrompts=1', 'StrictHostKeyChecking=yes'];
  const all = [...options, ...(key === null ? [] : login.slice(0, 1)), ...login.slice(1), ...known];
  return ['-F', 'none', ...all.flatMap((each) => ['-o', each]), ...identity, '-p', String(sshd.port), '-l', user];
};

/** Runs `command` there by OpenSSH's own client. @throws Error with what it said */
export function ssh(sshd: Sshd, command: string, options: SshOptions = {}): Promise<string> {
  const quiet = { ...options, options: [...(options.options ?? []), 'BatchMode=yes'] };
  return run('ssh', [...settings(sshd, quiet), sshd.host, command], { env: options.env ?? {}, timeoutMs: 30_000 });
}

/** The same, where answers are asked for: given in their order, empty ones after the last. @returns what was asked, too */
export async function sshAnswering(
  sshd: Sshd,
  command: string,
  answers: readonly string[],
  options: SshOptions = {},
): Promise<{ readonly output: string; readonly asked: readonly string[] }> {
  const folder = await mkdtemp(join(tmpdir(), 'binnacle-askpass-'));
  try {
    const [program, left, asked] = ['askpass', 'answers', 'asked'].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ];
    await writeFile(left, answers.map((answer) => `${answer}\n`).join(''));
    await writeFile(asked, '');
    const script = `#!/bin/sh\nprintf '%s\\n' "$1" >> ${asked}\nhead -n 1 ${left}\nsed -i 1d ${left}\n`;
    await writeFile(program, script, { mode: 0o700 });
    const env = { ...options.env, SSH_ASKPASS: program, SSH_ASKPASS_REQUIRE: 'force' };
    const output = await run('ssh', [...settings(sshd, options), sshd.host, command], { env, timeoutMs: 30_000 });
    return { output, asked: (await readFile(asked, 'utf8')).trim().split('\n') };
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** An engine as it is reached by `ssh -L`: each request is a stream-local or TCP channel. */
export interface Forwarded extends AsyncDisposable {
  readonly api: EngineApi;
}

/** @param to `/run/docker.sock`, or `127.0.0.1:2375` */
export async function forward(sshd: Sshd, to: string, options: SshOptions = {}): Promise<Forwarded> {
  await using undo = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'binnacle-forward-'));
  undo.defer(() => rm(folder, { recursive: true, force: true }));
  const near = join(folder, 'near.sock');
  const quiet = { ...options, options: [...(options.options ?? []), 'BatchMode=yes', 'ExitOnForwardFailure=yes'] };
  const client = undo.use(startBackground(['ssh', ...settings(sshd, quiet), '-N', '-L', `${near}:${to}`, sshd.host]));
  while (!existsSync(near)) {
    const why = client.exit();
    if (why !== null) throw new Error(`ssh did not forward: ${why}\n${client.log()}`);
    await sleep(20);
  }
  const api = undo.use(engineApi(near));
  const started = undo.move();
  return { api, [Symbol.asyncDispose]: () => started.disposeAsync() };
}
