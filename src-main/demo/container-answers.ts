import type { Health, SimulatedContainer } from './container.ts';
import type { PlannedPort } from './plan.ts';
import { CHECK_MS, CHECK_TIMEOUT_MS, FIRST_CHECKS_MS, START_PERIOD_MS } from './rhythm.ts';

const MIB = 1024 * 1024;

/** One entry of `GET /containers/json`. `now`: milliseconds since the epoch. */
export function listed(container: SimulatedContainer, now: number): unknown {
  const { plan, life } = container;
  return {
    Id: container.id,
    Names: [`/${plan.name}`],
    Image: plan.image,
    ImageID: container.imageId,
    Command: plan.command,
    Created: Math.floor(container.createdAt / 1_000),
    Ports: container.isRunning ? plan.ports.map(listedPort) : [],
    Labels: plan.labels,
    State: life.state,
    Status: statusText(container, now),
    HostConfig: { NetworkMode: plan.networks[0] ?? 'default' },
    NetworkSettings: { Networks: networks(container) },
    Mounts: mounts(container),
  };
}

/** `GET /containers/{id}/json`. */
export function inspected(container: SimulatedContainer, now: number): unknown {
  const { plan, life } = container;
  const [path = '', ...args] = plan.command.split(' ');
  return {
    Id: container.id,
    Created: isoNanos(container.createdAt),
    Path: path,
    Args: args,
    State: stateOf(container, now),
    Image: container.imageId,
    Name: `/${plan.name}`,
    RestartCount: container.restartCount,
    Driver: 'overlay2',
    Platform: 'linux',
    LogPath: `/var/lib/docker/containers/${container.id}/${container.id}-json.log`,
    HostConfig: {
      Memory: (plan.memoryLimitMib ?? 0) * MIB,
      NetworkMode: plan.networks[0] ?? 'default',
      RestartPolicy: { Name: plan.restart, MaximumRetryCount: 0 },
      LogConfig: { Type: 'json-file', Config: {} },
      Binds: null,
      Privileged: false,
    },
    Mounts: mounts(container),
    Config: {
      Hostname: container.id.slice(0, 12),
      User: '',
      Tty: plan.tty,
      OpenStdin: plan.tty,
      Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'],
      Cmd: plan.command.split(' '),
      Image: plan.image,
      ExposedPorts: Object.fromEntries(plan.ports.map((port) => [portKey(port), {}])),
      Labels: plan.labels,
      StopSignal: plan.stopSignal,
      ...(plan.stopTimeout === null ? {} : { StopTimeout: plan.stopTimeout }),
      ...(plan.check === null ? {} : { Healthcheck: healthcheck(plan.check.command) }),
    },
    NetworkSettings: { Ports: life.state === 'running' ? boundPorts(plan.ports) : {}, Networks: networks(container) },
  };
}

/** Times in nanoseconds. */
function healthcheck(command: string): unknown {
  return {
    Test: ['CMD-SHELL', command],
    Interval: CHECK_MS * 1e6,
    Timeout: CHECK_TIMEOUT_MS * 1e6,
    StartPeriod: START_PERIOD_MS * 1e6,
    StartInterval: FIRST_CHECKS_MS * 1e6,
    Retries: 3,
  };
}

function stateOf(container: SimulatedContainer, now: number): unknown {
  const { life, finishedAt, plan } = container;
  const flags = {
    Paused: false,
    Dead: false,
    Error: '',
    StartedAt: isoNanos(life.startedAt),
    // The zero time of Go; kept from the run before while it runs.
    FinishedAt: finishedAt === null ? '0001-01-01T00:00:00Z' : isoNanos(finishedAt),
    ...(plan.check === null ? {} : { Health: healthOf(container, now) }),
  };
  if (life.state === 'running') {
    return {
      ...flags,
      Status: 'running',
      Running: true,
      Restarting: false,
      OOMKilled: false,
      Pid: 1_000 + (container.seed % 60_000),
      ExitCode: 0,
    };
  }
  return {
    ...flags,
    Status: life.state,
    Running: life.state === 'restarting',
    Restarting: life.state === 'restarting',
    OOMKilled: life.outOfMemory,
    Pid: 0,
    ExitCode: life.exitCode,
  };
}

/**
 * As moby has it: until the first check of a run has passed, the log is that of the run before; and what does not run is
 * called unhealthy, without an event (container/health.go, CloseMonitorChannel).
 */
