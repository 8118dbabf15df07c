import type { Host, HostState } from '#contract/fleet.ts';
import type { Summary } from '#contract/updates.ts';
import { formatCount } from './figures.ts';
import { sumOf, type Tally, tallyOf } from './tally.ts';
import { worstVerdict } from './verdict.ts';

/**
 * The answer to "is everything green?", with what green hides (DESIGN, verdicts). Containers and apps are counted on
 * hosts that are seen now; any other host counts as one unknown, however many it had.
 *
 * `freshAt` is of the oldest of the facts counted; where nothing is known, when anything last was.
 */
export function summaryOf(hosts: readonly Host[]): Summary {
  // Without a host nothing is known, which is not green.
  if (hosts.length === 0) return { verdict: 'unknown', headline: 'No hosts yet', counts: [], freshAt: null };
  const verdict = worstVerdict(hosts.map((host) => host.verdict));
  const known = hosts.filter(isSeenNow);
  if (known.length === 0) {
    return { verdict, headline: nothingKnown(hosts), counts: [], freshAt: seenTimes(hosts).at(-1) ?? null };
  }
  const tally = sumOf(known.map(tallyOf));
  const unknownHosts = hosts.length - known.length;
  const troubles = [
    tally.down > 0 ? `${tally.down} down` : '',
    tally.unknown > 0 ? `${tally.unknown} unknown` : '',
    tally.attention > 0 ? formatCount(tally.attention, 'needs attention', 'need attention') : '',
    unknownHosts > 0 ? `${formatCount(unknownHosts, 'host')} unknown` : '',
  ].filter((part) => part !== '');
  const green = troubles.length === 0;
  const counts = [
    runningPart(tally, green),
    tally.stopped > 0 ? `${tally.stopped} stopped` : '',
    tally.finished > 0 ? `${tally.finished} finished` : '',
    tally.notStarted > 0 ? `${tally.notStarted} not started` : '',
    tally.leaving > 0 ? `${tally.leaving} being removed` : '',
    tally.changing > 0 ? `${tally.changing} changing, planned` : '',
    tally.apps > 0 ? formatCount(tally.apps, 'app') : '',
    formatCount(hosts.length, 'host'),
    tally.provisional > 0 ? `${tally.provisional} provisional` : '',
  ].filter((part) => part !== '');
  return {
    verdict,
    headline: green ? 'All green' : troubles.join(', '),
    counts,
    freshAt: seenTimes(known)[0] ?? null,
  };
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
  const { unknown, containers } = tallyOf(host);
  return host.verdict !== 'unknown' || unknown < containers;
}

/** When the hosts were last seen, oldest first; those that never were are left out. */
function seenTimes(hosts: readonly Host[]): string[] {
  return hosts.flatMap(({ freshAt }) => freshAt ?? []).sort((a, b) => Date.parse(a) - Date.parse(b));
}

const HAS_WORDS: ReadonlySet<string> = new Set(['ENGINE_TIMEOUT', 'ENGINE_DENIED']);

const STATES: readonly (readonly [words: string, is: (status: HostState) => boolean])[] = [
  ['waiting for you', ({ state }) => state === 'blocked'],
  ['asking you', ({ state }) => state === 'asking'],
  ['offline', ({ state }) => state === 'offline'],
  ['with no answer from the engine', (status) => status.state === 'degraded' && status.code === 'ENGINE_TIMEOUT'],
  ['that may not be read', (status) => status.state === 'degraded' && status.code === 'ENGINE_DENIED'],
  ['whose engine cannot be read', (status) => status.state === 'degraded' && !HAS_WORDS.has(status.code)],
  ['being asked again', ({ state }) => state === 'stale'],
  ['connecting', ({ state }) => state === 'connecting' || state === 'authenticating'],
  ['not read yet', ({ state }) => state === 'live'],
];

function nothingKnown(hosts: readonly Host[]): string {
  const states = STATES.flatMap(([words, is]) => {
    const there = hosts.filter(({ status }) => is(status)).length;
    return there > 0 ? [`${formatCount(there, 'host')} ${words}`] : [];
  });
  return `Nothing is known: ${states.join(', ')}`;
}
