import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault } from '../../lab/fault-proxy.ts';
import type { FaultyWay } from '../../lab/faulty-way.ts';

/** At which point of a connection's life a fault comes. */
type Instant = 'connecting' | 'reading' | 'steady';

export interface PlannedFault {
  readonly instant: Instant;
  /** From the beginning of that time of life, in milliseconds. */
  readonly afterMs: number;
  readonly fault: Fault;
  /** How long it lasts, unless it is over before. */
  readonly holdMs: number;
}

type Random = () => number;

const between = (random: Random, from: number, to: number) => Math.round(from + random() * (to - from));
const oneOf = <T>(random: Random, all: readonly T[]): T => all[Math.floor(random() * all.length)] as T;

/** Longest wait before each time of life is over, on a busy machine. */
const spreadMs = { connecting: 250, reading: 700, steady: 1_500 } as const;

/** Any fault at any instant, the same for the same random numbers. */
export function planFault(random: Random): PlannedFault {
  const instant = oneOf<Instant>(random, ['connecting', 'reading', 'steady']);
  const afterMs = between(random, 0, spreadMs[instant]);
  const kind = oneOf<Fault['kind']>(random, ['cut', 'reset', 'black hole', 'latency', 'drip', 'cut after']);
  const plan = (fault: Fault, holdMs: number): PlannedFault => ({ instant, afterMs, fault, holdMs });
  if (kind === 'latency') {
    // A slow way, and one that is too slow.
    return plan({ kind, ms: random() < 0.8 ? between(random, 5, 400) : 6_000 }, between(random, 500, 4_000));
  }
  if (kind === 'drip') {
    const bytesPerSecond = oneOf(random, [40, 400, 4_000, 40_000]);
    return plan({ kind, bytesPerSecond }, between(random, 500, 4_000));
  }
  if (kind === 'cut after') {
    const further = oneOf(random, ['accepted', 'refused'] as const);
    return plan({ kind, bytes: Math.round(10 ** (random() * 5)), further }, 4_000);
  }
  // Some are over before anybody can tell.
  if (kind === 'black hole') return plan({ kind }, random() < 0.3 ? between(random, 50, 2_000) : 12_000);
  if (kind === 'cut') return plan({ kind }, between(random, 0, 2_500));
  return plan({ kind: 'reset' }, 0);
}

/** What a fault is done to. */
export interface FaultedHost {
  readonly way: FaultyWay;
  isLive(): boolean;
}

/**
 * Lets a fault come, last and go; resolves when the way is well again.
 * @returns how long after a black hole came its host was no longer live, in milliseconds; null where that was not to be seen
 */
export async function undergo({ way, isLive }: FaultedHost, plan: PlannedFault): Promise<number | null> {
  const { instant, afterMs, fault, holdMs } = plan;
  if (instant !== 'steady') {
    const before = way.accepted;
    way.reset();
    await until(() => way.accepted > before, 20_000);
    if (instant === 'reading') await until(isLive, 10_000);
  }
  await sleep(afterMs);
  const wasLive = isLive();
  const began = performance.now();
  way.apply(fault);
  // On a way that is bad and stays, a connection is made anew.
  if (fault.kind === 'latency' || fault.kind === 'drip') way.reset();
  const lasts = () => fault.kind !== 'cut after' || way.connections > 0;
  const isOver = () => (fault.kind === 'black hole' ? wasLive && !isLive() : !lasts());
  const wasSeen = holdMs > 0 && (await until(isOver, holdMs));
  const seenMs = fault.kind === 'black hole' && wasSeen ? performance.now() - began : null;
  await way.heal();
  return seenMs;
}

/** Whether it came true within `withinMs`. */
export async function until(isTrue: () => boolean | Promise<boolean>, withinMs: number): Promise<boolean> {
  const deadline = performance.now() + withinMs;
  while (!(await isTrue())) {
    if (performance.now() > deadline) return false;
    await sleep(10);
  }
  return true;
}

/** Numbers in [0, 1), the same for the same seed (mulberry32). */
export function seeded(seed: number): Random {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
