import { existsSync } from 'node:fs';
import { appendFile, chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { oneTimeCodes, type PamStep, pamService, writeCodes } from './one-time-codes.ts';
import { type LabUser, privateMachine } from './private-machine.ts';
import { descendants, killTree, signalProcess } from './processes.ts';
import { type ClientKey, fingerprint, type KeyType, writeClientKey } from './ssh-keys.ts';
import { startSshdProcess } from './sshd-process.ts';

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
  /** Who logs in. Default: the first of `users`, or whoever runs the lab. Another one needs root. */
  readonly user?: string;
  /** Accounts that this sshd alone knows, all of whom its key may log in as. Needs root, as do the following. */
  readonly users?: readonly LabUser[];
  /** What PAM asks who logs in by keyboard-interactive, one after the other. Default: PAM is left out of it. */
  readonly pam?: readonly PamStep[];
  /** See {@link privateMachine}. `sudo` needs Debian's package of that name. */
  readonly sudoers?: readonly string[];
  /** See {@link privateMachine}: `{'/run/docker.sock': lab.socketPath}`. */
  readonly files?: Readonly<Record<string, string>>;
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
  /** The next one-time code of one of its users. */
  nextCode(user: string): string;
  /** User and group id of one of its users; a socket there is at `/run/user/<uid>/…`. */
  uid(user: string): number;
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
  const { users = [], pam } = options;
  const me = userInfo();
  const user = options.user ?? users[0]?.name ?? me.username;
  const folder = await mkdtemp(join(options.folder ?? tmpdir(), 'binnacle-sshd-'));
  undo.defer(() => rm(folder, { recursive: true, force: true }));
  // sshd reads authorized_keys as the one who logs in, who must be able to reach it.
  if (user !== me.username || users.length > 0) await chmod(folder, 0o711);
  // Its place to lock up the unprivileged part. Shared with every sshd of the machine, so it is not ours to delete.
  if (me.uid === 0 && !existsSync('/run/sshd')) await mkdir('/run/sshd', { recursive: true, mode: 0o755 });

  const authorizedKeys = join(folder, 'authorized_keys');
  const hostKeyDir = options.hostKeyDir ?? folder;
  const hostKeyTypes = options.hostKeyTypes ?? ['ed25519'];
  const client = await writeClientKey(folder);
  const hostKeys = await Promise.all(hostKeyTypes.map((type) => hostKey(hostKeyDir, type)));
  await writeFile(authorizedKeys, `${client.publicKey}\n`, { mode: 0o644 });

  const machine = await surroundings(folder, options);
  const ownConfig = [
    'AddressFamily inet',
    'ListenAddress 127.0.0.1',
    ...hostKeyTypes.map((type) => `HostKey ${hostKeyFile(hostKeyDir, type)}`),
    `AuthorizedKeysFile ${authorizedKeys}`,
    'StrictModes no',
    `UsePAM ${pam === undefined ? 'no' : 'yes'}`,
    `KbdInteractiveAuthentication ${pam === undefined ? 'no' : 'yes'}`,
    'UseDNS no',
    'PasswordAuthentication no',
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
  ];
  const { extraConfig = [], port: wished = null } = options;
  const { within } = machine;
  const { pid, port, log } = await startSshdProcess({ folder, extraConfig, ownConfig, port: wished, within });
  undo.defer(() => killTree(pid));
  const knownHostsFile = join(folder, 'known_hosts');
  const knownHosts = hostKeys.map((key) => `[127.0.0.1]:${port} ${key.publicLine}`);
  await writeFile(knownHostsFile, knownHosts.map((line) => `${line}\n`).join(''));

  const started = undo.move();
  return describe(started, {
    pid,
    machine,
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
  readonly pid: number;
  readonly machine: Surroundings;
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
  const { pid, machine, log, port, user, folder, client, hostKeys, knownHosts, knownHostsFile, authorizedKeys } = parts;
  return {
    host: '127.0.0.1',
    port,
    user,
    pid,
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
    nextCode: machine.nextCode,
    uid: machine.uid,
    authorize: (publicKey, options) =>
      appendFile(authorizedKeys, `${options === undefined ? '' : `${options} `}${publicKey.trim()}\n`),
    sessionPids: () => descendants(pid),
    dropConnections() {
      for (const each of descendants(pid)) signalProcess(each, 'SIGKILL');
    },
    stop: () => started.disposeAsync(),
    [Symbol.asyncDispose]: () => started.disposeAsync(),
  };
}

interface Surroundings {
  /** The command that runs `command` there. */
  within(command: readonly string[]): readonly string[];
  uid(user: string): number;
  nextCode(user: string): string;
}

/** The machine as it is; or, where something is to be otherwise, a private one. */
async function surroundings(folder: string, options: SshdOptions): Promise<Surroundings> {
  const { users, pam, sudoers, files } = options;
  const codes = new Map((users ?? []).map(({ name }) => [name, oneTimeCodes(name)]));
  const nextCode = (user: string) => codes.get(user)?.next() ?? '';
  const isPrivate = [users, pam, sudoers, files].some((each) => each !== undefined);
  if (!isPrivate) return { within: (command) => command, uid: () => userInfo().uid, nextCode };
  const codesFile = join(folder, 'users.oath');
  await writeCodes(codesFile, [...codes.values()]);
  const services = {
    ...(pam === undefined ? {} : { sshd: pamService(pam, codesFile) }),
    ...(sudoers === undefined ? {} : { sudo: pamService(['password'], codesFile) }),
  };
  return { ...(await privateMachine(folder, { ...options, pam: services })), nextCode };
}

const hostKeyFile = (folder: string, type: KeyType) => join(folder, `ssh_host_${type}_key`);

async function hostKey(folder: string, type: KeyType): Promise<HostKey> {
  const file = hostKeyFile(folder, type);
  if (!existsSync(file)) await writeClientKey(folder, { type, name: `ssh_host_${type}_key` });
  const publicLine = (await readFile(`${file}.pub`, 'utf8')).split(' ').slice(0, 2).join(' ').trim();
  return { type, publicLine, fingerprint: fingerprint(publicLine) };
}
