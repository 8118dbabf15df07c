import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type BackgroundProcess, startBackground } from './background-process.ts';
import { type ContainerSpec, createBody } from './container-spec.ts';
import { type EngineApi, engineApi } from './engine-api.ts';
import { busyboxImage, importBusybox, tagImage } from './images.ts';
import { startReaper } from './reaper-process.ts';
import { findProgram } from './requirements.ts';

/** A Podman that shares nothing with the machine's own, answering at its Docker-compatible API. */
export interface Podman extends AsyncDisposable {
  /** Holds all it has; gone once it is disposed. */
  readonly folder: string;
  readonly socketPath: string;
  readonly pid: number;
  readonly api: EngineApi;
  /** Makes a container of the busybox image and starts it. Ports are not published. @returns its id */
  runContainer(spec: ContainerSpec): Promise<string>;
  /** Runs a container's check once: Podman leaves that to systemd, which is not asked here. @returns its health then */
  checkHealth(idOrName: string): Promise<string>;
}

/**
 * Starts a private Podman service with the busybox image, and resolves once it answers. It runs in process, mount and
 * network namespaces of its own: when it ends, however it ends, the kernel ends every container, mount, bridge and
 * firewall rule with it. The rest is the reaper's work, as for dockerd.
 * @throws Error with the end of Podman's log where it did not start
 */
export async function startPodman(): Promise<Podman> {
  await using undo = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'binnacle-lab-'));
  const id = basename(folder).slice('binnacle-lab-'.length);
  const reaper = undo.use(startReaper({ folder, id }));
  const socketPath = join(folder, 'podman.sock');
  const config = join(folder, 'containers.conf');
  await mkdir(join(folder, 'temporary'));
  await writeFile(config, containersConf);
  const service = undo.use(startService(folder, config, socketPath));
  reaper.watch(service.pid);
  const api = undo.use(engineApi(socketPath));
  await answering(api, service);
  await importBusybox(api, folder);
  // What is imported is called `latest`, whatever tag was asked for.
  await tagImage(api, busyboxImage.replace(/:.*$/, ':latest'), busyboxImage);
  const group = `/binnacle-lab-${id}`;
  const started = undo.move();
  return {
    folder,
    socketPath,
    pid: service.pid,
    api,
    runContainer: (spec) => runContainer(api, spec, group),
    async checkHealth(idOrName) {
      const { Status } = await api.get<{ Status: string }>(`/v4.0.0/libpod/containers/${idOrName}/healthcheck`);
      return Status;
    },
    [Symbol.asyncDispose]: () => started.disposeAsync(),
  };
}

/**
 * Podman's own limits are higher than a root without CAP_SYS_RESOURCE may set, and runc gives up then. Networks as Debian's
 * Podman makes them unless netavark is there too.
 */
const containersConf = `[containers]
default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
pids_limit = 0
[network]
network_backend = "cni"
`;

/**
 * Podman keeps networks in /etc/cni/net.d, addresses in /var/lib/cni, and what else it remembers of a machine in
 * /var/lib/containers and /run, wherever it is told to keep its containers: here, those are empty folders of its own.
 */
function startService(folder: string, config: string, socketPath: string): BackgroundProcess {
  const own = ['/run', '/var/lib', '/etc/cni'].map((path) => `mount -n -t tmpfs -o mode=755 tmpfs ${path}`);
  const script = [...own, 'mkdir /etc/cni/net.d', 'ip link set lo up', '{ "$@" & wait; }'].join(' && ');
  const namespaces = ['--mount', '--propagation', 'slave', '--net', '--pid', '--fork', '--kill-child', '--mount-proc'];
  const [root, runRoot] = [join(folder, 'data'), join(folder, 'run')];
  const keeping = ['--root', root, '--runroot', runRoot, '--cgroup-manager=cgroupfs', '--events-backend=file'];
  const service = ['system', 'service', '--time=0', `unix://${socketPath}`];
  const podman = [findProgram('podman') ?? 'podman', ...keeping, ...service];
  const PATH = `${process.env.PATH}:/usr/sbin:/sbin:/usr/bin:/bin`;
  const env = { CONTAINERS_CONF: config, TMPDIR: join(folder, 'temporary'), PATH };
  return startBackground(['unshare', ...namespaces, '--', '/bin/sh', '-c', script, 'sh', ...podman], env);
}

async function answering(api: EngineApi, service: BackgroundProcess): Promise<void> {
  const deadline = performance.now() + 30_000;
  for (;;) {
    const answer = await api.get('/_ping').catch(() => null);
    if (answer !== null) return;
    const why = service.exit() ?? (performance.now() > deadline ? 'it did not answer within 30 s' : null);
    if (why !== null) throw new Error(`Podman did not start: ${why}\n${service.log().slice(-2_000)}`);
    await sleep(50);
  }
}

async function runContainer(api: EngineApi, spec: ContainerSpec, group: string): Promise<string> {
  const body = createBody(spec, busyboxImage) as { readonly HostConfig: object };
  const own = { ...body, HostConfig: { NetworkMode: 'none', ...body.HostConfig, CgroupParent: group } };
  const query = new URLSearchParams({ name: spec.name });
  const { Id: id } = await api.post<{ Id: string }>(`/containers/create?${query}`, own);
  await api.post(`/containers/${id}/start`);
  return id;
}
