import type { StatsSample } from './model.ts';

/**
 * Processor use between two samples of one container, as `docker stats` counts it: 100 is one core fully used.
 * null where two samples do not tell: the same reading twice, a counter that went back (a restart between them), a
 * machine whose own counter did not move, or a container that was not running.
 */
export function cpuPercent(previous: StatsSample, next: StatsSample): number | null {
  const wallMs = next.readAt - previous.readAt;
  const usedNs = next.cpuTotalNs - previous.cpuTotalNs;
  if (previous.id !== next.id || previous.readAt <= 0 || wallMs <= 0 || usedNs < 0) return null;
  // Podman under cgroup v2 may not tell the machine's own time: then the clock is the measure.
  if (previous.systemCpuNs === null || next.systemCpuNs === null) return (usedNs / (wallMs * 1e6)) * 100;
  const systemNs = next.systemCpuNs - previous.systemCpuNs;
  return systemNs <= 0 ? null : (usedNs / systemNs) * next.onlineCpus * 100;
}

/** `memory_stats` of the engine's answer; empty for a container that is not running. */
interface RawMemory {
  readonly usage?: number | null | undefined;
  readonly stats?: Readonly<Record<string, number>> | null | undefined;
}

/**
 * Bytes in use without the page cache that can be given back, by the rule of the docker CLI
 * (cli/command/container/stats_helpers.go, calculateMemUsageUnixNoCache). null where the engine does not tell.
 */
export function memoryUsed({ usage, stats }: RawMemory): number | null {
  if (typeof usage !== 'number') return null;
  // cgroup v1 has the one, v2 the other.
  for (const inactive of [stats?.total_inactive_file, stats?.inactive_file]) {
    if (inactive !== undefined && inactive < usage) return usage - inactive;
  }
  return usage;
}
