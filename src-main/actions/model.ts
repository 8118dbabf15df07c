import type { ActionName, ActionRequest, EngineChange, Plan, Run, Unlock } from '#contract/actions.ts';
import type { SeenState } from '../audit/records.ts';

/** What a run does to one container. */
export interface PlannedChange {
  readonly containerId: string;
  readonly name: string;
  readonly service: string;
  readonly what: EngineChange;
  /** From the stop signal to the kill; means nothing to `start`. */
  readonly graceSeconds: number;
  /**
   * Where its steps stand in `Plan.steps`, each null where the action has none: `down` ends with its process, `up` with a
   * process again, `well` with a health check that passes, or with having run for a while where there is none.
   */
  readonly steps: { readonly down: number | null; readonly up: number | null; readonly well: number | null };
  /** Longest wait for `well`, milliseconds; null: it has no health check, and `limits.actions.upMs` is waited. */
  readonly healthWaitMs: number | null;
}

/** A plan with all that is needed to carry it out, and to see whether it still holds. Immutable. */
export interface PreparedPlan {
  readonly plan: Plan;
  readonly request: ActionRequest;
  readonly action: ActionName;
  readonly hostId: string;
  /** Where the host is reached: an edit of the settings may make its id stand for another machine. */
  readonly target: string;
  readonly app: string;
  /** null for an app. */
  readonly service: string | null;
  /** In the order in which they are carried out. */
  readonly changes: readonly PlannedChange[];
  /**
   * What it is bound to, as one text: ids, images, configuration and protection of its containers, and which of the app
   * there are. Never health or running state: a container in a loop must stay actionable.
   */
  readonly binding: string;
  readonly before: readonly SeenState[];
}

/** Runs of this core: under way, and the last that ended. */
export interface RunBook extends AsyncDisposable {
  subscribe(onChange: () => void): Disposable;
  /** Oldest first. */
  list(): readonly Run[];
  /** The run under way that acts upon a container; null: none does. */
  busyWith(containerId: string): Run | null;
  /**
   * Writes the intent to the journal, and then begins. Resolves with the run's id when it has begun; from then on it
   * ends by itself, whoever looks.
   * @param unlocks that it uses up, for the journal
   * @throws AppError CHANGE_UNDER_WAY, JOURNAL_BROKEN, JOURNAL_UNUSABLE, HOST_NOT_LIVE
   */
  begin(
    prepared: PreparedPlan,
    by: { readonly reason: string | null; readonly unlocks: readonly Unlock[] },
  ): Promise<string>;
  /** What is under way is finished, and nothing further begun. @throws AppError RUN_UNKNOWN */
  cancel(run: string): void;
}
