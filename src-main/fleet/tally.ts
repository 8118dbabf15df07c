import type { Container, Host } from '#contract/fleet.ts';
import { FINISHED } from './verdict.ts';

/** How many containers of each kind there are, and apps. */
export interface Tally {
  down: number;
  attention: number;
  unknown: number;
  apps: number;
  containers: number;
  running: number;
  green: number;
  unchecked: number;
  stopped: number;
  finished: number;
  notStarted: number;
  leaving: number;
  /** Those a run of ours acts upon, and whose verdict it mutes: counted here, and as nothing else. */
  changing: number;
  provisional: number;
}

/** Views never change, and are counted anew with every host that does. */
const counted = new WeakMap<Host, Readonly<Tally>>();

/** Pure, but for remembering its answer for each view. */
export function tallyOf(host: Host): Readonly<Tally> {
  const known = counted.get(host);
  if (known !== undefined) return known;
  const tally = { ...nothing(), apps: host.apps.length };
  for (const { containers } of host.apps) {
    for (const container of containers) add(tally, container);
  }
  counted.set(host, tally);
  return tally;
}

export function sumOf(tallies: readonly Readonly<Tally>[]): Tally {
  const sum = nothing();
  for (const tally of tallies) {
    for (const kind of Object.keys(sum) as (keyof Tally)[]) sum[kind] += tally[kind];
  }
  return sum;
}

function nothing(): Tally {
  return {
    down: 0,
    attention: 0,
    unknown: 0,
    apps: 0,
    containers: 0,
    running: 0,
    green: 0,
    unchecked: 0,
    stopped: 0,
    finished: 0,
    notStarted: 0,
    leaving: 0,
    changing: 0,
    provisional: 0,
  };
}

function add(tally: Tally, { state, health, verdict, reason, provisional, planned }: Container): void {
  tally.containers += 1;
  if (planned !== null && verdict === 'green') {
    tally.changing += 1;
    return;
  }
  if (provisional) tally.provisional += 1;
  if (verdict !== 'green') tally[verdict] += 1;
  if (state === 'running') {
    tally.running += 1;
    if (verdict !== 'green') return;
    tally.green += 1;
    if (health !== 'healthy') tally.unchecked += 1;
  } else if (verdict === 'green') {
    tally[hiddenAs(state, reason)] += 1;
  }
}

/** What a green container that does not run is counted as. */
function hiddenAs(state: Container['state'], reason: string): 'stopped' | 'finished' | 'notStarted' | 'leaving' {
  if (state === 'created') return 'notStarted';
  if (state === 'removing') return 'leaving';
  return reason === FINISHED ? 'finished' : 'stopped';
}
