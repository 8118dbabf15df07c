import type { Problem } from '#contract/errors.ts';
import type { Fleet } from '#contract/fleet.ts';
import type { ConnectionReport } from '#contract/hosts.ts';
import type { Summary } from '#contract/updates.ts';
import type { LogLine } from '../engine/model.ts';
import type { Clock } from '../kernel/clock.ts';
import { AppError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import type { LogRequest } from './container-log.ts';
import { fleetView } from './fleet-view.ts';
import { type FleetMember, FollowedHost, type HostSnapshot, type MemberChange } from './followed-host.ts';
import type { FleetAccess, HostAccess, HostEvent } from './host-access.ts';
import type { HostSession, HostSessionOptions, WakeReason } from './host-session.ts';
import type { Planned } from './planned.ts';
import type { ReadStage } from './read-stage.ts';
import { summaryOf } from './summary.ts';

type SharedOptions = Pick<HostSessionOptions, 'intervals' | 'retry' | 'clock' | 'random' | 'toAppError'>;

export interface FleetServiceOptions extends SharedOptions {
  /** In the operator's order. */
  readonly members: readonly FleetMember[];
}

/** `hostId`: what changed is of that host; null: hosts were added, removed, moved or renamed. */
type ChangeListener = (hostId: string | null) => void;

/** All hosts side by side: each its own session, so that a dead one delays the others by nothing. */
export class FleetService implements FleetAccess, AsyncDisposable {
  /** See `limits.fleet.ageingMs`. */
  readonly ageingMs = limits.fleet.ageingMs;
  readonly #options: SharedOptions;
  readonly #clock: Clock;
  readonly #listeners = new Set<ChangeListener>();
  readonly #eventListeners = new Set<(event: HostEvent) => void>();
  /** By id, in the operator's order. */
  #hosts: ReadonlyMap<string, FollowedHost> = new Map();
  /** All that are not closed yet, those of removed hosts included. */
  readonly #sessions = new Set<HostSession>();
  #watched: ReadonlySet<string> | null = null;
  #isClosed = false;

  /** Starts connecting to all members at once. */
  constructor({ members, ...options }: FleetServiceOptions) {
    this.#options = options;
    this.#clock = options.clock;
    this.#hosts = new Map(members.map((member) => [member.id, this.#follow(member)]));
  }

  /** The fleet as it is known now. */
  view(): Fleet {
    return fleetView(
      this.#all().map((host) => host.view()),
      this.#clock.now(),
    );
  }

  /**
   * The answer to "is everything green?"; cheap where few hosts have changed since it was asked last. Where nothing has
   * happened it is of hosts as they were at most `ageingMs` ago: all of them made anew at once would hold up the core.
   */
  summary(): Summary {
    return summaryOf(this.#all().map((host) => host.view(this.ageingMs)));
  }

  /** In the operator's order. */
  get hostIds(): readonly string[] {
    return [...this.#hosts.keys()];
  }

  /** One host as it is known now; null where there is none of that id. */
  host(id: string): HostSnapshot | null {
    return this.#hosts.get(id)?.snapshot() ?? null;
  }

  /** What the operator should know beside the verdicts: hosts that are not live, reads that were refused. */
  problems(): Problem[] {
    return this.#all().flatMap(({ session }) => session.problems());
  }

  /** Targets of the hosts that have not been read as far as `stage`, although they may yet be. */
  unread(stage: ReadStage): string[] {
    return this.#all()
      .filter(({ session }) => !session.hasReached(stage))
      .map(({ session }) => session.target);
  }

  /** Whether a host has been read as far as `stage`, over the connection that stands; false where there is no such host. */
  hasRead(id: string, stage: ReadStage): boolean {
    return this.#hosts.get(id)?.session.hasRead(stage) ?? false;
  }

  /**
   * Resolves when every host has been read as far as `stage` or will get no further by itself, or when `signal` is
   * aborted; never rejects.
   */
  async reached(stage: ReadStage, signal: AbortSignal): Promise<void> {
    await Promise.allSettled(this.#all().map(({ session }) => session.reached(stage, signal)));
  }

  /** Resolves when one host has really been read as far as `stage`, or as {@link reached} does; never rejects. */
  async reachedByAny(stage: ReadStage, signal: AbortSignal): Promise<void> {
    const read = this.#all().map(async ({ session }) => {
      await session.reached(stage, signal);
      if (!session.hasRead(stage)) throw new Error('it was not read');
    });
    await Promise.any(read).catch(() => undefined);
  }

  /** Calls back at every change, often and never from within a read: conflate. */
  subscribe(onChange: ChangeListener): Disposable {
    // One of its own: the same function may be given twice.
    const listener: ChangeListener = (hostId) => onChange(hostId);
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  onEvent(onEvent: (event: HostEvent) => void): Disposable {
    const listener = (event: HostEvent) => onEvent(event);
    this.#eventListeners.add(listener);
    return { [Symbol.dispose]: () => void this.#eventListeners.delete(listener) };
  }

  /** One host for who acts upon it. @throws AppError HOST_NOT_FOUND */
  access(id: string): HostAccess {
    return this.#host(id);
  }

  plan(id: string, planned: ReadonlyMap<string, Planned>): void {
    this.#hosts.get(id)?.session.known.plan(planned);
  }

  /**
   * Follows one host more, from now on.
   * @param index its place in the operator's order; the last unless given
   * @throws AppError HOST_EXISTS, CANCELLED after this was disposed
   */
  add(member: FleetMember, index = this.#hosts.size): void {
    if (this.#isClosed) throw new AppError('CANCELLED', 'Binnacle is closing.');
    if (this.#hosts.has(member.id)) throw new AppError('HOST_EXISTS', 'This host is followed already.');
    const entries = [...this.#hosts];
    entries.splice(index, 0, [member.id, this.#follow(member)]);
    this.#hosts = new Map(entries);
    this.#tell(null);
  }

  /**
   * Follows a host no longer; resolves when its connection is closed, or `limits.fleet.closeMs` later.
   * @throws AppError HOST_NOT_FOUND
   */
  async remove(id: string): Promise<void> {
    const { session } = this.#host(id);
    this.#hosts = new Map([...this.#hosts].filter(([each]) => each !== id));
    this.#tell(null);
    await this.#close([session]);
  }

  /**
   * Renames a host, judges it by other preferences, or lets other things be done to it, from now on and without
   * connecting anew. What is left out stays.
   * @throws AppError HOST_NOT_FOUND
   */
  update(id: string, change: MemberChange): void {
    const host = this.#host(id);
    const isRenamed = change.label !== undefined && change.label !== host.label;
    host.update(change);
    if (isRenamed) this.#tell(null);
  }

  /**
   * Connects at once to a host that waits for its next try or for a person; does nothing elsewhere.
   * @throws AppError HOST_NOT_FOUND
   */
  retry(id: string): void {
    this.#host(id).session.retry();
  }

  /** A machine on the way to hosts lets us in again; see {@link HostSession.wayIsOpen}. */
  wayIsOpen(machine: string): void {
    for (const { session } of this.#all()) session.wayIsOpen(machine);
  }

  /** This machine has slept, or its network is another: nothing is fresh any more; see {@link HostSession.wake}. */
  wake(why: WakeReason): void {
    for (const { session } of this.#all()) void session.wake(why);
  }

  /** How a host is connected now; null: it is not. @throws AppError HOST_NOT_FOUND */
  report(id: string): ConnectionReport | null {
    return this.#host(id).session.report();
  }

  /** The load of these hosts is sampled at the pace that is set, that of others rarely; null: of all, as at first. */
  watchLoadOf(hostIds: ReadonlySet<string> | null): void {
    this.#watched = hostIds;
    for (const { id, session } of this.#all()) session.watchLoad(this.#isWatched(id));
  }

  /** What `intervals` tells has changed: it holds at once, for waits under way too. */
  followIntervals(): void {
    for (const { session } of this.#all()) session.followIntervals();
  }

  /**
   * Lines of a container's log, pulled; see `EngineClient.logs`.
   * @throws AppError HOST_NOT_FOUND, HOST_NOT_LIVE, REQUEST_INVALID, ENGINE_*, CONNECTION_LOST
   */
  async logs(
    { hostId, ...request }: LogRequest & { readonly hostId: string },
    signal: AbortSignal,
  ): Promise<AsyncIterable<readonly LogLine[]>> {
    return await this.#host(hostId).session.live().logs(request, signal);
  }

  /** Closes every session; whatever a host does, it takes no longer than `limits.fleet.closeMs`. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    await this.#close([...this.#sessions]);
  }

  async #close(sessions: readonly HostSession[]): Promise<void> {
    const closed = new AbortController();
    const all = Promise.allSettled(
      sessions.map((session) => session[Symbol.asyncDispose]().then(() => this.#sessions.delete(session))),
    );
    await Promise.race([all, this.#clock.sleep(limits.fleet.closeMs, closed.signal).catch(() => undefined)]);
    closed.abort();
  }

  #follow(member: FleetMember): FollowedHost {
    const followed = new FollowedHost({
      ...this.#options,
      ...member,
      loadWatched: this.#isWatched(member.id),
      onChange: (host) => {
        // One that is being added or removed is told of as such.
        if (this.#hosts.get(host.id) === host) this.#tell(host.id);
      },
      onEvent: (host, event) => {
        if (this.#hosts.get(host.id) !== host) return;
        for (const listener of this.#eventListeners) listener({ hostId: host.id, ...event });
      },
    });
    this.#sessions.add(followed.session);
    return followed;
  }

  #isWatched(id: string): boolean {
    return this.#watched === null || this.#watched.has(id);
  }

  #all(): FollowedHost[] {
    return [...this.#hosts.values()];
  }

  #host(id: string): FollowedHost {
    const host = this.#hosts.get(id);
    if (host === undefined) throw new AppError('HOST_NOT_FOUND', 'There is no such host, or not any more.');
    return host;
  }

  #tell(hostId: string | null): void {
    for (const listener of this.#listeners) listener(hostId);
  }
}
