/** Figures of one measured thing, in milliseconds. */
export interface Figures {
  readonly runs: number;
  readonly median: number;
  readonly min: number;
  readonly max: number;
  /** What went wrong instead; the figures are then NaN. */
  readonly failure?: string;
}

/** A thing to be timed; rejects when it fails. */
export type Task = () => Promise<unknown>;

/**
 * Times tasks in turn, A B C A B C …, so that a drifting machine drifts under all of them alike. One round is run
 * first and not counted. A task that fails is told as such, and not run again.
 * @param rounds counted runs of each task, or of those named in `fewer` so many
 */
export async function timeInTurn<Name extends string>(
  tasks: Readonly<Record<Name, Task>>,
  rounds: number,
  fewer: Partial<Record<Name, number>> = {},
): Promise<Record<Name, Figures>> {
  const names = Object.keys(tasks) as Name[];
  const times = new Map(names.map((name) => [name, [] as number[]]));
  const failures = new Map<Name, string>();
  for (let round = -1; round < rounds; round += 1) {
    for (const name of names) {
      if (failures.has(name) || round >= (fewer[name] ?? rounds)) continue;
      const started = performance.now();
      try {
        await tasks[name]();
      } catch (error) {
        failures.set(name, reasonOf(error));
        continue;
      }
      if (round >= 0) times.get(name)?.push(performance.now() - started);
    }
  }
  const figures = names.map((name) => [name, figuresOf(times.get(name) ?? [], failures.get(name))] as const);
  return Object.fromEntries(figures) as Record<Name, Figures>;
}

/** The end of what was said: command lines of 60 ids come first. */
function reasonOf(error: unknown): string {
  const lines = (error instanceof Error ? error.message : String(error)).trim().split('\n');
  return (lines.at(-1) ?? '').trim().slice(-200);
}

function figuresOf(times: readonly number[], failure: string | undefined): Figures {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (index: number) => Math.round((sorted[index] ?? Number.NaN) * 10) / 10;
  const figures = {
    runs: sorted.length,
    median: at(Math.floor(sorted.length / 2)),
    min: at(0),
    max: at(sorted.length - 1),
  };
  return failure === undefined ? figures : { ...figures, failure };
}

/** How many times `value` the reference's median takes; null where either failed. */
export function ratio(value: Figures | undefined, reference: Figures | undefined): number | null {
  if (!value || !reference || value.failure !== undefined || reference.failure !== undefined) return null;
  const result = value.median / reference.median;
  return Number.isFinite(result) ? Math.round(result * 100) / 100 : null;
}
