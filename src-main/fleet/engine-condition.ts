import { AppError } from '../kernel/errors.ts';
import { formatDuration } from './figures.ts';
import type { Pace } from './pace.ts';

/** What is read of an engine; without its list nothing is known at all. */
type Read = 'list' | 'networks' | 'events' | 'unreadable event' | 'inspect' | 'load' | 'ping';

interface EngineConditionOptions {
  readonly refreshPace: Pace;
  /** The engine does not answer, with why, told once as long as that is the same; null: its list has been read (again). */
  readonly onEngine: (failure: AppError | null) => void;
  /** It answers after it did not. */
  readonly onRecovered: () => void;
  /** {@link EngineCondition.problems} may have changed. */
  readonly onProblems: () => void;
}

/** Whether an engine answers, and what of it cannot be read although it does: said once, with what is missing for it. */
export class EngineCondition {
  readonly #options: EngineConditionOptions;
  readonly #problems = new Map<Read, AppError>();
  #failure: AppError | null = null;

  constructor(options: EngineConditionOptions) {
    this.#options = options;
  }

  /** Its list has been read. */
  answers(): void {
    const hasFailed = this.#failure !== null;
    this.#failure = null;
    this.#options.onEngine(null);
    if (hasFailed) this.#options.onRecovered();
  }

  /** Its list cannot be read, or it is silent. */
  fails(failure: AppError): void {
    const why = failure.code === 'ENGINE_DENIED' ? this.#denied('list', failure) : failure;
    const isSame = isSameProblem(this.#failure, why);
    this.#failure = why;
    if (!isSame) this.#options.onEngine(why);
  }

  /** Whatever was told of it is not known to hold any more: it is told anew. */
  forget(): void {
    this.#failure = null;
  }

  /** `problem` is why it cannot be read; null: it can. */
  note(what: Exclude<Read, 'list'>, problem: AppError | null): void {
    const known = this.#problems.get(what) ?? null;
    // What fails because the engine does not answer is no problem beside that.
    if (problem === known || (problem !== null && problem.code === this.#failure?.code)) return;
    if (problem === null) this.#problems.delete(what);
    else this.#problems.set(what, problem);
    if (!isSameProblem(problem, known)) this.#options.onProblems();
  }

  problems(): AppError[] {
    return [...this.#problems].map(([what, problem]) =>
      problem.code === 'ENGINE_DENIED' ? this.#denied(what, problem) : problem,
    );
  }

  #denied(what: Read, { code, message, details, hint }: AppError): AppError {
    return new AppError(code, `${this.#missing(what)}: ${message}`, { details, ...(hint === null ? {} : { hint }) });
  }

  #missing(what: Read): string {
    switch (what) {
      case 'list':
        return 'Its containers are not shown';
      case 'networks':
        return 'Subnets are not shown';
      case 'events':
      case 'unreadable event':
        return `Changes are seen within ${formatDuration(this.#options.refreshPace.currentMs)}, not at once`;
      case 'inspect':
        return 'Verdicts rest on the list alone, without limits, restarts and what health checks say';
      case 'load':
        return 'Load is not shown';
      case 'ping':
        return 'Round trips are not shown, and an engine that hangs is seen later';
    }
  }
}

function isSameProblem(a: AppError | null, b: AppError | null): boolean {
  return a?.code === b?.code && a?.message === b?.message;
}
