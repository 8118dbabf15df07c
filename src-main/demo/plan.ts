import { atlasApps } from './plan-atlas.ts';
import { borealisApps } from './plan-borealis.ts';
import { numbered, type PlannedApp } from './plan-services.ts';
import type { VoiceName } from './voices.ts';

/** What a container makes of its life. Times in milliseconds. */
export type Condition =
  | { readonly kind: 'steady' }
  /** Fails its health check until it is restarted, and again `afterMs` after that. */
  | { readonly kind: 'unhealthy'; readonly output: string; readonly afterMs: number }
  /** Runs for about `everyMs`, until its memory is used up, and has done so for `sinceMs`. */
  | { readonly kind: 'restart-loop'; readonly everyMs: number; readonly sinceMs: number }
  | { readonly kind: 'exited'; readonly exitCode: number; readonly agoMs: number };

/** As an engine's events name the signals that images choose to be stopped with. */
export const SIGNAL_NUMBERS = { SIGTERM: '15', SIGINT: '2', SIGQUIT: '3', SIGWINCH: '28' } as const;
export type StopSignal = keyof typeof SIGNAL_NUMBERS;

export interface PlannedPort {
  readonly containerPort: number;
  readonly protocol: 'tcp' | 'udp';
  /** null: exposed, not published. */
  readonly published: { readonly ip: string; readonly port: number } | null;
}

export interface PlannedContainer {
  readonly name: string;
  /** Compose project; null for one that was started by hand. */
  readonly app: string | null;
  readonly service: string;
  readonly number: number;
  /** Started by `docker compose run`. */
  readonly oneOff: boolean;
  readonly image: string;
  readonly command: string;
  readonly voice: VoiceName;
  /** Mean time between two things it logs. */
  readonly logEveryMs: number;
  /** Mean load: 1 is one core fully used. */
  readonly cores: number;
  readonly memoryMib: number;
  readonly memoryLimitMib: number | null;
  /** Its health check, and how long it takes to pass after a start; null: it has none. */
  readonly check: { readonly command: string; readonly startMs: number } | null;
  readonly condition: Condition;
  readonly startedAgoMs: number;
  /** What it is asked to end with; its image names it. */
  readonly stopSignal: StopSignal;
  /** Seconds it asks for until it is killed; null: the engine's default. */
  readonly stopTimeout: number | null;
  /** It does not heed that signal: it always has to be killed. */
  readonly stubborn: boolean;
  readonly restart: 'no' | 'always' | 'unless-stopped' | 'on-failure';
  readonly ports: readonly PlannedPort[];
  readonly networks: readonly string[];
  /** By path in the container: a volume's name, or a folder of the host. */
  readonly volumes: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  /** Services of its app that are started before it. */
  readonly dependsOn: readonly string[];
  readonly tty: boolean;
}

export interface PlannedNetwork {
  readonly name: string;
  readonly driver: 'bridge' | 'host' | 'null';
  /** First three numbers of its /24; null: it has no addresses. */
  readonly prefix: string | null;
}

export interface PlannedHost {
  readonly label: string;
  readonly cores: number;
  readonly memoryMib: number;
  readonly bootedAgoMs: number;
  readonly networks: readonly PlannedNetwork[];
  readonly containers: readonly PlannedContainer[];
}

export interface DemoPlan {
  readonly hosts: readonly PlannedHost[];
  /** Now and then a healthy container fails its check for a while, all over the fleet; null: none does. */
  readonly wobble: { readonly everyMs: number; readonly lastsMs: number } | null;
}

const DAY = 86_400_000;

/** What a self-hoster with two machines may run: 60 containers, 14 apps; 2 down, 1 that needs attention. */
export const demoPlan: DemoPlan = {
  hosts: [
    host('atlas', { cores: 8, memoryMib: 32_768, bootedAgoMs: 47 * DAY }, atlasApps),
    host('borealis', { cores: 12, memoryMib: 65_536, bootedAgoMs: 23 * DAY }, borealisApps),
  ],
  wobble: { everyMs: 420_000, lastsMs: 60_000 },
};

/**
 * A fleet of any size, for measuring: apps of five, all of them green, and nothing happens but what somebody makes happen.
 * Containers are spread evenly; those left over are on the first hosts.
 */
export function scaledPlan(options: { readonly hosts: number; readonly containers: number }): DemoPlan {
  const hosts = Array.from({ length: options.hosts }, (_, index) => {
    const share = Math.floor(options.containers / options.hosts) + (index < options.containers % options.hosts ? 1 : 0);
    const label = `node-${String(index + 1).padStart(2, '0')}`;
    return host(label, { cores: 16, memoryMib: 131_072, bootedAgoMs: 30 * DAY }, numbered(share));
  });
  return { hosts, wobble: null };
}

function host(
  label: string,
  machine: Pick<PlannedHost, 'cores' | 'memoryMib' | 'bootedAgoMs'>,
  apps: readonly PlannedApp[],
): PlannedHost {
  const containers = apps.flatMap((app) => app.containers);
  const names = new Set(containers.flatMap(({ networks }) => networks));
  const own = [...names].filter((name) => name !== 'bridge' && name !== 'host');
  return {
    label,
    ...machine,
    networks: [
      { name: 'bridge', driver: 'bridge', prefix: '172.17.0' },
      { name: 'host', driver: 'host', prefix: null },
      { name: 'none', driver: 'null', prefix: null },
      ...own.map((name, index) => ({ name, driver: 'bridge', prefix: prefixOf(index) }) as const),
    ],
    containers,
  };
}

/** Docker's own pools begin at 172.18.0.0; past the sixteenth it goes on in 192.168. */
function prefixOf(index: number): string {
  return index < 14 ? `172.${18 + index}.0` : `192.168.${16 * (index - 14)}`;
}
