import { networkId, type SimulatedContainer } from './container.ts';
import type { Simulation } from './simulation.ts';

export const API = { version: '1.47', minor: 47, oldestMinor: 24 } as const;
const ENGINE_VERSION = '27.5.1';
const MIB = 1024 * 1024;

export const versionAnswer = {
  Platform: { Name: 'Docker Engine - Community' },
  Components: [
    { Name: 'Engine', Version: ENGINE_VERSION, Details: { ApiVersion: API.version, MinAPIVersion: '1.24' } },
  ],
  Version: ENGINE_VERSION,
  ApiVersion: API.version,
  MinAPIVersion: `1.${API.oldestMinor}`,
  GitCommit: '4c9b3b0',
  GoVersion: 'go1.22.11',
  Os: 'linux',
  Arch: 'amd64',
  KernelVersion: '6.12.33-amd64',
  BuildTime: '2025-01-22T13:41:25.000000000+00:00',
} as const;

/** `GET /networks`. */
export function networksAnswer({ host, bootedAt }: Simulation): unknown {
  return host.networks.map(({ name, driver, prefix }) => ({
    Name: name,
    Id: networkId(host.label, name),
    Created: new Date(bootedAt).toISOString(),
    Scope: 'local',
    Driver: driver,
    EnableIPv6: false,
    IPAM: {
      Driver: 'default',
      Options: null,
      Config: prefix === null ? null : [{ Subnet: `${prefix}.0/24`, Gateway: `${prefix}.1` }],
    },
    Internal: false,
    Attachable: false,
    Containers: {},
    Options: {},
    Labels: {},
  }));
}

/** `GET /containers/{id}/stats?stream=false&one-shot=true`. */
export function statsAnswer({ host, bootedAt }: Simulation, container: SimulatedContainer, now: number): unknown {
  const { id, plan, life, load } = container;
  const who = { name: `/${plan.name}`, id, preread: NEVER };
  if (life.state !== 'running') {
    const nothing = { cpu_usage: { total_usage: 0 }, throttling_data: {} };
    return { ...who, read: NEVER, cpu_stats: nothing, precpu_stats: nothing, memory_stats: {}, pids_stats: {} };
  }
  const usedNs = load.cpuNs(life.startedAt, now);
  const limit = (plan.memoryLimitMib ?? host.memoryMib) * MIB;
  const memory = container.memoryBytes(now);
  const cache = Math.round(Math.min(memory * 0.2, limit - memory));
  return {
    ...who,
    read: new Date(now).toISOString(),
    pids_stats: { current: 4 + (container.seed % 40) },
    cpu_stats: {
      cpu_usage: {
        total_usage: usedNs,
        usage_in_kernelmode: Math.round(usedNs * 0.22),
        usage_in_usermode: Math.round(usedNs * 0.78),
      },
      system_cpu_usage: Math.round((now - bootedAt) * 1e6 * host.cores),
      online_cpus: host.cores,
      throttling_data: { periods: 0, throttled_periods: 0, throttled_time: 0 },
    },
    precpu_stats: { cpu_usage: { total_usage: 0 } },
    memory_stats: { usage: memory + cache, limit, stats: { inactive_file: cache, active_file: 0, anon: memory } },
    networks: {
      eth0: { rx_bytes: Math.round(usedNs / 9_000), tx_bytes: Math.round(usedNs / 5_500), rx_errors: 0, tx_errors: 0 },
    },
    blkio_stats: { io_service_bytes_recursive: null },
  };
}

/** Go's zero time: what was not read. */
const NEVER = '0001-01-01T00:00:00Z';
