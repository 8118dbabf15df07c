import type { Batch, Delta, FleetContainer, FleetHost, Snapshot } from '#contract/updates.ts';
import type { FakeServices } from '../services.fixture.ts';
import type { Subscription } from './subscription.ts';

/** What a window knows, in a form that two of them can be compared in. */
export interface Picture extends Omit<Snapshot, 'kind' | 'seq'> {}

/** What a window would be shown that asks for all of it now. */
export function pictureOf({ fleet, questions, settings, actions, journal }: FakeServices): Picture {
  const snapshots = fleet.hostIds.flatMap((id) => fleet.snapshots.get(id) ?? []);
  return {
    summary: fleet.summary(),
    hosts: snapshots.map(({ host }) => host),
    containers: sorted(
      snapshots.flatMap(({ host, containers }) =>
        containers.map(({ app, container }) => ({
          ...container,
          key: `${host.id}/${container.id === '' ? `${app}/${container.service}` : container.id}`,
          hostId: host.id,
          app,
        })),
      ),
    ),
    questions: questions.open(),
    settings: settings.current(),
    problems: settings.problems(),
    runs: actions.runs(),
    unlocks: actions.unlocks(),
    journal: journal.status(),
  };
}

/** A window that takes in batches as a page would, and acknowledges when the test says so. */
export class FakeWindow {
  readonly subscription: Subscription;
  readonly batches: Batch[] = [];
  /** seq of the batch that is not acknowledged. */
  pending: number | null = null;
  end: 'open' | 'ended' | { readonly error: unknown } = 'open';
  readonly #hosts = new Map<string, FleetHost>();
  readonly #containers = new Map<string, FleetContainer>();
  #order: readonly string[] = [];
  #rest: Omit<Picture, 'hosts' | 'containers'> | null = null;

  constructor(subscription: Subscription) {
    this.subscription = subscription;
    void this.#read();
  }

  picture(): Picture | null {
    return this.#rest === null
      ? null
      : {
          ...this.#rest,
          hosts: this.#order.flatMap((id) => this.#hosts.get(id) ?? []),
          containers: sorted([...this.#containers.values()]),
        };
  }

  acknowledge(): void {
    if (this.pending === null) return;
    const seq = this.pending;
    this.pending = null;
    this.subscription.acknowledge(seq);
  }

  async #read(): Promise<void> {
    try {
      for (;;) {
        const { value: batch, done } = await this.subscription.next();
        if (done) break;
        if (this.pending !== null) throw new Error('a second batch before the first was acknowledged');
        this.pending = batch.seq;
        this.batches.push(batch);
        if (batch.kind === 'snapshot') this.#replace(batch);
        else this.#apply(batch);
      }
      this.end = 'ended';
    } catch (error) {
      this.end = { error };
    }
  }

  #replace({ kind: _, seq: __, hosts, containers, ...rest }: Snapshot): void {
    this.#hosts.clear();
    this.#containers.clear();
    this.#order = hosts.map(({ id }) => id);
    for (const host of hosts) this.#hosts.set(host.id, host);
    for (const container of containers) this.#containers.set(container.key, container);
    this.#rest = rest;
  }

  #apply({ kind: _, seq: __, hosts, hostOrder, containers, gone, loads, ...news }: Delta): void {
    const before = this.#rest;
    if (before === null) throw new Error('a delta before any snapshot');
    const told = [...containers.map(({ key }) => key), ...gone, ...loads.map(([key]) => key)];
    if (new Set(told).size < told.length) throw new Error(`one container told of twice: ${told.join(', ')}`);
    for (const host of hosts) this.#hosts.set(host.id, host);
    this.#order = hostOrder ?? this.#order;
    for (const key of gone) this.#containers.delete(key);
    for (const container of containers) this.#containers.set(container.key, container);
    for (const [key, cpuPercent, memoryBytes] of loads) {
      const container = this.#containers.get(key);
      if (container === undefined) throw new Error(`the load of a container the window does not know: ${key}`);
      this.#containers.set(key, { ...container, cpuPercent, memoryBytes });
    }
    this.#rest = {
      summary: news.summary ?? before.summary,
      questions: news.questions ?? before.questions,
      settings: news.settings ?? before.settings,
      problems: news.problems ?? before.problems,
      runs: news.runs ?? before.runs,
      unlocks: news.unlocks ?? before.unlocks,
      journal: news.journal ?? before.journal,
    };
  }
}

function sorted(containers: readonly FleetContainer[]): FleetContainer[] {
  return containers.toSorted((a, b) => (a.key < b.key ? -1 : 1));
}
