import { readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { LabTools } from '../../lab/lab-access.ts';
import { type FaultedFleet, faultedFleet } from './faulted-fleet.fixture.ts';
import { type PlannedFault, planFault, seeded, undergo, until } from './faults.fixture.ts';
import { keepBusy, ToldEvents } from './told-events.fixture.ts';

interface ReconnectOptions {
  readonly hosts: number;
  /** Connections that were lost to a fault and made anew; each host does its share. */
  readonly reconnects: number;
  readonly seed: number;
  /**
   * Milliseconds for which nothing is done before it is looked what is held: idle channels are closed after
   * `limits.engine.idleChannelMs`.
   */
  readonly restMs: number;
}

export interface ReconnectFigures {
  readonly reconnects: number;
  /** Faults that the connection outlived. */
  readonly survived: number;
  /** How often each came, by kind and instant. */
  readonly faults: Readonly<Record<string, number>>;
  /** From a black hole to a host that is not live, in milliseconds: the longest. */
  readonly slowestSeenMs: number;
  /** From a way that is well again to facts that are right, in milliseconds. */
  readonly recoveredMs: { readonly median: number; readonly slowest: number };
  readonly events: number;
  /** Told after the fact, as lists and inspects show them. */
  readonly afterwards: number;
  /** Told by the engine before a host was there again, and no longer kept by it. */
  readonly lost: number;
  /** At the beginning, when every host had been through some faults, and at the end; bytes and counts. */
  readonly held: readonly [Held, Held];
  /** Whatever was not as it has to be. */
  readonly wrong: readonly string[];
}

/** What a process holds while every host is live and nothing happens. */
interface Held {
  readonly descriptors: number;
  /** Processes of sshd. */
  readonly sessions: number;
  /** Through the proxies. */
  readonly connections: number;
  /** Open within those; the least of each host at any time of the rest. */
  readonly channels: number;
  readonly memory: number;
}

/**
 * Lets fault after fault come upon every host of a real fleet, at any instant, while the engine behind it has much to
 * tell; after each of them the host must be live again, and its facts what the engine's own list says.
 */
export async function faultedReconnects(lab: LabTools, options: ReconnectOptions): Promise<ReconnectFigures> {
  const { hosts, reconnects, seed, restMs } = options;
  await using faulted = await faultedFleet(lab, hosts, seeded(seed));
  const { fleet, ways, hostIds, bugs } = faulted;
  using told = new ToldEvents(lab, hostIds);
  using _heard = fleet.onEvent((event) => told.hear(event));
  const wasLive = new Set<string>();
  using _seen = fleet.subscribe((id) => {
    if (id === null) return;
    const isLive = fleet.access(id).status.state === 'live';
    if (isLive && !wasLive.has(id)) told.nowLive(id);
    if (isLive) wasLive.add(id);
    else wasLive.delete(id);
  });
  const tally = { reconnects: 0, survived: 0, faults: new Map<string, number>(), seenMs: [0], recoveredMs: [0] };
  const wrong: string[] = [];
  const rightWithin = async (host: number, sinceMs: number, after: PlannedFault | null) => {
    const why = async () =>
      (await whatIsWrong(faulted, lab, host, sinceMs)) ??
      (told.isUpToDate(hostIds[host] ?? '', Date.now() - TOLD_WITHIN_MS) ? null : 'it is not told what happens');
    let lacks = await why();
    const isSo = await until(async () => {
      lacks = await why();
      return lacks === null || (await sleep(100, false));
    }, RIGHT_WITHIN_MS);
    if (!isSo) wrong.push(`host ${host} after ${JSON.stringify(after)}: ${lacks}; ${whatItIs(faulted, host)}`);
  };
  const one = async (host: number, random: () => number) => {
    const way = ways[host];
    const id = hostIds[host];
    if (way === undefined || id === undefined) return;
    const plan = planFault(random);
    const what = `${plan.fault.kind}, ${plan.instant}`;
    tally.faults.set(what, (tally.faults.get(what) ?? 0) + 1);
    const before = way.accepted;
    const seenMs = await undergo({ way, isLive: () => fleet.host(id)?.host.status.state === 'live' }, plan);
    const healedAt = Date.now();
    if (seenMs !== null) tally.seenMs.push(seenMs);
    // As an operator would, half of the time.
    if (random() < 0.5) fleet.retry(id);
    await rightWithin(host, healedAt, plan);
    tally.recoveredMs.push(Date.now() - healedAt);
    if (way.accepted === before) tally.survived += 1;
    else tally.reconnects += 1;
  };
  const faultsUpTo = async (count: number) => {
    const lane = async (host: number) => {
      const random = seeded(seed + 1 + host + 1_000 * tally.reconnects);
      while (tally.reconnects < count && wrong.length < 20) await one(host, random);
    };
    await Promise.all(hostIds.map((_, host) => lane(host)));
  };
  const calm = async () => {
    await Promise.all(hostIds.map((_, host) => rightWithin(host, Date.now(), null)));
    return await heldAtRest(faulted, restMs);
  };

  const stop = new AbortController();
  await calm();
  const from = Date.now();
  const busy = keepBusy(lab, seeded(seed), stop.signal).catch((error: unknown) => wrong.push(`busy: ${error}`));
  try {
    // Long enough for what is bounded to be full, and for what is compiled to be so.
    await faultsUpTo(Math.ceil(reconnects / 10));
    const atFirst = await calm();
    await faultsUpTo(reconnects);
    stop.abort();
    await busy;
    const to = Date.now();
    const atLast = await calm();
    const { wrong: mistold, events, afterwards, lost } = told.judge(from, to);
    const { seenMs, recoveredMs, faults } = tally;
    recoveredMs.sort((a, b) => a - b);
    return {
      reconnects: tally.reconnects,
      survived: tally.survived,
      faults: Object.fromEntries([...faults].sort()),
      slowestSeenMs: Math.round(Math.max(...seenMs)),
      recoveredMs: { median: recoveredMs[recoveredMs.length >> 1] ?? 0, slowest: recoveredMs.at(-1) ?? 0 },
      events,
      afterwards,
      lost,
      held: [atFirst, atLast],
      wrong: [...wrong, ...mistold, ...bugs.map(String)],
    };
  } finally {
    stop.abort();
    await busy;
  }
}

interface Listed {
  readonly Id: string;
  readonly State: string;
}

/** A busy machine takes its time; what is wrong for good is longer. */
const RIGHT_WITHIN_MS = 40_000;
const TOLD_WITHIN_MS = 3_000;

/** null: it is live, by what was read since, and every container is in the state that the engine's own list says. */
async function whatIsWrong(
  { fleet, hostIds }: FaultedFleet,
  lab: LabTools,
  host: number,
  sinceMs: number,
): Promise<string | null> {
  const snapshot = fleet.host(hostIds[host] ?? '');
  if (snapshot === null || snapshot.host.status.state !== 'live') return 'it is not live';
  if (Date.parse(snapshot.host.freshAt ?? '') < sinceMs) return 'it is not fresh';
  const seen = snapshot.containers.map(({ container }) => `${container.id} ${container.state}`).sort();
  const listed = await lab.api.get<Listed[]>('/containers/json?all=1');
  const truth = listed.map(({ Id, State }) => `${Id} ${State}`).sort();
  return seen.join() === truth.join() ? null : 'its facts are not what the engine says';
}

function whatItIs({ fleet, hostIds, ways }: FaultedFleet, host: number): string {
  const snapshot = fleet.host(hostIds[host] ?? '');
  return JSON.stringify({
    status: snapshot?.host.status,
    freshAt: snapshot?.host.freshAt,
    containers: snapshot?.containers.length,
    problems: snapshot?.host.problems.map(({ code }) => code),
    connections: ways[host]?.connections,
  });
}

/** The least of what is seen meanwhile: requests that come and go are not held. */
async function heldAtRest(faulted: FaultedFleet, restMs: number): Promise<Held> {
  const { fleet, hostIds, ways, sshd } = faulted;
  // Nobody looks at the load: it is sampled rarely.
  fleet.watchLoadOf(new Set());
  const least = { descriptors: Number.POSITIVE_INFINITY, sessions: Number.POSITIVE_INFINITY };
  const channels = hostIds.map(() => Number.POSITIVE_INFINITY);
  const until = performance.now() + restMs;
  do {
    await sleep(100);
    least.descriptors = Math.min(least.descriptors, readdirSync('/proc/self/fd').length);
    least.sessions = Math.min(least.sessions, sshd.sessionPids().length);
    hostIds.forEach((id, host) => {
      const open = fleet.report(id)?.channels.open ?? Number.POSITIVE_INFINITY;
      channels[host] = Math.min(channels[host] ?? open, open);
    });
  } while (performance.now() < until);
  fleet.watchLoadOf(null);
  collectGarbage();
  await sleep(100);
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return {
    ...least,
    connections: sum(ways.map((way) => way.connections)),
    channels: sum(channels),
    memory: heapUsed + external,
  };
}

const sum = (values: readonly number[]) => values.reduce((total, each) => total + each, 0);

function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
}
