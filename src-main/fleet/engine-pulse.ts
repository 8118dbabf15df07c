import type { EngineClient } from '../engine/model.ts';
import { blamed } from '../engine/silence.ts';
import type { Clock } from '../kernel/clock.ts';
import { AppError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import type { Pace } from './pace.ts';

interface EnginePulseOptions {
  readonly client: EngineClient;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** How often an engine is pinged that may not be. */
  readonly refreshPace: Pace;
  /** As `HostLink.silentMs`. */
  readonly silentMs: () => number;
  /** Median of the last round trips, in milliseconds. */
  readonly onLatency: (ms: number) => void;
  /**
   * The engine has answered nothing for `limits.fleet.pulseAnswerMs` although it was asked, or cannot be reached;
   * CONNECTION_LOST where it is not the engine that is silent.
   */
  readonly onSilent: (failure: AppError) => void;
  /** It answers again. */
  readonly onBack: () => void;
  /** It answers, and refuses to be pinged; null: no longer. */
  readonly onProblem: (problem: AppError | null) => void;
}

/** With these an engine has answered. */
const ANSWERS: ReadonlySet<string> = new Set(['ENGINE_DENIED', 'ENGINE_NOT_FOUND', 'ENGINE_ERROR']);
const LATENCIES = 5;

/**
 * Feels an engine's pulse: one ping after another, judged by the time since anything was last heard. SSH's keepalive cannot see a hung engine behind a live sshd (FACTS,
 * tunnel 6), and waiting for the next list to fail would take twice as long as an operator is promised. Where a policy
 * denies the ping it is what answers, and says nothing of the engine behind it: that is told as a problem.
 */
export class EnginePulse {
  readonly #options: EnginePulseOptions;
  readonly #latencies: number[] = [];
  #heardAt = Number.NEGATIVE_INFINITY;
  #silent = false;
  /** Who waited for it has been told. */
  #isGivenUp = false;

  constructor(options: EnginePulseOptions) {
    this.#options = options;
  }

  /** Something else was answered: an engine that is slow to answer a ping is not silent. */
  heard(): void {
    this.#heardAt = this.#options.clock.monotonic();
  }

  /** Whether it answers one question more within `ms`, whatever it says. Rejects with what is not an AppError. */
  async answersWithin(ms: number): Promise<boolean> {
    const failure = await this.#ping(ms);
    return failure === null || ANSWERS.has(failure.code);
  }

  /** Pings until the signal is aborted, then resolves. Rejects with what is not an AppError. */
  async run(): Promise<void> {
    const { clock, signal, refreshPace, onProblem, onSilent, onBack } = this.#options;
    const { pulseMs, pulseAnswerMs } = limits.fleet;
    let patienceMs: number = pulseAnswerMs;
    while (!signal.aborted) {
      const askedAt = clock.monotonic();
      const failure = await this.#ping(patienceMs);
      if (signal.aborted) return;
      const isSilent = failure !== null && !ANSWERS.has(failure.code);
      const wasHeard = this.#heardAt >= askedAt;
      onProblem(isSilent ? null : failure);
      if (isSilent && !wasHeard) {
        this.#silent = true;
        onSilent(failure);
        this.#giveUp(failure);
      } else if (!isSilent) {
        const wasSilent = this.#silent;
        this.#silent = false;
        this.#isGivenUp = false;
        if (wasSilent) onBack();
      }
      if (failure?.code === 'ENGINE_DENIED') {
        await refreshPace.wait(askedAt, signal);
        continue;
      }
      // From question to question: a wait after a long one would be added to the time a hung engine passes for live.
      const waitMs = askedAt + pulseMs - clock.monotonic();
      if (waitMs > 0) await clock.sleep(waitMs, signal).catch(() => undefined);
      // A ping that got lost while something else was answered: what has passed in silence since counts already.
      const leftMs = this.#heardAt + pulseAnswerMs - clock.monotonic();
      patienceMs = isSilent && wasHeard ? Math.max(pulseMs, leftMs) : pulseAnswerMs;
    }
  }

  /** Whoever still waits for a hung engine, or a dead link, waits for nothing. One that hung up told each of them so itself. */
  #giveUp(failure: AppError): void {
    const isSilence = failure.code === 'ENGINE_TIMEOUT' || failure.code === 'CONNECTION_LOST';
    if (!isSilence || this.#isGivenUp) return;
    this.#isGivenUp = true;
    this.#options.client.rejectPending(failure);
  }

  /** Resolves with why there was no answer within `ms`, or null. */
  async #ping(ms: number): Promise<AppError | null> {
    const { client, clock, signal } = this.#options;
    const late = new AbortController();
    const over = new AbortController();
    clock.sleep(ms, over.signal).then(
      () => late.abort(silence(limits.fleet.pulseAnswerMs)),
      () => undefined,
    );
    try {
      this.#measured(await client.ping(AbortSignal.any([signal, late.signal])));
      return null;
    } catch (error) {
      if (error instanceof AppError) return blamed(error, this.#options.silentMs());
      throw error;
    } finally {
      over.abort();
    }
  }

  #measured(ms: number): void {
    this.#latencies.push(ms);
    if (this.#latencies.length > LATENCIES) this.#latencies.shift();
    const sorted = this.#latencies.toSorted((a, b) => a - b);
    this.#options.onLatency(sorted[Math.floor(sorted.length / 2)] as number);
  }
}

function silence(ms: number): AppError {
  return new AppError('ENGINE_TIMEOUT', `The engine has answered nothing for ${ms / 1_000} s.`, {
    details: { timeoutMs: ms },
    hint: 'It may hang or be overloaded: look at its log on the host.',
  });
}
