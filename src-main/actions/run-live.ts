import type { Run, RunState, RunStep } from '#contract/actions.ts';
import type { Clock } from '../kernel/clock.ts';
import type { PreparedPlan } from './model.ts';
import { recorded, type Said, shown } from './run-words.ts';

type StepState = RunStep['state'];

/** A run while it is carried out: immutable pictures of it for whoever looks, and what the journal is to hold of its steps. */
export class LiveRun {
  readonly prepared: PreparedPlan;
  readonly begunAt: number;
  /** Aborted when a cancel is asked for. */
  readonly cancelled: AbortSignal;
  readonly #clock: Clock;
  readonly #onChange: () => void;
  readonly #cancel = new AbortController();
  readonly #notes: (Said | null)[];
  #run: Run;

  constructor(options: {
    readonly id: string;
    readonly prepared: PreparedPlan;
    readonly reason: string | null;
    readonly clock: Clock;
    readonly onChange: () => void;
  }) {
    const { id, prepared, reason, clock, onChange } = options;
    const { plan, action, hostId, app, changes } = prepared;
    this.prepared = prepared;
    this.begunAt = clock.monotonic();
    this.cancelled = this.#cancel.signal;
    this.#clock = clock;
    this.#onChange = onChange;
    this.#notes = plan.steps.map(() => null);
    this.#run = {
      id,
      action,
      hostId,
      title: plan.title,
      app,
      containerIds: changes.map(({ containerId }) => containerId),
      reason,
      state: 'running',
      startedAt: this.#now(),
      endedAt: null,
      message: null,
      found: null,
      cancelling: false,
      steps: plan.steps.map((step) => ({ ...step, state: 'waiting', startedAt: null, endedAt: null, note: null })),
    };
  }

  get run(): Run {
    return this.#run;
  }

  /** Of its steps, as the journal may hold them. */
  get recordedNotes(): readonly (string | null)[] {
    return this.#notes.map((note) => (note === null ? null : recorded(note)));
  }

  cancel(): void {
    if (this.#run.state !== 'running' || this.#run.cancelling) return;
    this.#become({ cancelling: true });
    this.#cancel.abort();
  }

  /** Where a step stands; does nothing where it stands so already, or for null: the action has no such step. */
  step(index: number | null, state: StepState, note: Said | null): void {
    const before = index === null ? undefined : this.#run.steps[index];
    if (index === null || before === undefined) return;
    const text = note === null ? null : shown(note);
    if (before.state === state && before.note === text) return;
    const hasBegun = state === 'running' || state === 'done' || state === 'failed' || state === 'unknown';
    const hasEnded = state !== 'waiting' && state !== 'running';
    const now = this.#now();
    const startedAt = before.startedAt ?? (hasBegun ? now : null);
    const after: RunStep = {
      ...before,
      state,
      note: text,
      startedAt,
      endedAt: hasEnded ? (before.endedAt ?? now) : null,
    };
    this.#notes[index] = note;
    this.#become({ steps: this.#run.steps.with(index, after) });
  }

  end(state: Exclude<RunState, 'running'>, message: string): void {
    this.#become({ state, message, endedAt: this.#now() });
  }

  #become(over: Partial<Run>): void {
    this.#run = { ...this.#run, ...over };
    this.#onChange();
  }

  #now(): string {
    return new Date(this.#clock.now()).toISOString();
  }
}
