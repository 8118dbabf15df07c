import type { ActionRequest, Plan, Run, Unlock } from '#contract/actions.ts';
import type { HostMode } from '#contract/hosts.ts';
import type { TimelineEntry } from '#contract/timeline.ts';
import type { Journal } from '../audit/journal.ts';
import type { FleetAccess, HostAccess } from '../fleet/host-access.ts';
import { type Clock, moment } from '../kernel/clock.ts';
import { AppError } from '../kernel/errors.ts';
import { bindingNow, changesBetween } from './binding.ts';
import { CATALOGUE } from './catalogue.ts';
import { judgeHost, judgeState, judgeUnlock } from './guard.ts';
import { type ActionHosts, HostPolicy, type ServiceOfHost } from './host-policy.ts';
import type { PreparedPlan, RunBook } from './model.ts';
import { preparePlan, unlockNeeded } from './plan.ts';
import { PlanBook } from './plans.ts';
import { RateWindow } from './rate.ts';
import { containerRef, hostRef, nameRef, reasonText } from './references.ts';
import { seenState } from './seen-state.ts';
import { inspectSubject, inspectSubjects, membersOf, type Subject } from './subjects.ts';
import { Turns } from './turns.ts';
import { type UnlockKey, Unlocks } from './unlocks.ts';

interface ActionDeskOptions {
  readonly fleet: Pick<FleetAccess, 'access' | 'subscribe'>;
  readonly journal: Pick<Journal, 'append' | 'durations'>;
  readonly runs: Pick<RunBook, 'subscribe' | 'list' | 'busyWith' | 'begin' | 'cancel'>;
  readonly timeline: {
    read(request: { readonly hostId: string; readonly app: string }): readonly TimelineEntry[];
  };
  readonly hosts: ActionHosts;
  readonly clock: Clock;
  readonly newId: () => string;
}

/**
 * Where windows ask for something to be done: it is planned, judged, confirmed by the plan's id, judged once more on
 * facts that were just read, and handed to the runs, which record it before they do it. Errors as the contract names them.
 */
export class ActionDesk implements Disposable {
  readonly #options: ActionDeskOptions;
  readonly #plans: PlanBook;
  readonly #unlocks: Unlocks;
  readonly #rates: RateWindow;
  readonly #policy: HostPolicy;
  /** What is recorded about one host's mode, protection and unlocks, one after the other. */
  readonly #turns = new Turns();
  /** Containers whose run is being begun, so that no second one is. */
  readonly #beginning = new Set<string>();
  readonly #stop = new AbortController();
  readonly #following: Disposable;

