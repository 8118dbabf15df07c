import type { EngineChange } from '#contract/actions.ts';
import type { HostState, Protection } from '#contract/fleet.ts';
import type { HostMode } from '../engine/gate.ts';
import type { HostLogin } from '../engine/link.ts';
import type { ContainerDetail } from '../engine/model.ts';
import { type Place, placeOf } from '../fleet/grouping.ts';
import type { ActionRates, FleetAccess, HostAccess, HostEvent, KnownContainer } from '../fleet/host-access.ts';
import { protectionOf } from '../fleet/protection.ts';
import { AppError, abortError } from '../kernel/errors.ts';

/** Wall clock at which these tests begin, and at which what is there was started. */
export const NOW = Date.parse('2026-03-01T09:14:00.000Z');

/** The engine's id that begins with `start`, which is hexadecimal. */
export function containerId(start: string): string {
  return start.padEnd(64, '0');
}

interface ContainerWish extends Partial<Omit<ContainerDetail, 'id' | 'networks'>> {
  /** Hexadecimal digits its id begins with. */
  readonly id: string;
  readonly app?: string;
  readonly service?: string;
  readonly number?: number;
  /** Names. */
  readonly networks?: readonly string[];
}

/** A container as inspect tells it: running, without a health check, in the app `shop`, unless said otherwise. */
export function container(wish: ContainerWish): ContainerDetail {
  const { id, app = 'shop', service = 'api', number = 1, networks = [`${app}_default`], ...over } = wish;
  return {
    id: containerId(id),
    name: `${app}-${service}-${number}`,
    image: `${app}/${service}:4.2.1`,
    imageId: `sha256:${service}`,
    createdAt: NOW - 86_400_000,
    state: 'running',
    health: 'none',
    healthOutput: null,
    exitCode: null,
    oomKilled: false,
    error: null,
    restartCount: 0,
    restartPolicy: { name: 'unless-stopped', maximumRetries: 0 },
    startedAt: NOW,
    finishedAt: null,
    startedAtText: new Date(NOW).toISOString(),
    memoryLimitBytes: null,
    tty: false,
    stopSignal: 'SIGTERM',
    stopTimeoutSeconds: null,
    healthWaitMs: null,
    ports: [],
    networks: networks.map((name) => ({ name, networkId: `id of ${name}`, ip: '172.20.0.2' })),
    mountPaths: [],
    volumes: [],
    ...over,
    labels: {
      'com.docker.compose.project': app,
      'com.docker.compose.service': service,
      'com.docker.compose.container-number': String(number),
      ...over.labels,
    },
  };
}

export interface SentChange {
  readonly what: EngineChange;
  readonly containerId: string;
  readonly graceSeconds: number;
  /** Of the host when it was asked. */
  readonly mode: HostMode;
}

/** What an engine does with a change; `apply` is what it usually does. */
export type ChangeScript = (
  change: SentChange,
  apply: () => 'done' | 'already',
  signal: AbortSignal,
) => Promise<'done' | 'already'>;

/** A host at its port: answers from `engine`, and keeps what it was asked to change. */
export class FakeHost implements HostAccess {
  readonly id: string;
  readonly label: string;
  target: string;
  mode: HostMode = 'operate';
  status: HostState = { state: 'live', since: new Date(NOW).toISOString() };
  login: HostLogin | null = { user: 'ops', hostKey: `SHA256:${'h'.repeat(43)}`, loginKey: `SHA256:${'k'.repeat(43)}` };
  denied: readonly EngineChange[] = [];
  rates: ActionRates = { changesPerMinute: 10, destroysPerMinute: 3 };
  /** Services the operator protects, as `app/service`. */
  readonly operatorProtects = new Set<string>();
  /** What is there, by id; set through {@link put}, so that who listens is told. */
  readonly engine = new Map<string, ContainerDetail>();
  /** Every change that came this far, refused ones included, in order. */
  readonly changes: SentChange[] = [];
  /** Ids of what was inspected, in order. */
  readonly inspected: string[] = [];
  /** Whatever happens here is written down, for the order of things across ports. */
  readonly trace: string[];
  #scripts: ChangeScript[] = [];
  #inspectError: AppError | null = null;
  #fleet: FakeFleet | null = null;
  /** Moves on with every start, so that runs of a container differ. */
  #starts = 0;

