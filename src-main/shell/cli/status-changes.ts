import type { Fleet, Host, Verdict } from '#contract/fleet.ts';
import { visibleText } from '../../kernel/text.ts';
import { hostStateText, pathOf } from './status-text.ts';

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
 *
 * @param isRead whether a live host has been read as far as it can be
 */
export function createChangeTracker(isRead: (host: Host) => boolean): (fleet: Fleet) => Change[] {
  let told = new Map<string, Change>();
  /** Hosts that have been read and told of in full: what is green on one that was not is no news. */
  const introduced = new Set<string>();
  return (fleet) => {
    const now = new Map<string, Change>();
    for (const host of fleet.hosts) {
      const { status, target } = host;
      const verdict = status.state === 'live' ? 'green' : 'unknown';
      const change: Change = { what: target, verdict, reason: hostStateText(status) };
      // That it is being tried again says nothing new of a host that is away.
      now.set(host.id, (isTried(status) ? told.get(host.id) : null) ?? change);
      // While a host is not live its containers are all unknown: its own line says so once.
      if (status.state !== 'live') continue;
      const isKnown = introduced.has(host.id) || isRead(host);
      for (const app of host.apps) {
        for (const { id, service, name, verdict, reason, provisional } of app.containers) {
          // What the first inspect may take back in a moment is told once that has been read.
          if (provisional && !isKnown) continue;
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
      if (live.has(host.id) && isRead(host)) introduced.add(host.id);
    }
    return [
      ...changes.map(([, change]) => change),
      ...gone.map(([, { what }]) => ({ what, verdict: 'green' as const, reason: 'gone' })),
    ];
  };
}

function isTried({ state }: Host['status']): boolean {
  return state === 'connecting' || state === 'authenticating';
}

function hostOf(key: string): string {
  return key.split(' ', 1)[0] as string;
}
