import { type ContainerSpec, createBody } from './container-spec.ts';
import { dockerClient } from './dockerd.ts';
import { type EngineApi, engineApi } from './engine-api.ts';
import { busyboxImage } from './images.ts';

/** Where a running lab is. Plain data, so that another process can be told. */
export interface LabAccess {
  /** `ssh://user@127.0.0.1:port/path/to/docker.sock` */
  readonly target: string;
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly socketPath: string;
  readonly clientKeyFile: string;
  readonly knownHostsFile: string;
  /** `SHA256:…` of the ed25519 host key. */
  readonly hostKeyFingerprint: string;
  readonly dockerdPid: number;
  readonly folder: string;
  /** How many containers run, and whether real databases are among them. */
  readonly containers: number;
  readonly databases: boolean;
}

/** What a test does with a running lab. */
export interface LabTools extends LabAccess {
  readonly api: EngineApi;
  /** The docker client against the lab's engine. @throws Error with what the client said */
  docker(args: readonly string[]): Promise<string>;
  /** Makes a container and starts it. @returns its id, 64 hexadecimal digits */
  runContainer(spec: ContainerSpec): Promise<string>;
  /** Kills and removes a container with its anonymous volumes. */
  removeContainer(idOrName: string): Promise<void>;
}

export function labTools(access: LabAccess, api = engineApi(access.socketPath)): LabTools {
  return {
    ...access,
    api,
    docker: (args) => dockerClient(access.folder, access.socketPath, args),
    runContainer: (spec) => runContainer(api, spec),
    removeContainer: (idOrName) => api.delete(`/containers/${idOrName}?force=1&v=1`),
  };
}

/** Creates a container, connects it to all of its networks, and starts it. */
export async function runContainer(api: EngineApi, spec: ContainerSpec): Promise<string> {
  const query = new URLSearchParams({ name: spec.name });
  const { Id: id } = await api.post<{ Id: string }>(`/containers/create?${query}`, createBody(spec, busyboxImage));
  for (const network of spec.networks?.slice(1) ?? []) {
    await api.post(`/networks/${encodeURIComponent(network)}/connect`, { Container: id });
  }
  await start(api, id);
  return id;
}

/**
 * An engine gives out free ports in order, and gives up after ten that somebody else has, such as another lab. It goes
 * on from there the next time.
 */
async function start(api: EngineApi, id: string): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return void (await api.post(`/containers/${id}/start`));
    } catch (error) {
      if (!String(error).includes('address already in use') || attempt === 10) throw error;
    }
  }
}