function healthOf({ health, lastHealth, isRunning }: SimulatedContainer, now: number): unknown {
  const isNew = isRunning && health.status !== 'starting';
  const log = isNew ? checks(health, now) : lastHealth === null ? [] : checks(lastHealth.health, lastHealth.at);
  const failing = isRunning && health.status === 'unhealthy';
  return {
    Status: isRunning ? health.status : 'unhealthy',
    FailingStreak: failing ? 3 + Math.floor((now - health.since) / CHECK_MS) : 0,
    Log: log,
  };
}

/** The last checks, as the engine keeps them: at most five. */
function checks(health: Health, now: number): unknown[] {
  if (health.status === 'none' || health.status === 'starting') return [];
  const ran = 1 + Math.floor((now - health.since) / CHECK_MS);
  const kept = Math.min(5, ran);
  return Array.from({ length: kept }, (_, index) => {
    const at = health.since + (ran - kept + index) * CHECK_MS;
    const [exitCode, output] = health.status === 'unhealthy' ? [1, health.output] : [0, ''];
    return { Start: isoNanos(at - 80), End: isoNanos(at), ExitCode: exitCode, Output: output };
  });
}

function networks({ addresses, isRunning, seed }: SimulatedContainer): Record<string, unknown> {
  return Object.fromEntries(
    addresses.map(({ network, networkId, ip, gateway }, index) => {
      const isUp = isRunning && ip !== null;
      return [
        network,
        {
          NetworkID: networkId,
          EndpointID: isUp ? networkId.slice(8) + networkId.slice(0, 8) : '',
          Gateway: isUp ? gateway : '',
          IPAddress: isUp ? ip : '',
          IPPrefixLen: isUp ? 24 : 0,
          MacAddress: isUp ? `02:42:${hexPairs(seed + index)}` : '',
        },
      ];
    }),
  );
}

function hexPairs(seed: number): string {
  return (seed >>> 0).toString(16).padStart(8, '0').replace(/../g, ':$&').slice(1);
}

function mounts({ plan }: SimulatedContainer): unknown[] {
  return Object.entries(plan.volumes).map(([destination, source]) =>
    source.startsWith('/')
      ? { Type: 'bind', Source: source, Destination: destination, Mode: 'rw', RW: true, Propagation: 'rprivate' }
      : {
          Type: 'volume',
          Name: source,
          Source: `/var/lib/docker/volumes/${source}/_data`,
          Destination: destination,
          Driver: 'local',
          Mode: 'z',
          RW: true,
          Propagation: '',
        },
  );
}

const portKey = ({ containerPort, protocol }: PlannedPort) => `${containerPort}/${protocol}`;

function listedPort({ containerPort, protocol, published }: PlannedPort): unknown {
  const port = { PrivatePort: containerPort, Type: protocol };
  return published === null ? port : { IP: published.ip, ...port, PublicPort: published.port };
}

function boundPorts(ports: readonly PlannedPort[]): Record<string, unknown> {
  return Object.fromEntries(
    ports.map((port) => [
      portKey(port),
      port.published === null ? null : [{ HostIp: port.published.ip, HostPort: String(port.published.port) }],
    ]),
  );
}

/** As moby writes it (container/state.go, String). */
function statusText({ life }: SimulatedContainer, now: number): string {
  if (life.state === 'running') {
    const { status } = life.health;
    const health = status === 'none' ? '' : status === 'starting' ? ' (health: starting)' : ` (${status})`;
    return `Up ${durationWords(now - life.startedAt)}${health}`;
  }
  const word = life.state === 'restarting' ? 'Restarting' : 'Exited';
  return `${word} (${life.exitCode}) ${durationWords(now - life.finishedAt)} ago`;
}

/** As docker/go-units' HumanDuration. */
function durationWords(ms: number): string {
  const seconds = Math.floor(ms / 1_000);
  const minutes = Math.floor(seconds / 60);
  const hours = Math.round(minutes / 60);
  if (seconds < 1) return 'Less than a second';
  if (seconds === 1) return '1 second';
  if (seconds < 60) return `${seconds} seconds`;
  if (minutes === 1) return 'About a minute';
  if (minutes < 60) return `${minutes} minutes`;
  if (hours === 1) return 'About an hour';
  if (hours < 48) return `${hours} hours`;
  if (hours < 24 * 7 * 2) return `${Math.floor(hours / 24)} days`;
  if (hours < 24 * 30 * 2) return `${Math.floor(hours / 24 / 7)} weeks`;
  return `${Math.floor(hours / 24 / 30)} months`;
}

/** RFC 3339 with the nanoseconds an engine writes. */
function isoNanos(at: number): string {
  return `${new Date(at).toISOString().slice(0, -1)}417203Z`;
}
