import type { App, Container, Host, HostState } from '#contract/fleet.ts';
import { formatCount, formatDuration } from './figures.ts';
import { FINISHED } from './verdict.ts';

interface Tally {
  down: number;
  attention: number;
  unknown: number;
  containers: number;
  running: number;
  green: number;
  unchecked: number;
  stopped: number;
  finished: number;
  notStarted: number;
  leaving: number;
  provisional: number;
}

/**
 * The one line that answers "is everything green?", with what green hides (DESIGN, verdicts). Containers and apps are
 * counted on hosts that are seen now; any other host counts as one unknown, however many it had.
 *
 * @param nowMs wall clock, milliseconds since the epoch
 */
export function sentence(hosts: readonly Host[], nowMs: number): string {
  if (hosts.length === 0) return 'No hosts yet';
  const known = hosts.filter(isSeenNow);
  if (known.length === 0) return nothingKnown(hosts, nowMs);

  const tally = count(known);
  const unknownHosts = hosts.length - known.length;
  const apps = known.reduce((sum, host) => sum + host.apps.length, 0);
  const troubles = [
    tally.down > 0 ? `${tally.down} down` : '',
    tally.unknown > 0 ? `${tally.unknown} unknown` : '',
    tally.attention > 0 ? formatCount(tally.attention, 'needs attention', 'need attention') : '',
    unknownHosts > 0 ? `${formatCount(unknownHosts, 'host')} unknown` : '',
  ].filter((part) => part !== '');
  const green = troubles.length === 0;
  return [
    green ? 'All green' : troubles.join(', '),
    runningPart(tally, green),
    tally.stopped > 0 ? `${tally.stopped} stopped` : '',
    tally.finished > 0 ? `${tally.finished} finished` : '',
    tally.notStarted > 0 ? `${tally.notStarted} not started` : '',
    tally.leaving > 0 ? `${tally.leaving} being removed` : '',
    apps > 0 ? formatCount(apps, 'app') : '',
    formatCount(hosts.length, 'host'),
    tally.provisional > 0 ? `${tally.provisional} provisional` : '',
    `${formatDuration(Math.max(...known.map((host) => ageMs(host, nowMs))))} ago`,
  ]
    .filter((part) => part !== '')
    .join(' · ');
}

function runningPart({ containers, running, green, unchecked }: Tally, allGreen: boolean): string {
  if (containers === 0) return 'no containers';
  const hidden = unchecked > 0 ? ` (${unchecked} unchecked)` : '';
  if (allGreen || running === 0) return `${running} running${hidden}`;
  return `${green} of ${running} running ${green === 1 ? 'is' : 'are'} green${hidden}`;
}

/**
 * A host that is live and has been read lately. Facts too old make every one of its containers unknown, and the host
 * with them, even where it has none.
 */
function isSeenNow(host: Host): boolean {
  if (host.status.state !== 'live' || host.freshAt === null) return false;
  return host.verdict !== 'unknown' || containersOf(host).some(({ verdict }) => verdict !== 'unknown');
}

function count(hosts: readonly Host[]): Tally {
  const tally: Tally = {
    down: 0,
    attention: 0,
    unknown: 0,
    containers: 0,
    running: 0,
    green: 0,
    unchecked: 0,
    stopped: 0,
    finished: 0,
    notStarted: 0,
    leaving: 0,
    provisional: 0,
  };
  for (const host of hosts) {
    for (const container of containersOf(host)) add(tally, container);
  }
  return tally;
}

function add(tally: Tally, { state, health, verdict, reason, provisional }: Container): void {
  tally.containers += 1;
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

function containersOf(host: Host): Container[] {
  return host.apps.flatMap((app: App) => app.containers);
}

function ageMs({ freshAt }: Host, nowMs: number): number {
  return freshAt === null ? 0 : Math.max(0, nowMs - Date.parse(freshAt));
}

const STATES: readonly (readonly [HostState['state'], string])[] = [
  ['blocked', 'waiting for you'],
  ['offline', 'offline'],
  ['degraded', 'with no answer from the engine'],
  ['connecting', 'connecting'],
  ['live', 'not read yet'],
];

function nothingKnown(hosts: readonly Host[], nowMs: number): string {
  const states = STATES.flatMap(([state, words]) => {
    const there = hosts.filter(({ status }) => status.state === state).length;
    return there > 0 ? [`${formatCount(there, 'host')} ${words}`] : [];
  });
  const seen = hosts.filter(({ freshAt }) => freshAt !== null).map((host) => ageMs(host, nowMs));
  const last = seen.length > 0 ? ` · last seen ${formatDuration(Math.min(...seen))} ago` : '';
  return `Nothing is known: ${states.join(', ')}${last}`;
}
