import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import Docker from 'dockerode';
import type { LabAccess } from '../lab/lab-access.ts';
import { openReach } from '../src-main/app.ts';
import type { EngineClient } from '../src-main/engine/model.ts';
import { homeAt } from '../src-main/home/home.ts';
import type { HostReach } from '../src-main/hosts/host-reach.ts';
import { noSshFiles } from '../src-main/hosts/ssh-files.ts';
import { systemClock } from '../src-main/kernel/clock.ts';
import type { SshPrompts } from '../src-main/ssh/connection-types.ts';
import { parseTarget } from '../src-main/ssh/target.ts';

/** What every way to an engine is asked for. */
export interface Peer extends AsyncDisposable {
  list(): Promise<unknown>;
  inspect(ids: readonly string[]): Promise<unknown>;
  /** One load sample of each. */
  stats(ids: readonly string[]): Promise<unknown>;
  /** `count` at the same time. */
  pings(count: number): Promise<unknown>;
}

const { signal } = new AbortController();

/** Nobody sits at a benchmark. */
export const nobody: SshPrompts = {
  acceptHostKey: async () => 'unanswerable',
  passphrase: async () => null,
  password: async () => null,
  challenge: async () => null,
  wrongPassword: () => undefined,
};

/** Where a benchmark's host is. */
export interface BenchWay {
  readonly target: string;
  readonly user: string;
  readonly folder: string;
  readonly clientKeyFile: string;
  readonly knownHostsFile: string;
}

/** The product's own way to hosts, which knows the lab's host key and nothing else of this machine. */
export function benchReach({ folder, user, knownHostsFile }: BenchWay, cleanup: AsyncDisposableStack): HostReach {
  const sshFiles = { ...noSshFiles(folder), knownHosts: [knownHostsFile] };
  const home = homeAt(join(folder, 'bench-home'));
  return openReach({ home, clock: systemClock, sshFiles, defaultUser: user, acceptHostKey: null }, cleanup);
}

export function benchHost({ target, clientKeyFile }: BenchWay) {
  return { target: parseTarget(target), identityFiles: [clientKeyFile] };
}

/** Binnacle: one SSH connection for everything. */
export async function binnacle(lab: LabAccess): Promise<Peer & { readonly client: EngineClient }> {
  await using cleanup = new AsyncDisposableStack();
  const reach = benchReach(lab, cleanup);
  const link = cleanup.use(
    await reach({ ...benchHost(lab), prompts: nobody, mode: () => 'observe', isWished: false, signal }),
  );
  const { client } = link;
  const owned = cleanup.move();
  return {
    client,
    list: () => client.list(signal),
    inspect: (ids) => Promise.all(ids.map((id) => client.inspect(id, signal))),
    stats: (ids) => Promise.all(ids.map((id) => client.sample(id, signal))),
    pings: (count) => Promise.all(Array.from({ length: count }, () => client.ping(signal))),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** dockerode on the engine's own socket: the limit, which is the engine itself. */
export function localSocket(lab: LabAccess): Peer {
  return dockerodePeer(() => new Docker({ socketPath: lab.socketPath }));
}

/** dockerode's own `protocol: 'ssh'`: a connection for each request. */
export async function dockerodeSsh(lab: LabAccess): Promise<Peer> {
  const privateKey = await readFile(lab.clientKeyFile);
  return dockerodePeer(
    () =>
      new Docker({
        protocol: 'ssh',
        host: lab.host,
        port: lab.port,
        username: lab.user,
        sshOptions: { privateKey },
      } as Docker.DockerOptions),
  );
}

function dockerodePeer(open: () => Docker): Peer {
  const docker = open();
  return {
    list: () => docker.listContainers({ all: true }),
    inspect: (ids) => Promise.all(ids.map((id) => docker.getContainer(id).inspect())),
    stats: (ids) => Promise.all(ids.map((id) => docker.getContainer(id).stats({ stream: false, 'one-shot': true }))),
    pings: (count) => Promise.all(Array.from({ length: count }, () => docker.ping())),
    [Symbol.asyncDispose]: async () => undefined,
  };
}

const run = promisify(execFile);
/** The distribution's client, of the lab engine's own version, before any other. */
export const DOCKER = existsSync('/usr/bin/docker') ? '/usr/bin/docker' : 'docker';

/** `docker -H ssh://`: the client most people have; it starts ssh for each connection. */
export async function dockerCli(lab: LabAccess): Promise<Peer> {
  const env = await dockerSshEnv(lab);
  const docker = (...args: string[]) =>
    run(DOCKER, [...dockerSshArgs(lab), ...args], { env, maxBuffer: 64 * 1024 * 1024 });
  return {
    list: () => docker('ps', '--all', '--no-trunc', '--format', '{{json .}}'),
    inspect: (ids) => docker('inspect', ...ids),
    stats: (ids) => docker('stats', '--no-stream', ...ids),
    pings: (count) => Promise.all(Array.from({ length: count }, () => docker('version'))),
    [Symbol.asyncDispose]: async () => undefined,
  };
}

export function dockerSshArgs(lab: LabAccess): string[] {
  return ['-H', `ssh://${lab.user}@${lab.host}:${lab.port}`];
}

/** Environment in which `ssh` brings the lab's key and host key along: docker's client takes no options for it. */
export async function dockerSshEnv(lab: LabAccess): Promise<NodeJS.ProcessEnv> {
  const wrapper = join(lab.folder, 'ssh');
  const options = `-i ${lab.clientKeyFile} -o UserKnownHostsFile=${lab.knownHostsFile} -o IdentitiesOnly=yes`;
  await writeFile(wrapper, `#!/bin/sh\nexec /usr/bin/ssh -F none ${options} "$@"\n`);
  await chmod(wrapper, 0o755);
  return { ...process.env, PATH: `${lab.folder}${delimiter}${process.env.PATH}` };
}
