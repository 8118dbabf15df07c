import type { Container } from '#contract/fleet.ts';
import type { FleetContainer, LoadChange } from '#contract/updates.ts';
import type { HostSnapshot } from '../services.ts';
import { sameData } from './same-data.ts';
import type { Versions } from './tracked.ts';

const LOAD: ReadonlySet<string> = new Set(['cpuPercent', 'memoryBytes'] satisfies (keyof Container)[]);

interface Entry {
  readonly source: Container;
  readonly shown: FleetContainer;
  /** Version of its last change, its load left aside. */
  readonly content: number;
  /** Version of the last change of its load. */
  readonly load: number;
}

/** The containers of one host, and since when each is as it is. */
export class HostContainers {
  readonly #hostId: string;
  #entries: ReadonlyMap<string, Entry> = new Map();
  /** The newest of all, so that a host in which nothing changed costs nothing. */
  #content = 0;
  #load = 0;

  constructor(hostId: string) {
    this.#hostId = hostId;
  }

  /** Returns the keys of those that are no longer there. */
  put(containers: HostSnapshot['containers'], versions: Versions): string[] {
    const entries = new Map<string, Entry>();
    for (const { app, container } of containers) {
      const key = freeKey(this.#keyOf(app, container), entries);
      entries.set(key, this.#follow(key, app, container, versions));
    }
    const gone = [...this.#entries.keys()].filter((key) => !entries.has(key));
    this.#entries = entries;
    return gone;
  }

  all(): FleetContainer[] {
    return [...this.#entries.values()].map(({ shown }) => shown);
  }

  keys(): Iterable<string> {
    return this.#entries.keys();
  }

  /** Adds what changed after version `content`, and, unless it is null, the loads that changed after version `load`. */
  collect(content: number, load: number | null, containers: FleetContainer[], loads: LoadChange[]): void {
    if (this.#content <= content && (load === null || this.#load <= load)) return;
    for (const [key, entry] of this.#entries) {
      if (entry.content > content) containers.push(entry.shown);
      else if (load !== null && entry.load > load) loads.push([key, entry.shown.cpuPercent, entry.shown.memoryBytes]);
    }
  }

  #follow(key: string, app: string, container: Container, versions: Versions): Entry {
    const before = this.#entries.get(key);
    if (before !== undefined && before.shown.app === app && sameData(before.source, container, LOAD)) {
      const { cpuPercent, memoryBytes } = container;
      if (before.source.cpuPercent === cpuPercent && before.source.memoryBytes === memoryBytes) return before;
      this.#load = versions.next();
      return { ...before, source: container, shown: { ...before.shown, cpuPercent, memoryBytes }, load: this.#load };
    }
    this.#content = this.#load = versions.next();
    const shown = { ...container, key, hostId: this.#hostId, app };
    return { source: container, shown, content: this.#content, load: this.#content };
  }

  #keyOf(app: string, { id, service }: Container): string {
    return id === '' ? `${this.#hostId}/${app}/${service}` : `${this.#hostId}/${id}`;
  }
}

/** Names are the operator's own and may hold anything: two missing containers can come to the same key. */
function freeKey(key: string, taken: ReadonlyMap<string, unknown>): string {
  let free = key;
  for (let number = 2; taken.has(free); number += 1) free = `${key}/${number}`;
  return free;
}
