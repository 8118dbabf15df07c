import type { Run, Unlock } from '#contract/actions.ts';
import type { Journal } from '../audit/journal.ts';
import type { FleetAccess } from '../fleet/host-access.ts';
import { notLive } from '../fleet/host-state-words.ts';
import type { Clock } from '../kernel/clock.ts';
import { AppError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import { Listeners } from '../kernel/listeners.ts';
import { bounded } from '../ssh/bounded.ts';
import { Aftermath } from './aftermath.ts';
import type { PlannedChange, PreparedPlan, RunBook } from './model.ts';
import { type ChangeEnd, statesAfter } from './run-end.ts';
import { LiveRun } from './run-live.ts';
import { RunMarks } from './run-marks.ts';
import { type Outcome, outcomeOf } from './run-outcome.ts';
import { intentRecord, outcomeRecord } from './run-record.ts';
import { RunShelf } from './run-shelf.ts';
import { closed } from './run-words.ts';
import { carryOut } from './runner.ts';

interface RunBookOptions {
  readonly fleet: FleetAccess;
  readonly journal: Pick<Journal, 'append' | 'unresolved'>;
  readonly clock: Clock;
  readonly newId: () => string;
  /** Makes an AppError of what a bug threw, and keeps its stack in the log. */
  readonly toAppError: (error: unknown) => AppError;
}

/**
 * The runs of this core. One change at a time for each container; the intent of every run is on the disk before its first
 * request, and its outcome after the last. It goes on whoever looks, and nothing is ever sent a second time.
 */
export function createRunBook(options: RunBookOptions): RunBook {
  return new LiveRunBook(options);
}

class LiveRunBook implements RunBook {
  readonly #options: RunBookOptions;
  readonly #listeners = new Listeners();
  readonly #marks: RunMarks;
  readonly #aftermath: Aftermath;
  readonly #shelf = new RunShelf();
  /** Who acts upon a container, by its id; from the moment it is asked for, so that two cannot race for it. */
  readonly #busy = new Map<string, LiveRun>();
  /** Resolve when their run's outcome is written down, or could not be. */
  readonly #underWay = new Map<LiveRun, Promise<void>>();
  readonly #closing = new AbortController();

  constructor(options: RunBookOptions) {
    const { fleet, journal, clock, toAppError } = options;
    this.#options = options;
    this.#marks = new RunMarks(fleet);
    this.#aftermath = new Aftermath({
      fleet,
      journal,
      clock,
      toAppError,
      onUnresolved: (run) => this.#show(run),
      onFound: (run, found) => {
        const known = this.#shelf.find(run);
        if (known !== undefined) this.#show({ ...known, found });
      },
    });
  }

  subscribe(onChange: () => void): Disposable {
    return this.#listeners.subscribe(onChange);
  }

  list(): readonly Run[] {
    return this.#shelf.list;
  }

  busyWith(containerId: string): Run | null {
    return this.#busy.get(containerId)?.run ?? null;
  }

  async begin(
    prepared: PreparedPlan,
    { reason, unlocks }: { readonly reason: string | null; readonly unlocks: readonly Unlock[] },
  ): Promise<string> {
    const { fleet, journal, clock, newId, toAppError } = this.#options;
    this.#assertOpen();
    this.#assertFree(prepared);
    const host = fleet.access(prepared.hostId);
    const { login, status } = host;
    if (login === null || status.state !== 'live') throw notLive(status);
    const live: LiveRun = new LiveRun({
      id: newId(),
      prepared,
      reason,
      clock,
      onChange: () => this.#show(live.run),
    });
    for (const { containerId } of prepared.changes) this.#busy.set(containerId, live);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#underWay.set(live, promise);
    try {
      await journal.append(intentRecord(live, host, login, unlocks));
    } catch (error) {
      this.#letGo(live);
      resolve();
      throw toAppError(error);
    }
    this.#show(live.run);
    void this.#carry(live, host.label).then(resolve);
    this.#assertOpen();
    return live.run.id;
  }

  cancel(run: string): void {
    const live = [...this.#busy.values()].find((each) => each.run.id === run);
    if (live === undefined && this.#shelf.find(run) === undefined) {
      throw new AppError('RUN_UNKNOWN', 'There is no such run, or not any more.', { details: { run } });
    }
    live?.cancel();
  }

  /** Lets go of what is under way. Outcomes are written as far as that is possible within `limits.actions.closeMs`. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort(new AppError('CANCELLED', 'Binnacle was closed.'));
    this.#aftermath[Symbol.dispose]();
    const { clock } = this.#options;
    const late = () => new AppError('TIMEOUT', 'Outcomes could not be written in time.');
    await bounded({ clock, ms: limits.actions.closeMs, signals: [], late }, () =>
      Promise.all(this.#underWay.values()),
    ).catch(() => {});
  }

  /** Never throws. */
  async #carry(live: LiveRun, host: string): Promise<void> {
    const { clock } = this.#options;
    const closing = this.#closing.signal;
    let ends: readonly ChangeEnd[] = [];
    let outcome: Outcome;
    try {
      const mark = (change: PlannedChange) => this.#marks.mark(live.prepared.hostId, change);
      ends = await carryOut(live, { ...this.#options, mark, closing });
      outcome = outcomeOf(ends, { host, isClosing: closing.aborted, now: clock.now() });
    } catch (error) {
      const { message } = this.#options.toAppError(error);
      outcome = { state: 'unknown', message: { shown: message, recorded: message } };
    }
    const problem = await this.#writeDown(live, outcome, ends);
    const unwritten = problem === null ? '' : ` Its outcome could not be recorded: ${closed(problem.message)}`;
    this.#letGo(live);
    live.end(outcome.state, `${outcome.message.shown}${unwritten}`);
    if (outcome.state === 'unknown' && !closing.aborted) this.#aftermath.lookAt(live, ends);
  }

  /** null: it is on the disk. */
  async #writeDown(live: LiveRun, outcome: Outcome, ends: readonly ChangeEnd[]): Promise<AppError | null> {
    const { clock, journal, toAppError } = this.#options;
    const late = () => new AppError('JOURNAL_UNUSABLE', 'The journal did not take it in time.');
    try {
      const record = outcomeRecord(live, {
        outcome: outcome.state,
        durationMs: Math.max(0, clock.monotonic() - live.begunAt),
        message: outcome.message.recorded,
        after: statesAfter(ends),
      });
      await bounded({ clock, ms: limits.actions.recordMs, signals: [], late }, () => journal.append(record));
      return null;
    } catch (error) {
      return toAppError(error);
    }
  }

  #letGo(live: LiveRun): void {
    this.#underWay.delete(live);
    for (const [id, holder] of this.#busy) if (holder === live) this.#busy.delete(id);
  }

  #show(run: Run): void {
    this.#shelf.put(run);
    this.#listeners.tell();
  }

  #assertOpen(): void {
    if (this.#closing.signal.aborted) throw new AppError('CANCELLED', 'Binnacle is being closed.');
  }

  #assertFree({ changes }: PreparedPlan): void {
    for (const { containerId } of changes) {
      const holder = this.busyWith(containerId);
      if (holder === null) continue;
      throw new AppError('CHANGE_UNDER_WAY', `Something is being done to it already: ${holder.title}.`, {
        details: { run: holder.id },
        hint: 'Wait until that has ended, or cancel it.',
      });
    }
  }
}
