import type { Run } from '#contract/actions.ts';
import { limits } from '../kernel/limits.ts';

/** Runs as they are shown, oldest first: all that are under way, and the last that ended. */
export class RunShelf {
  #runs: readonly Run[] = [];

  get list(): readonly Run[] {
    return this.#runs;
  }

  find(id: string): Run | undefined {
    return this.#runs.find((run) => run.id === id);
  }

  /** In its place, or in the place of what it was before. */
  put(run: Run): void {
    const index = this.#runs.findIndex(({ id }) => id === run.id);
    if (index >= 0) {
      this.#runs = this.#runs.with(index, run);
    } else {
      const place = this.#runs.findLastIndex(({ startedAt }) => startedAt <= run.startedAt) + 1;
      this.#runs = this.#runs.toSpliced(place, 0, run);
    }
    const ended = this.#runs.filter(({ state }) => state !== 'running');
    const forgotten = new Set(ended.slice(0, Math.max(0, ended.length - limits.actions.endedRuns)));
    if (forgotten.size > 0) this.#runs = this.#runs.filter((each) => !forgotten.has(each));
  }
}
