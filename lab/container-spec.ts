/** What a container of the lab is to be. Plain data; sizes in bytes, times in milliseconds. */
export interface ContainerSpec {
  readonly name: string;
  /** Default: the busybox image. */
  readonly image?: string;
  /** Default: waits for ever, and ends at once when it is told to. */
  readonly command?: readonly string[];
  readonly user?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly tty?: boolean;
  readonly restart?: 'no' | 'always' | 'unless-stopped' | 'on-failure';
  readonly memoryBytes?: number;
  /** 1 = one core. */
  readonly cpus?: number;
  readonly health?: HealthSpec;
  /** Seconds it asks for from the stop signal to the kill. Default 1. */
  readonly stopTimeout?: number;
  /** TCP ports of the container, each published on a free port of 127.0.0.1. */
  readonly publish?: readonly number[];
  /** TCP ports of the container that are exposed and not published. */
  readonly expose?: readonly number[];
  /** Names of networks, the first of which it starts in. Default: the engine's bridge. */
  readonly networks?: readonly string[];
  /** Named volumes by the path they are mounted at. */
  readonly volumes?: Readonly<Record<string, string>>;
}

export interface HealthSpec {
  /** Run in the container without a shell; healthy where it exits with 0. */
  readonly test: readonly string[];
  /** Time to the first check, and between checks. Default 20 s. */
  readonly intervalMs?: number;
  /** Failures in a row that make it unhealthy. Default 3. */
  readonly retries?: number;
}

/** A shell line that waits for ever and ends at once on SIGTERM, which a first process ignores unless it is caught. */
export const waitForEver = 'trap "exit 0" TERM; while :; do sleep 3600 & wait $!; done';

const NANOSECONDS = 1_000_000;

/** The body of `POST /containers/create` (API 1.41). */
export function createBody(spec: ContainerSpec, defaultImage: string): object {
  const tcp = (ports: readonly number[] = []) => ports.map((port) => `${port}/tcp`);
  const entries = <T>(keys: readonly string[], value: T) => Object.fromEntries(keys.map((key) => [key, value]));
  const [network] = spec.networks ?? [];
  return {
    Image: spec.image ?? defaultImage,
    Cmd: spec.command ?? ['/bin/sh', '-c', waitForEver],
    User: spec.user ?? '',
    Labels: spec.labels ?? {},
    Env: Object.entries(spec.env ?? {}).map(([name, value]) => `${name}=${value}`),
    Tty: spec.tty ?? false,
    StopTimeout: spec.stopTimeout ?? 1,
    ExposedPorts: entries(tcp([...(spec.publish ?? []), ...(spec.expose ?? [])]), {}),
    ...(spec.health === undefined ? {} : { Healthcheck: healthcheck(spec.health) }),
    HostConfig: {
      RestartPolicy: { Name: spec.restart ?? 'no' },
      Memory: spec.memoryBytes ?? 0,
      // As much swap as memory would mean none on most machines, and a warning on those that cannot count it.
      MemorySwap: spec.memoryBytes ?? 0,
      NanoCpus: Math.round((spec.cpus ?? 0) * 1_000 * NANOSECONDS),
      PortBindings: entries(tcp(spec.publish), [{ HostIp: '127.0.0.1', HostPort: '' }]),
      Binds: Object.entries(spec.volumes ?? {}).map(([path, volume]) => `${volume}:${path}`),
      ...(network === undefined ? {} : { NetworkMode: network }),
    },
  };
}

function healthcheck(health: HealthSpec): object {
  return {
    Test: ['CMD', ...health.test],
    Interval: (health.intervalMs ?? 20_000) * NANOSECONDS,
    Timeout: 10_000 * NANOSECONDS,
    Retries: health.retries ?? 3,
  };
}
