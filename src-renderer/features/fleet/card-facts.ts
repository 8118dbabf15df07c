import type { Port, Verdict } from '#contract/fleet.ts';
import type { FleetContainer } from '#contract/updates.ts';
import type { AppView } from '../../store/fleet-state.ts';
import type { Mark } from '../../ui/verdict-shape.tsx';

/** Its verdict, or what green hides: being changed from here, not running, or not checked by anybody. */
export function markOf({ verdict, state, health, planned, reason }: FleetContainer): Mark {
  if (verdict !== 'green') return verdict;
  // One whose turn has not come yet is as it was before.
  if (planned !== null && (state !== 'running' || isMuted({ planned, reason }))) return 'planned';
  if (state !== 'running') return 'stopped';
  return health === 'healthy' ? 'green' : 'unchecked';
}

/** Whether its reason says no more than that a run of ours is at it: what that causes is no trouble. */
export function isMuted({ planned, reason }: Pick<FleetContainer, 'planned' | 'reason'>): boolean {
  return planned !== null && reason === `${planned}, planned`;
}

export interface MemoryMeter {
  /** 0 to 1; null: not known. */
  readonly fraction: number | null;
  /** Given where memory is what the verdict is about. */
  readonly verdict: Verdict | undefined;
}

const NEAR_LIMIT = 0.95;
const ABOUT_MEMORY = /memory/;
/** Bytes and per cent at which a bar without an upper end stands in its middle. */
const HALF_BYTES = 2 * 1024 ** 3;
const HALF_PERCENT = 100;

/**
 * Against its containers' limits where all that run have one; else on a scale that never fills. Where a container is
 * near its limit, or was ended by it, the bar is that container's and takes the colour of its verdict.
 */
export function memoryMeter({ containers, memoryBytes }: AppView): MemoryMeter {
  const troubled = containers.find((one) => one.verdict !== 'green' && one.verdict !== 'unknown' && isAboutMemory(one));
  if (troubled !== undefined) {
    return { fraction: Math.max(NEAR_LIMIT, shareOf(troubled) ?? NEAR_LIMIT), verdict: troubled.verdict };
  }
  if (memoryBytes === null) return { fraction: null, verdict: undefined };
  const running = containers.filter(({ memoryBytes: used }) => used !== null);
  const limits = running.map(({ memoryLimitBytes }) => memoryLimitBytes);
  const limit = limits.reduce<number | null>((sum, one) => (sum === null || one === null ? null : sum + one), 0);
  const fraction = limit === null || limit === 0 ? memoryBytes / (memoryBytes + HALF_BYTES) : memoryBytes / limit;
  return { fraction, verdict: undefined };
}

function isAboutMemory(container: FleetContainer): boolean {
  return ABOUT_MEMORY.test(container.reason) || (shareOf(container) ?? 0) >= NEAR_LIMIT;
}

function shareOf({ memoryBytes, memoryLimitBytes }: FleetContainer): number | null {
  return memoryBytes === null || memoryLimitBytes === null || memoryLimitBytes === 0
    ? null
    : memoryBytes / memoryLimitBytes;
}

/** How many cores a host has is not told: the scale never fills, and one core stands in its middle. */
export function cpuFraction(cpuPercent: number | null): number | null {
  return cpuPercent === null ? null : cpuPercent / (cpuPercent + HALF_PERCENT);
}

const MOST_PORTS = 3;

/** Published ports, as in `:443 :80`; UDP says so. Each once, whatever addresses it is bound to. */
export function publishedPorts(containers: readonly FleetContainer[]): readonly string[] {
  const ports = new Map<string, number>();
  for (const { ports: own } of containers) {
    for (const { hostPort, protocol } of own) {
      if (hostPort !== null) ports.set(`:${hostPort}${protocol === 'tcp' ? '' : `/${protocol}`}`, hostPort);
    }
  }
  return [...ports].sort(([a, portA], [b, portB]) => portA - portB || (a < b ? -1 : 1)).map(([text]) => text);
}

/** As many ports as a card has room for. */
export function cardPorts(containers: readonly FleetContainer[]): string {
  const ports = publishedPorts(containers);
  if (ports.length === 0) return 'no ports';
  const more = ports.length > MOST_PORTS ? ` +${ports.length - MOST_PORTS}` : '';
  return ports.slice(0, MOST_PORTS).join(' ') + more;
}

/** As in `:8080 → 80`; a port that is exposed and not published stands alone. */
export function portText({ hostIp, hostPort, containerPort, protocol }: Port): string {
  const suffix = protocol === 'tcp' ? '' : `/${protocol}`;
  if (hostPort === null) return `${containerPort}${suffix}`;
  const local =
    hostIp === null || hostIp === '0.0.0.0' || hostIp === '::' ? '' : hostIp.includes(':') ? `[${hostIp}]` : hostIp;
  return `${local}:${hostPort} → ${containerPort}${suffix}`;
}

/** What can be shown of an image in little room: its own name and tag, without registry and path; a digest cut. */
export function shortImage(image: string): string {
  if (/^(sha256:)?[0-9a-f]{64}$/.test(image)) return image.replace('sha256:', '').slice(0, 12);
  const [name = image] = image.split('@');
  return name.slice(name.lastIndexOf('/') + 1);
}

/** The container an app is known by: the one in trouble, else the one that is reached from outside, else the first. */
export function leadOf({ containers, verdict }: AppView): FleetContainer | undefined {
  const worst = verdict === 'green' ? undefined : containers.find((one) => one.verdict === verdict);
  return worst ?? containers.find(({ ports }) => ports.some(({ hostPort }) => hostPort !== null)) ?? containers[0];
}

/** Start of the run that is youngest among those that run, milliseconds; null where none runs or it is not known. */
export function youngestStart(containers: readonly FleetContainer[]): number | null {
  let youngest: number | null = null;
  for (const { state, startedAt } of containers) {
    if (state !== 'running' || startedAt === null) continue;
    const at = Date.parse(startedAt);
    if (!Number.isNaN(at) && (youngest === null || at > youngest)) youngest = at;
  }
  return youngest;
}
