import type { Container } from '#contract/fleet.ts';
import type { LabTools } from '../lab/lab-access.ts';

/** A container as the docker client tells it, in the contract's words, but for what only Binnacle says of it. */
export type DockerContainer = Omit<
  Container,
  | 'service'
  | 'verdict'
  | 'reason'
  | 'provisional'
  | 'cpuPercent'
  | 'memoryBytes'
  | 'protected'
  | 'protection'
  | 'planned'
> & { readonly labels: Readonly<Record<string, string>> };

type Ports = Container['ports'];

interface Listed {
  readonly ID: string;
  readonly Names: string;
  readonly Image: string;
  readonly State: Container['state'];
}

interface Inspected {
  readonly Id: string;
  readonly RestartCount: number;
  readonly State: {
    readonly ExitCode: number;
    readonly StartedAt: string;
    readonly Health?: { readonly Status: NonNullable<Container['health']> };
  };
  readonly Config: { readonly Labels: Readonly<Record<string, string>> };
  readonly HostConfig: { readonly Memory: number };
  readonly NetworkSettings: {
    readonly Ports: Readonly<Record<string, readonly { readonly HostIp: string; readonly HostPort: string }[] | null>>;
    readonly Networks: Readonly<Record<string, { readonly IPAddress: string }>>;
  };
}

interface Network {
  readonly Name: string;
  readonly IPAM: { readonly Config: readonly { readonly Subnet: string }[] | null };
}

/** Every container as `docker ps -a`, `docker inspect` and `docker network inspect` show it now, by name. */
export async function dockerView({ docker }: LabTools): Promise<DockerContainer[]> {
  const listing = await docker(['ps', '--all', '--no-trunc', '--format', '{{json .}}']);
  const listed = listing
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Listed);
  const inspected = JSON.parse(await docker(['inspect', ...listed.map(({ ID }) => ID)])) as Inspected[];
  const names = (await docker(['network', 'ls', '--format', '{{.Name}}'])).trim().split('\n');
  const networks = JSON.parse(await docker(['network', 'inspect', ...names])) as Network[];
  const subnets = new Map(networks.map(({ Name, IPAM }) => [Name, IPAM.Config?.[0]?.Subnet ?? null]));
  return listed
    .map((container) => {
      const detail = inspected.find(({ Id }) => Id === container.ID);
      if (detail === undefined) throw new Error(`docker inspect does not know ${container.Names}.`);
      return described(container, detail, subnets);
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

function described(
  { ID, Names, Image, State: state }: Listed,
  { RestartCount, State, Config, HostConfig, NetworkSettings }: Inspected,
  subnets: ReadonlyMap<string, string | null>,
): DockerContainer {
  const hasEnded = state === 'exited' || state === 'dead' || state === 'restarting';
  return {
    id: ID,
    name: Names,
    image: Image,
    state,
    health: State.Health?.Status ?? 'none',
    exitCode: hasEnded ? State.ExitCode : null,
    restarts: RestartCount,
    startedAt: State.StartedAt.startsWith('0001-') ? null : State.StartedAt,
    memoryLimitBytes: HostConfig.Memory === 0 ? null : HostConfig.Memory,
    ports: Object.entries(NetworkSettings.Ports)
      .flatMap(([port, bindings]) => portsOf(port, bindings ?? []))
      .sort(byPort),
    networks: Object.entries(NetworkSettings.Networks).map(([name, { IPAddress }]) => ({
      name,
      ip: IPAddress === '' ? null : IPAddress,
      subnet: subnets.get(name) ?? null,
    })),
    labels: Config.Labels,
  };
}

function portsOf(port: string, bindings: readonly { readonly HostIp: string; readonly HostPort: string }[]): Ports {
  const [number, protocol] = port.split('/') as [string, Ports[number]['protocol']];
  const inside = { containerPort: Number(number), protocol };
  if (bindings.length === 0) return [{ hostIp: null, hostPort: null, ...inside }];
  return bindings.map(({ HostIp, HostPort }) => ({ hostIp: HostIp, hostPort: Number(HostPort), ...inside }));
}

/** The engine keeps no order among them. */
function byPort(a: Ports[number], b: Ports[number]): number {
  return (
    a.containerPort - b.containerPort || compare(a.protocol, b.protocol) || compare(a.hostIp ?? '', b.hostIp ?? '')
  );
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