  constructor(label = 'atlas', { id = HOST_ID, trace = [] as string[] } = {}) {
    this.label = label;
    this.id = id;
    this.target = `ssh://ops@${label}`;
    this.trace = trace;
  }

  /** Called by the fleet it is put into. */
  joined(fleet: FakeFleet): void {
    this.#fleet = fleet;
  }

  get containers(): readonly KnownContainer[] {
    return [...this.engine.values()].map((detail) => ({
      id: detail.id,
      name: detail.name,
      image: detail.image,
      place: this.placeOf(detail),
      protection: this.protectionOf(detail),
      state: detail.state,
      health: detail.health,
      labels: detail.labels,
      networks: detail.networks,
      volumes: detail.volumes,
    }));
  }

  placeOf(detail: ContainerDetail): Place {
    return placeOf(detail.name, detail.labels, {});
  }

  protectionOf(detail: ContainerDetail): Protection | null {
    const place = this.placeOf(detail);
    const byOperator = this.operatorProtects.has(`${place.app}/${place.service}`);
    return protectionOf({ ...detail, service: place.service }, byOperator);
  }

  /** Puts a container there, or in the place of the one with its id. */
  put(...details: readonly ContainerDetail[]): this {
    for (const detail of details) this.engine.set(detail.id, detail);
    this.#fleet?.changed(this.id);
    return this;
  }

  /** Changes parts of what is there. */
  alter(id: string, over: Partial<ContainerDetail>): void {
    const before = this.engine.get(id);
    if (before === undefined) throw new Error(`there is no container ${id}`);
    this.put({ ...before, ...over });
  }

  /** Takes it away. */
  gone(id: string): void {
    this.engine.delete(id);
    this.#fleet?.changed(this.id);
  }

  /** Another container in its place, as `compose up --force-recreate` makes one. */
  recreate(id: string, start: string, over: Partial<ContainerDetail> = {}): void {
    const before = this.engine.get(id);
    if (before === undefined) throw new Error(`there is no container ${id}`);
    this.engine.delete(id);
    this.put({ ...before, id: containerId(start), ...over });
  }

  become(status: HostState): void {
    this.status = status;
    this.#fleet?.changed(this.id);
  }

  offline(): void {
    this.login = null;
    this.become({
      state: 'offline',
      since: new Date(NOW).toISOString(),
      code: 'CONNECTION_LOST',
      message: 'The connection to atlas was lost.',
      attempt: 1,
      nextTryAt: null,
    });
  }

  live(): void {
    this.login = { user: 'ops', hostKey: `SHA256:${'h'.repeat(43)}`, loginKey: `SHA256:${'k'.repeat(43)}` };
    this.become({ state: 'live', since: new Date(NOW).toISOString() });
  }

  /** What the next changes do, one script each; afterwards they are carried out as usual. */
  script(...scripts: readonly ChangeScript[]): void {
    this.#scripts.push(...scripts);
  }

  /** From now on inspects fail so; null: they answer again. */
  failInspects(error: AppError | null): void {
    this.#inspectError = error;
  }

  async inspect(id: string, signal: AbortSignal): Promise<ContainerDetail> {
    this.inspected.push(id);
    if (signal.aborted) throw abortError(signal);
    this.#assertLive();
    // As over a wire: the answer is what was there when it was asked.
    const detail = this.engine.get(id);
    const error = this.#inspectError;
    await Promise.resolve();
    if (error !== null) throw error;
    if (detail === undefined) throw new AppError('ENGINE_NOT_FOUND', `There is no container ${id.slice(0, 12)}.`);
    return detail;
  }

  async change(
    what: EngineChange,
    { containerId: id, graceSeconds }: { readonly containerId: string; readonly graceSeconds: number },
    signal: AbortSignal,
  ): Promise<'done' | 'already'> {
    const change: SentChange = { what, containerId: id, graceSeconds, mode: this.mode };
    this.changes.push(change);
    this.trace.push(`${what} ${this.engine.get(id)?.name ?? id}`);
    if (signal.aborted) throw abortError(signal);
    this.#assertLive();
    if (this.mode === 'observe') throw new AppError('GATE_REFUSED', 'This host is set to observe only.');
    const script = this.#scripts.shift();
    const apply = () => this.apply(what, id);
    return script === undefined ? apply() : script(change, apply, signal);
  }

