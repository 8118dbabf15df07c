import type { Run, Unlock } from '#contract/actions.ts';
import type { FleetAccess } from '../fleet/host-access.ts';
import type { AppError } from '../kernel/errors.ts';
import { Listeners } from '../kernel/listeners.ts';
import type { FakeJournal } from './journal.fixture.ts';
import type { PreparedPlan, RunBook } from './model.ts';
import { hostRef } from './references.ts';

/** Runs at their port: an intent in the journal, then one change after the other; nothing is waited for or looked at. */
export class FakeRuns implements RunBook {
  readonly begun: {
    readonly prepared: PreparedPlan;
    readonly reason: string | null;
    readonly unlocks: readonly Unlock[];
  }[] = [];
  /** Containers something is being done to. */
  readonly busy = new Set<string>();
  readonly cancelled: string[] = [];
  readonly #fleet: Pick<FleetAccess, 'access'>;
  readonly #journal: FakeJournal;
  readonly #newId: () => string;
  readonly #listeners = new Listeners();
  #failure: AppError | null = null;

  constructor(fleet: Pick<FleetAccess, 'access'>, journal: FakeJournal, newId: () => string) {
    this.#fleet = fleet;
    this.#journal = journal;
    this.#newId = newId;
  }

  /** The next run is not begun. */
  failNext(error: AppError): void {
    this.#failure = error;
  }

  subscribe(onChange: () => void): Disposable {
    return this.#listeners.subscribe(onChange);
  }

  list(): readonly Run[] {
    return [];
  }

  busyWith(containerId: string): Run | null {
    return this.busy.has(containerId) ? ({ id: 'under way', title: 'Restart api on atlas' } as Run) : null;
  }

  async begin(
    prepared: PreparedPlan,
    { reason, unlocks }: { readonly reason: string | null; readonly unlocks: readonly Unlock[] },
  ): Promise<string> {
    const failure = this.#failure;
    this.#failure = null;
    if (failure !== null) throw failure;
    const run = this.#newId();
    const host = this.#fleet.access(prepared.hostId);
    const { action, plan, app, service, before, changes } = prepared;
    await this.#journal.append({
      kind: 'intent',
      run,
      action,
      title: plan.title,
      host: hostRef(host),
      login: host.login ?? { user: 'ops', hostKey: '', loginKey: null },
      app,
      service,
      reason,
      unlocks: unlocks.flatMap((unlock) =>
        changes
          .filter((change) => change.containerId === unlock.containerId)
          .map(({ containerId: id, name, service: of }) => ({
            container: { id, name, service: of },
            reason: unlock.reason,
          })),
      ),
      steps: plan.steps.map(({ text, request }) => ({ text, request })),
      leftOut: plan.leftOut.map(({ service: of, why }) => ({ service: of, why })),
      command: plan.command,
      before: [...before],
    });
    this.begun.push({ prepared, reason, unlocks });
    this.#listeners.tell();
    for (const { what, containerId, graceSeconds } of changes) {
      await host.change(what, { containerId, graceSeconds }, new AbortController().signal);
    }
    return run;
  }

  cancel(run: string): void {
    this.cancelled.push(run);
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}