  constructor(options: ActionDeskOptions) {
    const { fleet, clock } = options;
    this.#options = options;
    this.#plans = new PlanBook(clock);
    this.#unlocks = new Unlocks(clock);
    this.#rates = new RateWindow(clock);
    this.#policy = new HostPolicy(options);
    this.#following = fleet.subscribe((hostId) => {
      if (hostId === null) this.#unlocks.removeWhere((unlock) => !this.#isThere(unlock.hostId));
    });
  }

  /** Calls back when {@link runs} or {@link unlocks} changed. */
  subscribe(onChange: () => void): Disposable {
    const both = new DisposableStack();
    both.use(this.#options.runs.subscribe(onChange));
    both.use(this.#unlocks.subscribe(onChange));
    return both;
  }

  runs(): readonly Run[] {
    return this.#options.runs.list();
  }

  unlocks(): readonly Unlock[] {
    return this.#unlocks.list();
  }

  timeline(request: { readonly hostId: string; readonly app: string }): TimelineEntry[] {
    return [...this.#options.timeline.read(request)];
  }

  /** @throws AppError HOST_NOT_FOUND, and as {@link preparePlan} */
  async plan(request: ActionRequest, signal: AbortSignal): Promise<Plan> {
    const { fleet, journal, clock, newId } = this.#options;
    const { hostId } = request;
    const prepared = await preparePlan(
      request,
      {
        host: fleet.access(hostId),
        unlockFor: (containerId, action) => this.#unlocks.find({ hostId, containerId, action }),
        durations: (subject) => journal.durations(subject),
        newId,
        now: () => clock.now(),
      },
      signal,
    );
    this.#plans.add(prepared);
    return prepared.plan;
  }

  /**
   * Does what a plan says, unless something about it is not as it was. A plan that was tried is used; an unlock and a
   * place in the host's rate are used only by what begins.
   * @throws AppError PLAN_UNKNOWN, PLAN_EXPIRED, PLAN_USED, PLAN_STALE, CHANGE_UNDER_WAY, RATE_LIMITED, JOURNAL_*, and
   * as {@link plan}
   */
  async run({ plan, reason }: { readonly plan: string; readonly reason: string | null }): Promise<{ run: string }> {
    const { fleet, runs } = this.#options;
    const prepared = this.#plans.take(plan);
    const { hostId, changes, action } = prepared;
    judgeHost(fleet.access(hostId), action);
    const ids = changes.map(({ containerId }) => containerId);
    const inspected = await inspectSubjects(fleet.access(hostId), ids, this.#stop.signal);

    // Nothing is waited for from here until the run begins: what is judged is what is done.
    const host = fleet.access(hostId);
    // The operator may have protected one while others were still being inspected.
    const acted = inspected.map((subject) => ({ ...subject, protection: host.protectionOf(subject.detail) }));
    judgeHost(host, action);
    const unlock = this.#judgeSubjects(prepared, acted);
    checkBinding(prepared, acted, host);
    this.#checkFree(prepared);
    const takeBack = this.#rates.count(host, CATALOGUE[action].effect);
    const taken = unlock === null ? null : this.#unlocks.take(unlock);
    for (const id of ids) this.#beginning.add(id);
    try {
      const before = acted.map(({ detail, place }) => seenState(detail, place));
      const by = {
        reason: reason === null ? null : reasonText(reason),
        unlocks: unlock === null ? [] : [unlock],
      };
      const run = await runs.begin({ ...prepared, before }, by);
      taken?.use();
      return { run };
    } catch (error) {
      takeBack();
      taken?.giveBack();
      throw error;
    } finally {
      for (const id of ids) this.#beginning.delete(id);
    }
  }

  /** @throws AppError RUN_UNKNOWN */
  cancel(run: string): void {
    this.#options.runs.cancel(run);
  }

  /**
   * On the record before it holds. One that is there is begun anew.
   * @throws AppError NOT_PROTECTED, JOURNAL_*, and as {@link plan}
   */
  async unlock({ reason, ...key }: UnlockKey & { readonly reason: string }, signal: AbortSignal): Promise<Unlock> {
    const { fleet, journal, clock } = this.#options;
    const { hostId, containerId, action } = key;
    judgeHost(fleet.access(hostId), action);
    const subject = await inspectSubject(fleet.access(hostId), containerId, signal);
    judgeUnlock(subject);
    judgeState(action, { word: subject.word, state: subject.detail.state });
    return this.#turns.take(hostId, async () => {
      const access = fleet.access(hostId);
      judgeHost(access, action);
      this.#rates.countLoosening(access);
      const at = moment(clock);
      const unlock: Unlock = {
        hostId,
        containerId,
        action,
        reason: reasonText(reason),
        until: this.#unlocks.nextEnd(),
      };
      const { until } = unlock;
      const [host, container] = [hostRef(access), containerRef(subject)];
      const app = nameRef(subject.place.app);
      await journal.append({ kind: 'unlock', host, app, container, action, reason: unlock.reason, until });
      this.#unlocks.add(unlock, at, { kind: 'lock', host, app, container, action });
      return unlock;
    });
  }

  /** Holds at once, even where it cannot be recorded. */
  async lock(key: UnlockKey): Promise<void> {
    const record = this.#unlocks.remove(key);
    if (record === null) return;
    await this.#turns.take(key.hostId, () => this.#policy.recordIfPossible(record));
  }

  /** As {@link HostPolicy.protect}. */
  async protect(request: ServiceOfHost & { readonly protect: boolean }): Promise<void> {
    await this.#turns.take(request.hostId, () => {
      if (!request.protect) this.#rates.countLoosening(this.#options.fleet.access(request.hostId));
      return this.#policy.protect(request);
    });
  }

  /** As {@link HostPolicy.setMode}. What was unlocked on a host that is observed again is locked. */
  async setMode(request: { readonly id: string; readonly mode: HostMode }): Promise<void> {
    await this.#turns.take(request.id, async () => {
      if (request.mode === 'observe') this.#unlocks.removeWhere(({ hostId }) => hostId === request.id);
      else this.#rates.countLoosening(this.#options.fleet.access(request.id));
      await this.#policy.setMode(request);
    });
  }

  [Symbol.dispose](): void {
    this.#stop.abort(new AppError('CANCELLED', 'Binnacle is being closed.'));
    this.#following[Symbol.dispose]();
    this.#unlocks[Symbol.dispose]();
  }

  /** @returns the unlock it uses up */
  #judgeSubjects({ request, hostId }: PreparedPlan, acted: readonly Subject[]): Unlock | null {
    if ('app' in request) {
      for (const { word, detail } of acted) judgeState('container.restart', { word, state: detail.state });
    }
    return unlockNeeded(request, { acted }, (containerId, action) =>
      this.#unlocks.find({ hostId, containerId, action }),
    );
  }

  #checkFree({ changes }: PreparedPlan): void {
    for (const { containerId, name } of changes) {
      const run = this.#options.runs.busyWith(containerId);
      if (run === null && !this.#beginning.has(containerId)) continue;
      throw new AppError('CHANGE_UNDER_WAY', `Something is being done to ${name} already.`, {
        details: { run: run?.id ?? null },
        hint: 'Nothing was done. Wait until it has ended, and look at a new plan.',
      });
    }
  }

  #isThere(hostId: string): boolean {
    try {
      this.#options.fleet.access(hostId);
      return true;
    } catch {
      return false;
    }
  }
}

/** @throws AppError PLAN_STALE, with what changed */
function checkBinding({ binding, app, plan, target }: PreparedPlan, acted: readonly Subject[], host: HostAccess): void {
  const now = bindingNow(binding, acted, membersOf(host, app));
  if (now === binding && host.target === target) return;
  const moved = host.target === target ? [] : [`${host.label} leads to another machine since.`];
  const changes = [...moved, ...changesBetween(binding, now, host.containers)];
  throw new AppError('PLAN_STALE', changes.join(' ') || 'What the plan was made for is not as it was.', {
    details: { plan: plan.id },
    hint: 'Nothing was done. Look at a new plan.',
  });
}
