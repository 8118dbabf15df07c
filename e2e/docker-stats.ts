import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { LabAccess } from '../lab/lab-access.ts';
import { dockerProgram } from '../lab/requirements.ts';

/** One line of `docker stats`, and when it was printed: milliseconds since the epoch. */
export interface DockerFigures {
  readonly at: number;
  /** 100 = one core. */
  readonly cpuPercent: number;
  readonly memoryBytes: number;
  /** The container's limit, or the machine's memory. */
  readonly limitBytes: number;
}

export interface DockerStats extends AsyncDisposable {
  /** What was printed of each container, by its id, oldest first. */
  readonly figures: ReadonlyMap<string, readonly DockerFigures[]>;
  /**
   * Resolves with true when every one of `ids` has been printed with figures at or after `at`; with false when others are
   * and go on being printed: what is left has ended. @throws Error after 20 s
   */
  until(ids: readonly string[], at: number): Promise<boolean>;
}

/**
 * `docker stats` as it runs on a terminal: it prints each container's figures of the last second, twice a second. The
 * figures of one run with `--no-stream` would be those of some other second than Binnacle's.
 */
export function startDockerStats({ folder, socketPath }: LabAccess): DockerStats {
  const options = ['--config', join(folder, 'client'), '-H', `unix://${socketPath}`];
  const child = spawn(
    dockerProgram() ?? 'docker',
    [...options, 'stats', '--no-trunc', '--format', '{{.ID}} {{.CPUPerc}} {{.MemUsage}}'],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const figures = new Map<string, DockerFigures[]>();
  createInterface({ input: child.stdout }).on('line', (line) => {
    const found = /([0-9a-f]{64}) ([\d.]+)% ([\d.]+\w+) \/ ([\d.]+\w+)/.exec(line);
    if (found === null) return;
    const [, id = '', cpu, used = '', limit = ''] = found;
    const entry = { at: Date.now(), cpuPercent: Number(cpu), memoryBytes: bytesOf(used), limitBytes: bytesOf(limit) };
    // Before its first sample a container is printed with zeros.
    if (entry.limitBytes > 0) figures.set(id, [...(figures.get(id) ?? []), entry]);
  });
  const ended = new Promise<void>((resolve) => child.on('close', () => resolve()));
  return {
    figures,
    async until(ids, at) {
      const deadline = performance.now() + 20_000;
      const asked = Date.now();
      const missing = () => ids.filter((id) => (figures.get(id)?.at(-1)?.at ?? 0) < at);
      const newest = () => Math.max(0, ...ids.map((id) => figures.get(id)?.at(-1)?.at ?? 0));
      while (missing().length > 0) {
        if (newest() > Math.max(at, asked) + GONE_MS) return false;
        if (performance.now() > deadline) throw new Error(`docker stats did not print ${missing().join(', ')}.`);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      return true;
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

/** Who is not printed for so long, while others are each half second, is not there any more. */
const GONE_MS = 5_000;

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];

/** `14.29MiB` in bytes. */
function bytesOf(text: string): number {
  const [, figure, unit = ''] = /^([\d.]+)(\w+)$/.exec(text) ?? [];
  const power = UNITS.indexOf(unit);
  if (power < 0) throw new Error(`docker stats printed ${text}, which is no number of bytes.`);
  return Number(figure) * 1024 ** power;
}
