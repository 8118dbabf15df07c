import type { Run, Unlock } from '#contract/actions.ts';
import type { Problem } from '#contract/errors.ts';
import type { JournalStatus } from '#contract/journal.ts';
import type { Question } from '#contract/questions.ts';
import type { WindowSettings } from '#contract/settings.ts';
import type { Delta, FleetContainer, FleetHost, LoadChange, Snapshot, Summary } from '#contract/updates.ts';
import type { HostSnapshot } from '../services.ts';
import { HostContainers } from './host-containers.ts';
import { Tombstones } from './tombstones.ts';
import { Tracked } from './tracked.ts';

const HOST_PULSE: ReadonlySet<string> = new Set(['freshAt', 'latencyMs'] satisfies (keyof FleetHost)[]);
const SUMMARY_PULSE: ReadonlySet<string> = new Set(['freshAt'] satisfies (keyof Summary)[]);

/** What a window has been told: all up to these versions. */
export interface Told {
  readonly content: number;
  /** Of what changes all the time, loads and freshness. */
  readonly pulse: number;
}

/** What is not of a host. */
export interface Desk {
  readonly summary: Summary;
  readonly questions: readonly Question[];
  readonly settings: WindowSettings;
  readonly problems: readonly Problem[];
  readonly runs: readonly Run[];
  readonly unlocks: readonly Unlock[];
  readonly journal: JournalStatus;
}

interface HostEntry {
  readonly host: Tracked<FleetHost>;
  readonly containers: HostContainers;
}

/**
 * What all windows are told from, kept once: each thing with the version at which it last changed. Nothing is kept for
 * a window but how far it has been told, however long it sleeps.
 */
export class FleetStore {
  #version = 0;
  readonly #versions = { next: () => ++this.#version };
  readonly #hosts = new Map<string, HostEntry>();
  readonly #tombstones = new Tombstones();
  readonly #order: Tracked<readonly string[]>;
  readonly #summary: Tracked<Summary>;
  readonly #questions: Tracked<readonly Question[]>;
  readonly #settings: Tracked<WindowSettings>;
  readonly #problems: Tracked<readonly Problem[]>;
  readonly #runs: Tracked<readonly Run[]>;
  readonly #unlocks: Tracked<readonly Unlock[]>;
  readonly #journal: Tracked<JournalStatus>;

  constructor({ summary, questions, settings, problems, runs, unlocks, journal }: Desk) {
    this.#order = new Tracked<readonly string[]>([], this.#versions);
    this.#summary = new Tracked(summary, this.#versions, SUMMARY_PULSE);
    this.#questions = new Tracked(questions, this.#versions);
    this.#settings = new Tracked(settings, this.#versions);
    this.#problems = new Tracked(problems, this.#versions);
    this.#runs = new Tracked(runs, this.#versions);
    this.#unlocks = new Tracked(unlocks, this.#versions);
    this.#journal = new Tracked(journal, this.#versions);
  }

  /** Version of the last change: who is told everything now has been told up to here. */
  get version(): number {
    return this.#version;
  }

  putHost({ host, containers }: HostSnapshot): void {
    const entry = this.#hosts.get(host.id);
    entry?.host.put(host, this.#versions);
    const known = entry?.containers ?? this.#addHost(host).containers;
    const gone = known.put(containers, this.#versions);
    for (const key of known.keys()) this.#tombstones.remove(key);
    for (const key of gone) this.#tombstones.add(key, this.#versions.next());
  }

  /** The hosts there are, in order; others, and what was theirs, are gone. */
  putOrder(hostIds: readonly string[]): void {
    const there = new Set(hostIds);
    for (const [id, { containers }] of this.#hosts) {
      if (there.has(id)) continue;
      this.#hosts.delete(id);
      for (const key of containers.keys()) this.#tombstones.add(key, this.#versions.next());
    }
    this.#order.put(hostIds, this.#versions);
  }

  putDesk({ summary, questions, settings, problems, runs, unlocks, journal }: Desk): void {
    this.#summary.put(summary, this.#versions);
    this.#questions.put(questions, this.#versions);
    this.#settings.put(settings, this.#versions);
    this.#problems.put(problems, this.#versions);
    this.#runs.put(runs, this.#versions);
    this.#unlocks.put(unlocks, this.#versions);
    this.#journal.put(journal, this.#versions);
  }

  snapshot(seq: number): Snapshot {
    const hosts = this.#order.value.map((id) => this.#hosts.get(id) as HostEntry);
    return {
      kind: 'snapshot',
      seq,
      summary: this.#summary.value,
      hosts: hosts.map(({ host }) => host.value),
      containers: hosts.flatMap(({ containers }) => containers.all()),
      questions: [...this.#questions.value],
      settings: this.#settings.value,
      problems: [...this.#problems.value],
      runs: [...this.#runs.value],
      unlocks: [...this.#unlocks.value],
      journal: this.#journal.value,
    };
  }

  /** Whether it is still known what went since then; where it is not, only a snapshot tells. */
  remembers({ content }: Told): boolean {
    return content >= this.#tombstones.forgotten;
  }

  /** Everything newer than what was told, null where nothing is; `pulse`: what changes all the time included. */
  delta(told: Told, seq: number, pulse: boolean): Delta | null {
    const containers: FleetContainer[] = [];
    const loads: LoadChange[] = [];
    for (const entry of this.#hosts.values()) {
      entry.containers.collect(told.content, pulse ? told.pulse : null, containers, loads);
    }
    const isNew = (thing: Tracked<object>) => thing.content > told.content || (pulse && thing.any > told.pulse);
    const hosts = [...this.#hosts.values()].map(({ host }) => host).filter(isNew);
    const gone = this.#tombstones.since(told.content);
    const news = {
      ...(isNew(this.#summary) && { summary: this.#summary.value }),
      ...(isNew(this.#order) && { hostOrder: [...this.#order.value] }),
      ...(isNew(this.#questions) && { questions: [...this.#questions.value] }),
      ...(isNew(this.#settings) && { settings: this.#settings.value }),
      ...(isNew(this.#problems) && { problems: [...this.#problems.value] }),
      ...(isNew(this.#runs) && { runs: [...this.#runs.value] }),
      ...(isNew(this.#unlocks) && { unlocks: [...this.#unlocks.value] }),
      ...(isNew(this.#journal) && { journal: this.#journal.value }),
    };
    const lists = [hosts, containers, gone, loads];
    if (lists.every(({ length }) => length === 0) && Object.keys(news).length === 0) return null;
    return { kind: 'delta', seq, hosts: hosts.map(({ value }) => value), containers, gone, loads, ...news };
  }

  #addHost(host: FleetHost): HostEntry {
    const entry = {
      host: new Tracked(host, this.#versions, HOST_PULSE),
      containers: new HostContainers(host.id),
    };
    this.#hosts.set(host.id, entry);
    return entry;
  }
}
