import { createHash } from 'node:crypto';
import { limits } from '../kernel/limits.ts';
import { Load } from './load.ts';
import type { PlannedContainer, PlannedHost } from './plan.ts';
import type { Said } from './voice.ts';

/** Times are milliseconds since the epoch, of the engine's clock. */
export type Health =
  | { readonly status: 'none' }
  | { readonly status: 'starting' | 'healthy'; readonly since: number }
  | { readonly status: 'unhealthy'; readonly since: number; readonly output: string };

export type Life =
  | { readonly state: 'running'; readonly startedAt: number; readonly health: Health }
  | {
      /** `restarting`: the engine is about to start it again. */
      readonly state: 'restarting' | 'exited';
      readonly startedAt: number;
      readonly finishedAt: number;
      readonly exitCode: number;
      readonly outOfMemory: boolean;
    };

/** One run of a container, for its log. */
export interface Run {
  readonly from: number;
  /** When it was asked to end; null: it was not, or not yet. */
  readonly askedAt: number | null;
  /** null: it goes on. */
  readonly to: number | null;
}

/** Its health when a run ended: the engine keeps what the last checks said. */
export interface PastHealth {
  readonly health: Health;
  readonly at: number;
}

export interface Trouble {
  readonly from: number;
  readonly to: number | null;
}

export interface LogLine extends Said {
  /** Whole. */
  readonly at: number;
  /** Nanoseconds within that millisecond. */
  readonly nanos: number;
}

export interface Address {
  readonly network: string;
  readonly networkId: string;
  /** null in a network that gives none. */
  readonly ip: string | null;
  readonly gateway: string | null;
}

/** 64 hexadecimal digits, the same for the same words. */
export const idOf = (...words: readonly string[]): string => createHash('sha256').update(words.join('/')).digest('hex');

export const networkId = (host: string, network: string): string => idOf('network', host, network);

/** A container of the simulated engine; what happens to it is `Simulation`'s business. */
export class SimulatedContainer {
  readonly id: string;
  readonly imageId: string;
  readonly plan: PlannedContainer;
  readonly seed: number;
  readonly load: Load;
  readonly createdAt: number;
  readonly addresses: readonly Address[];
  life: Life;
  restartCount = 0;
  /** null: no run of it has ended. */
  lastHealth: PastHealth | null = null;
  /** Latest last; at least one. */
  runs: readonly Run[];
  /** When its health check failed. */
  troubles: readonly Trouble[] = [];
  /** Lines somebody made it say. */
  extra: readonly LogLine[] = [];
  #said = 0;

  constructor(host: PlannedHost, place: number, { seed, now }: { readonly seed: number; readonly now: number }) {
    const plan = host.containers[place] as PlannedContainer;
    const startedAt = now - plan.startedAgoMs;
    this.id = idOf('container', host.label, plan.name);
    this.imageId = `sha256:${idOf('image', plan.image)}`;
    this.plan = plan;
    this.seed = seed;
    this.load = new Load(plan.cores, seed);
    this.createdAt = startedAt - 900;
    this.addresses = plan.networks.map((name) => {
      const prefix = host.networks.find((network) => network.name === name)?.prefix ?? null;
      const gateway = prefix === null ? null : `${prefix}.1`;
      return { network: name, networkId: networkId(host.label, name), ip: addressIn(host, name, place), gateway };
    });
    const health: Health = plan.check === null ? { status: 'none' } : { status: 'healthy', since: startedAt };
    this.life = { state: 'running', startedAt, health };
    this.runs = [{ from: startedAt, askedAt: null, to: null }];
  }

  get isRunning(): boolean {
    return this.life.state === 'running';
  }

  /** When its last run ended; null: it runs for the first time. */
  get finishedAt(): number | null {
    return this.life.state === 'running' ? (this.runs.at(-2)?.to ?? null) : this.life.finishedAt;
  }

  get health(): Health {
    return this.life.state === 'running' ? this.life.health : { status: 'none' };
  }

  /** It runs from `from` on, and its check has still to pass. */
  beginRun(from: number): void {
    const health: Health = this.plan.check === null ? { status: 'none' } : { status: 'starting', since: from };
    this.life = { state: 'running', startedAt: from, health };
    this.runs = [...this.runs, { from, askedAt: null, to: null }].slice(-limits.demo.runs);
  }

  changeRun(change: Partial<Run>): void {
    const last = this.runs.at(-1) as Run;
    this.runs = [...this.runs.slice(0, -1), { ...last, ...change }];
  }

  /** Says which of its times were bad, for its log. */
  setTrouble(at: number, troubled: boolean): void {
    const last = this.troubles.at(-1);
    const open = last !== undefined && last.to === null;
    if (troubled && !open) this.troubles = [...this.troubles, { from: at, to: null }].slice(-limits.demo.runs);
    else if (!troubled && open) this.troubles = [...this.troubles.slice(0, -1), { ...last, to: at }];
  }

  say(at: number, said: Said): void {
    // After what it says of itself in that millisecond, and in the order it was made to say it.
    const nanos = 950_000 + (this.#said++ % 50_000);
    this.extra = [...this.extra, { ...said, at: Math.floor(at), nanos }].slice(-limits.demo.extraLines);
  }

  /** Bytes in use by its processes at `at`, without the page cache. */
  memoryBytes(at: number): number {
    const { memoryMib, memoryLimitMib, condition } = this.plan;
    const ageMs = Math.max(0, at - this.life.startedAt);
    const most = (memoryLimitMib ?? Number.POSITIVE_INFINITY) * MIB;
    // What leaks grows until it is killed; everything else is warm after some minutes.
    const grown =
      condition.kind === 'restart-loop'
        ? 0.3 + 0.75 * Math.min(1, ageMs / condition.everyMs)
        : Math.min(1, 0.45 + (0.55 * ageMs) / WARM_MS);
    return Math.round(Math.min(most * 0.995, memoryMib * MIB * grown * this.load.memoryShare(at)));
  }
}

const MIB = 1024 * 1024;
const WARM_MS = 150_000;

/** The first addresses of a network are the gateway's; then one each, in the order of the plan. */
function addressIn(host: PlannedHost, network: string, place: number): string | null {
  const prefix = host.networks.find(({ name }) => name === network)?.prefix ?? null;
  if (prefix === null) return null;
  const before = host.containers.slice(0, place).filter(({ networks }) => networks.includes(network)).length;
  return `${prefix}.${2 + (before % 250)}`;
}
