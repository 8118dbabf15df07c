import type { TrialEvent, TrialStep } from '#contract/hosts.ts';
import { AppError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import { formatTarget, parseTarget } from '../ssh/target.ts';
import type { HostReach } from './host-reach.ts';
import { checkIdentityFiles } from './host-rules.ts';
import type { Questions } from './questions.ts';

export interface TrialRequest {
  /** Names it, for its questions. */
  readonly trial: string;
  readonly target: string;
  /** Absolute paths; empty: the agent and the usual files. */
  readonly identityFiles: readonly string[];
}

interface TrialOptions {
  readonly reach: HostReach;
  readonly questions: Pick<Questions, 'promptsFor'>;
  readonly defaultUser: string;
}

const STEPS: readonly TrialStep[] = ['connecting', 'checking-host-key', 'authenticating', 'asking-engine'];

/** Tries hosts before they are saved. A trial only reads, and leaves nothing but a host key that was accepted. */
export class HostTrials implements AsyncDisposable {
  readonly #options: TrialOptions;
  readonly #closing = new AbortController();
  readonly #running = new Set<Promise<unknown>>();

  constructor(options: TrialOptions) {
    this.#options = options;
  }

  /**
   * Each step once as it begins, then what was found, when the connection is closed again. Leaving the iterator, or
   * the signal, ends it at any point; while an answer is waited for only the signal can.
   * @throws AppError TARGET_INVALID, USAGE, TOO_MANY; what {@link HostReach} rejects with; ENGINE_*, CONNECTION_LOST
   */
  async *test(request: TrialRequest, signal: AbortSignal): AsyncGenerator<TrialEvent, void, void> {
    if (this.#running.size >= limits.hosts.trials) {
      throw new AppError('TOO_MANY', `${limits.hosts.trials} hosts are being tried already.`, {
        hint: 'Wait for one of them, or leave it.',
      });
    }
    const left = new AbortController();
    const over = AbortSignal.any([signal, left.signal, this.#closing.signal]);
    const told: TrialEvent[] = [];
    let news = Promise.withResolvers<void>();
    let furthest = -1;
    const onStep = (step: TrialStep) => {
      // A question makes a second connection necessary: what was done before is not shown as undone.
      if (STEPS.indexOf(step) <= furthest) return;
      furthest = STEPS.indexOf(step);
      told.push({ kind: 'step', step });
      news.resolve();
    };
    const ending = this.#try(request, onStep, over).then(
      (event) => ({ event }),
      (error: unknown) => ({ error }),
    );
    this.#running.add(ending);
    try {
      for (;;) {
        const end = await Promise.race([ending, news.promise]);
        news = Promise.withResolvers();
        yield* told.splice(0);
        if (end === undefined) continue;
        if ('error' in end) throw end.error;
        yield end.event;
        return;
      }
    } finally {
      left.abort(new AppError('CANCELLED', 'The trial was left.'));
      await ending;
      this.#running.delete(ending);
    }
  }

  /** Ends every trial, and resolves when their connections are closed. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort(new AppError('CANCELLED', 'Binnacle was closed.'));
    await Promise.all(this.#running);
  }

  async #try(
    { trial, target: text, identityFiles }: TrialRequest,
    onStep: (step: TrialStep) => void,
    signal: AbortSignal,
  ): Promise<TrialEvent> {
    const { reach, questions, defaultUser } = this.#options;
    const target = parseTarget(text, { defaultUser });
    checkIdentityFiles(identityFiles);
    await using host = await reach({
      target,
      identityFiles: identityFiles.length === 0 ? null : identityFiles,
      mode: () => 'observe',
      prompts: questions.promptsFor({ trial, target }),
      signal,
      onStep,
    });
    const { length: containers } = await host.client.list(signal);
    const pings: number[] = [];
    while (pings.length < limits.hosts.trialPings) pings.push(await host.client.ping(signal));
    const latencyMs = pings.sort((a, b) => a - b)[Math.floor(pings.length / 2)] ?? 0;
    return {
      kind: 'reached',
      target: formatTarget(target),
      engine: host.client.engine,
      containers,
      latencyMs,
      fingerprint: host.hostKeyFingerprint,
    };
  }
}
