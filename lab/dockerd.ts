import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { addBridge } from './bridge.ts';
import { type EngineApi, engineApi } from './engine-api.ts';
import { descendants, processes } from './processes.ts';
import { startReaper } from './reaper-process.ts';
import { dockerProgram, findProgram } from './requirements.ts';
import { run } from './run.ts';

/** The group that may use a lab's engine. Nobody of this machine is in it, nor need it have a name. */
export const dockerGroupId = 61_999;

/** A Docker engine that shares nothing with the machine's own. */
export interface Dockerd extends AsyncDisposable {
  /** Holds all it has; gone once it is disposed. */
  readonly folder: string;
  readonly socketPath: string;
  /** Of dockerd itself: stop it (SIGSTOP) to see a hung engine behind a live sshd. */
  readonly pid: number;
  /** Its bridge, its control groups and its folder are named after it. */
  readonly id: string;
  readonly api: EngineApi;
  /** Runs the docker client against it. @throws Error with what the client said */
  docker(args: readonly string[]): Promise<string>;
}

/**
 * Starts a private dockerd and resolves once it answers.
 *
 * It runs in process and mount namespaces of its own: when it ends, however it ends, the kernel ends every container
 * and undoes every mount with it. What the kernel does not undo (bridges, control groups, the folder) is the work of
 * the reaper, a process that acts as soon as this one is gone. The machine's firewall and forwarding are not touched:
 * published ports are served by docker-proxy, and containers cannot reach beyond the machine.
 * @throws Error with the end of dockerd's log where it did not start
 */
export async function startDockerd(options: { readonly signal?: AbortSignal } = {}): Promise<Dockerd> {
  await using undo = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'binnacle-lab-'));
  const id = basename(folder).slice('binnacle-lab-'.length);
  const socketPath = join(folder, 'docker.sock');
  const reaper = undo.use(startReaper({ folder, id }));
  await mkdir(join(folder, 'client'));
  const network = await addBridge(id);
  const config = join(folder, 'daemon.json');
  await writeFile(config, JSON.stringify({ ...(await daemonConfig(folder, id)), ...network }));

  const engine = spawnDockerd(folder, config);
  reaper.watch(engine.pid);
  const api = undo.use(engineApi(socketPath));
  await answering(api, engine, folder, options.signal);
  const started = undo.move();
  return {
    folder,
    socketPath,
    pid: dockerdWithin(engine.pid),
    id,
    api,
    docker: (args) => dockerClient(folder, socketPath, args),
    [Symbol.asyncDispose]: () => started.disposeAsync(),
  };
}

/** Runs the docker client against a socket, with settings of its own instead of the operator's. */
export function dockerClient(folder: string, socketPath: string, args: readonly string[]): Promise<string> {
  const client = dockerProgram() ?? 'docker';
  return run(client, ['--config', join(folder, 'client'), '-H', `unix://${socketPath}`, ...args]);
}

async function daemonConfig(folder: string, id: string): Promise<object> {
  const major = Number(/version (\d+)/.exec(await run(findProgram('dockerd') ?? 'dockerd', ['--version']))?.[1]);
  return {
    'data-root': join(folder, 'data'),
    'exec-root': join(folder, 'exec'),
    pidfile: join(folder, 'dockerd.pid'),
    hosts: [`unix://${join(folder, 'docker.sock')}`],
    group: String(dockerGroupId),
    'cgroup-parent': `/binnacle-lab-${id}`,
    // The systemd driver would hand the groups to the machine's systemd, and leave them there.
    'exec-opts': ['native.cgroupdriver=cgroupfs'],
    iptables: false,
    'ip-forward': false,
    'userland-proxy': true,
    // Engines before 24 write an identity to /etc/docker unless told otherwise; later ones refuse to be told.
    ...(major < 24 ? { 'deprecated-key-path': join(folder, 'key.json') } : {}),
  };
}

interface EngineProcess {
  readonly pid: number;
  /** Why it is no longer running; null while it is. */
  exit(): string | null;
}

/**
 * setpriv: the kernel kills the rest should this process die. unshare: namespaces whose first process is the shell,
 * which also collects what containers orphan. The tmpfs keeps the sockets of container shims, which have a fixed place
 * below /run, apart from those of other engines.
 */
function spawnDockerd(folder: string, config: string): EngineProcess {
  const script = 'mount -t tmpfs -o mode=755 tmpfs /run && { "$0" --config-file "$1" & wait; }';
  const namespaces = ['--mount', '--propagation', 'slave', '--pid', '--fork', '--kill-child', '--mount-proc'];
  const dockerd = [findProgram('dockerd') ?? 'dockerd', config];
  const args = ['--pdeathsig', 'KILL', '--', 'unshare', ...namespaces, '--', '/bin/sh', '-c', script, ...dockerd];
  const log = openSync(join(folder, 'dockerd.log'), 'a');
  try {
    const stdio = ['ignore', log, log] as const;
    const child = spawn('setpriv', args, { stdio: [...stdio], detached: true, env: dockerdEnv() });
    let exit: string | null = null;
    child.on('error', (error) => {
      exit ??= error.message;
    });
    child.on('exit', (code, signal) => {
      exit ??= `it ended with ${code ?? signal}`;
    });
    return { pid: child.pid ?? -1, exit: () => exit };
  } finally {
    closeSync(log);
  }
}

function dockerdEnv(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !/^(DOCKER_|NOTIFY_SOCKET|LISTEN_)/.test(name));
  return { ...Object.fromEntries(kept), PATH: `${process.env.PATH}:/usr/sbin:/sbin:/usr/bin:/bin` };
}

async function answering(api: EngineApi, engine: EngineProcess, folder: string, signal?: AbortSignal): Promise<void> {
  const deadline = performance.now() + 30_000;
  for (;;) {
    signal?.throwIfAborted();
    if (
      await api.get('/_ping').then(
        () => true,
        () => false,
      )
    )
      return;
    const why = engine.exit() ?? (performance.now() > deadline ? 'it did not answer within 30 s' : null);
    if (why !== null) {
      const log = await readFile(join(folder, 'dockerd.log'), 'utf8');
      throw new Error(`dockerd did not start: ${why}\n${log.split('\n').slice(-15).join('\n')}`);
    }
    await sleep(50);
  }
}

function dockerdWithin(pid: number): number {
  const all = processes();
  const within = new Set(descendants(pid, all));
  const found = all.find((entry) => within.has(entry.pid) && /^\S*dockerd --config-file/.test(entry.command));
  if (found === undefined) throw new Error('dockerd answers, and its process is not to be found.');
  return found.pid;
}
