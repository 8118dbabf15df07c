import type { Fleet, Verdict } from '#contract/fleet.ts';
import { visibleText } from '../../kernel/text.ts';
import { pathOf } from './status-text.ts';

/** What a watcher has been told of one container or host. */
interface Told {
  readonly verdict: Verdict;
  readonly reason: string;
}

export interface Change extends Told {
  readonly what: string;
}

/**
 * Figures inside a reason move all the time (`1.93 of 2 GB`, `3 min ago`): only its words make a change. An exit code
 * is a word: 137 after 1 is news.
 */
const wordsOf = (reason: string) =>
  reason.replace(/(?<!\bexit(?:ed)? |[\d.,])[\d.,]+(?: ?(?:s|min|h|d|[kMGTP]?B)\b)?/g, '#');

/**
 * Tells, from one view of the fleet to the next, which containers and hosts have another verdict or reason: what
 * `status --watch` writes where it cannot repaint. Containers that go are told as `gone`. Everything that is not
 * green is told the first time.
 */
export function createChangeTracker(): (fleet: Fleet) => Change[] {
  let told = new Map<string, Change>();
  /** Hosts that have been read and told of in full: what is green on one that was not is no news. */
  const introduced = new Set<string>();
  return (fleet) => {
    const now = new Map<string, Change>();
    for (const host of fleet.hosts) {
      const { status, target } = host;
      const message = 'message' in status ? `${status.state}: ${visibleText(status.message)}` : status.state;
      const change: Change = { what: target, verdict: status.state === 'live' ? 'green' : 'unknown', reason: message };
      // That it is being tried again says nothing new of a host that is away.
      now.set(host.id, (status.state === 'connecting' ? told.get(host.id) : null) ?? change);
      // While a host is not live its containers are all unknown: its own line says so once.
      if (status.state !== 'live') continue;
      for (const app of host.apps) {
        for (const { id, service, name, verdict, reason, provisional } of app.containers) {
          // What the first inspect may take back in a moment is told once that has been read.
          if (provisional && !introduced.has(host.id)) continue;
          const what = `${target}  ${pathOf(app.name, service)}`;
          now.set(`${host.id} ${id || name || service}`, { what, verdict, reason: visibleText(reason) });
        }
      }
    }
    const live = new Set(fleet.hosts.filter(({ status }) => status.state === 'live').map(({ id }) => id));
    const changes = [...now].filter(([key, change]) => {
      const before = told.get(key);
      if (before === undefined) return change.verdict !== 'green' || introduced.has(hostOf(key));
      return before.verdict !== change.verdict || wordsOf(before.reason) !== wordsOf(change.reason);
    });
    const gone = [...told].filter(([key]) => !now.has(key) && live.has(hostOf(key)));
    // What is behind an unreachable host stays told: it is compared when the host is back.
    const kept = [...told].filter(([key]) => !live.has(hostOf(key)));
    told = new Map([...kept, ...now]);
    for (const host of fleet.hosts) {
      const isRead = host.apps.every(({ containers }) => containers.every(({ provisional }) => !provisional));
      if (live.has(host.id) && isRead) introduced.add(host.id);
    }
    return [
      ...changes.map(([, change]) => change),
      ...gone.map(([, { what }]) => ({ what, verdict: 'green' as const, reason: 'gone' })),
    ];
  };
}

function hostOf(key: string): string {
  return key.split(' ', 1)[0] as string;
}