  /** What an engine does and tells: states, exit codes, events. */
  apply(what: EngineChange, id: string): 'done' | 'already' {
    const detail = this.engine.get(id);
    if (detail === undefined) throw new AppError('ENGINE_NOT_FOUND', `There is no container ${id.slice(0, 12)}.`);
    const runs = detail.state === 'running' || detail.state === 'restarting' || detail.state === 'paused';
    if (what === 'start' ? runs : what === 'stop' && !runs) return 'already';
    if (what !== 'start' && runs) this.#ends(detail);
    if (what !== 'stop') this.#begins(detail);
    if (what === 'restart') this.emit('restart', id);
    return 'done';
  }

  /** Tells an event about a container to whoever listens to the fleet. */
  emit(action: string, id: string, attributes: Readonly<Record<string, string>> = {}): void {
    this.#fleet?.tell(this, action, id, attributes);
  }

  #ends(detail: ContainerDetail): void {
    this.emit('kill', detail.id, { signal: '15' });
    this.alter(detail.id, { state: 'exited', exitCode: 0, finishedAt: NOW + this.#starts });
    this.emit('die', detail.id, { exitCode: '0' });
    this.emit('stop', detail.id);
  }

  #begins({ id, healthWaitMs }: ContainerDetail): void {
    this.#starts += 1;
    const startedAt = NOW + this.#starts;
    this.alter(id, {
      state: 'running',
      health: healthWaitMs === null ? 'none' : 'starting',
      exitCode: null,
      startedAt,
      startedAtText: new Date(startedAt).toISOString(),
    });
    this.emit('start', id);
  }

  #assertLive(): void {
    if (this.status.state !== 'live') throw new AppError('HOST_NOT_LIVE', `${this.label} is not connected.`);
  }
}

export const HOST_ID = 'a0000000-0000-4000-8000-000000000001';

/** The fleet of these hosts, at its port. */
export class FakeFleet implements FleetAccess {
  readonly hosts = new Map<string, FakeHost>();
  /** What runs were last said to do to a host's containers, by host id. */
  readonly planned = new Map<string, ReadonlyMap<string, 'starting' | 'stopping' | 'restarting'>>();
  readonly #changes = new Set<(hostId: string | null) => void>();
  readonly #events = new Set<(event: HostEvent) => void>();
  #told = 0;
  /** Milliseconds at which events happen; tests set it to their clock's. */
  now: () => number = () => NOW + this.#told;

  constructor(...hosts: readonly FakeHost[]) {
    for (const host of hosts) {
      this.hosts.set(host.id, host);
      host.joined(this);
    }
  }

  access(hostId: string): HostAccess {
    const host = this.hosts.get(hostId);
    if (host === undefined) throw new AppError('HOST_NOT_FOUND', 'There is no such host.', { details: { id: hostId } });
    return host;
  }

  subscribe(onChange: (hostId: string | null) => void): Disposable {
    const listener = (hostId: string | null) => onChange(hostId);
    this.#changes.add(listener);
    return { [Symbol.dispose]: () => void this.#changes.delete(listener) };
  }

  onEvent(onEvent: (event: HostEvent) => void): Disposable {
    const listener = (event: HostEvent) => onEvent(event);
    this.#events.add(listener);
    return { [Symbol.dispose]: () => void this.#events.delete(listener) };
  }

  plan(hostId: string, planned: ReadonlyMap<string, 'starting' | 'stopping' | 'restarting'>): void {
    this.planned.set(hostId, new Map(planned));
  }

  /** Takes a host out of the fleet. */
  remove(hostId: string): void {
    this.hosts.delete(hostId);
    this.changed(null);
  }

  changed(hostId: string | null): void {
    for (const listener of [...this.#changes]) listener(hostId);
  }

  tell(
    host: FakeHost,
    action: string,
    id: string,
    attributes: Readonly<Record<string, string>>,
    seen: HostEvent['seen'] = 'event',
  ): void {
    this.#told += 1;
    const detail = host.engine.get(id);
    const at = this.now();
    const event: HostEvent = {
      hostId: host.id,
      seen,
      event: { type: 'container', action, id, at, timeNano: `${at}${String(this.#told).padStart(6, '0')}`, attributes },
      place: detail === undefined ? null : host.placeOf(detail),
      at,
    };
    for (const listener of [...this.#events]) listener(event);
  }
}
