import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { appendFile, chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { descendants, killTree, signalProcess } from './processes.ts';
import { type ClientKey, fingerprint, type KeyType, writeClientKey } from './ssh-keys.ts';

/** sshd starts itself again for every connection and insists on an absolute path. */
const SSHD = '/usr/sbin/sshd';

interface SshdOptions {
  /** Host keys it shows. Default: ed25519 alone. */
  readonly hostKeyTypes?: readonly KeyType[];
  /** Lines of sshd_config; they win over the lab's own, because sshd keeps the first value it reads. */
  readonly extraConfig?: readonly string[];
  /** Default: one that is free. */
  readonly port?: number;
  /** Host keys are read from, and those missing written to, this folder: for a restart with the same or other keys. */
  readonly hostKeyDir?: string;
  /** Environment of what is run over ssh. */
  readonly env?: Readonly<Record<string, string>>;
  /** The folder in which its own one is made. Default: the one for temporary files. */
  readonly folder?: string;
  /** Who logs in. Default: whoever runs the lab. Another one needs root. */
  readonly user?: string;
}

interface HostKey {
  readonly type: KeyType;
  /** `ssh-ed25519 AAAA…`, without a comment. */
  readonly publicLine: string;
  /** `SHA256:…`, as ssh-keygen prints it. */
  readonly fingerprint: string;
}

/** A real sshd on loopback with keys of its own. */
export interface Sshd extends AsyncDisposable {
  readonly host: '127.0.0.1';
  readonly port: number;
  readonly user: string;
  readonly pid: number;
  /** Its own temporary folder, mode 0700; gone once it is stopped. */
  readonly folder: string;
  /** An unencrypted ed25519 key that may log in. */
  readonly clientKeyFile: string;
  readonly clientPublicKey: string;
  readonly hostKeys: readonly HostKey[];
  /** A known_hosts file with all of {@link knownHostsLines}. */
  readonly knownHostsFile: string;
  /** `[127.0.0.1]:port type base64`, one a host key. */
  knownHostsLines(): string[];
  /** All it has logged, at DEBUG1. */
  log(): string;
  /** Resolves once the log matches, for what sshd does a moment after the client has seen its answer. */
  waitForLog(pattern: RegExp, timeoutMs?: number): Promise<void>;
  /** `ssh://user@127.0.0.1:port[/path/to/socket]`. */
  target(socketPath?: string): string;
  /** Lets a further key log in, with authorized_keys options such as `restrict` or `command="true"`. */
  authorize(publicKey: string, options?: string): Promise<void>;
  /** Processes of the connections that are open now. */
  sessionPids(): number[];
  /** Kills every open connection; the server itself goes on. */
  dropConnections(): void;
  /** Ends it with all its connections, and deletes its folder. May be called twice. */
  stop(): Promise<void>;
}

/**
 * Starts sshd in the foreground and resolves once it listens.
 * @throws Error with sshd's own log where it did not start
 */
export async function startSshd(options: SshdOptions = {}): Promise<Sshd> {
  await using undo = new AsyncDisposableStack();
  const me = userInfo();
  const user = options.user ?? me.username;
  const folder = await mkdtemp(join(options.folder ?? tmpdir(), 'binnacle-sshd-'));
  undo.defer(() => rm(folder, { recursive: true, force: true }));
  // sshd reads authorized_keys as the one who logs in, who must be able to reach it.
  if (user !== me.username) await chmod(folder, 0o711);
  // Its place to lock up the unprivileged part. Shared with every sshd of the machine, so it is not ours to delete.
  if (me.uid === 0 && !existsSync('/run/sshd')) await mkdir('/run/sshd', { recursive: true, mode: 0o755 });

  const authorizedKeys = join(folder, 'authorized_keys');
  const hostKeyDir = options.hostKeyDir ?? folder;
  const hostKeyTypes = options.hostKeyTypes ?? ['ed25519'];
  const client = await writeClientKey(folder);
  const hostKeys = await Promise.all(hostKeyTypes.map((type) => hostKey(hostKeyDir, type)));
  await writeFile(authorizedKeys, `${client.publicKey}\n`, { mode: 0o644 });

  const { port, child, log } = await listen(folder, options, [
    'AddressFamily inet',
    'ListenAddress 127.0.0.1',
    ...hostKeyTypes.map((type) => `HostKey ${hostKeyFile(hostKeyDir, type)}`),
    `AuthorizedKeysFile ${authorizedKeys}`,
    'StrictModes no',
    'UsePAM no',
    'UseDNS no',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'PermitRootLogin prohibit-password',
    'PidFile none',
    'PrintMotd no',
    'PrintLastLog no',
    'LogLevel DEBUG1',
    // To bash a shell within a shell: it leaves the operator's .bashrc, which may print, wait or hang, alone. One line
    // for all, because sshd heeds the first SetEnv only.
    `SetEnv ${Object.entries({ SHLVL: '1', ...options.env })
      .map(([name, value]) => `${name}=${value}`)
      .join(' ')}`,
  ]);
  undo.defer(() => killTree(child.pid));
  const knownHostsFile = join(folder, 'known_hosts');
  const knownHosts = hostKeys.map((key) => `[127.0.0.1]:${port} ${key.publicLine}`);
  await writeFile(knownHostsFile, knownHosts.map((line) => `${line}\n`).join(''));

  const started = undo.move();
  return describe(started, {
    child,
    log,
    port,
    user,
    folder,
    client,
    hostKeys,
    knownHosts,
    knownHostsFile,
    authorizedKeys,
  });
}

interface Parts {
  readonly child: { readonly pid: number };
  readonly log: () => string;
  readonly port: number;
  readonly user: string;
  readonly folder: string;
  readonly client: ClientKey;
  readonly hostKeys: readonly HostKey[];
  readonly knownHosts: readonly string[];
  readonly knownHostsFile: string;
  readonly authorizedKeys: string;
}

function describe(started: AsyncDisposableStack, parts: Parts): Sshd {
  const { child, log, port, user, folder, client, hostKeys, knownHosts, knownHostsFile, authorizedKeys } = parts;
  return {
    host: '127.0.0.1',
    port,
    user,
    pid: child.pid,
    folder,
    clientKeyFile: client.file,
    clientPublicKey: client.publicKey,
    hostKeys,
    knownHostsFile,
    knownHostsLines: () => [...knownHosts],
    log,
    async waitForLog(pattern, timeoutMs = 5_000) {
      const deadline = performance.now() + timeoutMs;
      while (!pattern.test(log())) {
        if (performance.now() > deadline) throw new Error(`sshd did not log ${pattern}; it logged:\n${log()}`);
        await sleep(20);
      }
    },
    target: (socketPath = '') => `ssh://${user}@127.0.0.1:${port}${socketPath}`,
    authorize: (publicKey, options) =>
      appendFile(authorizedKeys, `${options === undefined ? '' : `${options} `}${publicKey.trim()}\n`),
    sessionPids: () => descendants(child.pid),
    dropConnections() {
      for (const pid of descendants(child.pid)) signalProcess(pid, 'SIGKILL');
    },
    stop: () => started.disposeAsync(),
    [Symbol.asyncDispose]: () => started.disposeAsync(),
  };
}

async function listen(folder: string, options: SshdOptions, ownConfig: readonly string[]) {
  // Everything after a Match line belongs to it, so what the caller puts from there on goes last.
  const extra = options.extraConfig ?? [];
  const match = extra.findIndex((line) => /^\s*match\s/i.test(line));
  const [first, last] = match < 0 ? [extra, []] : [extra.slice(0, match), extra.slice(match)];
  const config = join(folder, 'sshd_config');
  for (let attempt = 1; ; attempt += 1) {
    const port = options.port ?? (await freePort());
    await writeFile(config, `${[...first, `Port ${port}`, ...ownConfig, ...last].join('\n')}\n`);
    const { child, log, listening } = startProcess(config);
    if (await listening) return { port, child, log };
    // Between finding a free port and taking it somebody else may have taken it.
    const taken = options.port === undefined && log().includes('Address already in use');
    if (!taken || attempt === 3) throw new Error(`sshd did not start on port ${port}; it said:\n${log()}`);
  }
}

function startProcess(config: string) {
  // The kernel ends it should this process die without the chance to do so; its own group keeps Ctrl-C from it.
  const args = ['--pdeathsig', 'KILL', '--', SSHD, '-D', '-e', '-f', config];
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
  return { child: { pid: child.pid ?? -1 }, log: () => logged.replaceAll('\r\n', '\n'), listening };
}

const hostKeyFile = (folder: string, type: KeyType) => join(folder, `ssh_host_${type}_key`);

async function hostKey(folder: string, type: KeyType): Promise<HostKey> {
  const file = hostKeyFile(folder, type);
  if (!existsSync(file)) await writeClientKey(folder, { type, name: `ssh_host_${type}_key` });
  const publicLine = (await readFile(`${file}.pub`, 'utf8')).split(' ').slice(0, 2).join(' ').trim();
  return { type, publicLine, fingerprint: fingerprint(publicLine) };
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
