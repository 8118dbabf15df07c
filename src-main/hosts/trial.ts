import type { TrialEvent } from '#contract/hosts.ts';
import type { Clock } from '../kernel/clock.ts';
import { AppError, abortError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import { visibleText } from '../kernel/text.ts';
import { formatTarget, type HostTarget, parseTarget } from '../ssh/target.ts';
import type { HostReach } from './host-reach.ts';
import { checkIdentityFiles } from './host-rules.ts';
import type { Questions } from './questions.ts';
import { offersAfter, offersOnceReached } from './trial-offers.ts';
import { readPermissions } from './trial-permissions.ts';
import { seenLinesOf } from './trial-seen.ts';
import { TrialSteps } from './trial-steps.ts';

export interface TrialRequest {
  /** Names it, for its questions. */
  readonly trial: string;
  readonly target: string;
  /** Absolute paths; empty: none is named. */
  readonly identityFiles: readonly string[];
}

interface TrialOptions {
  readonly reach: HostReach;
  readonly questions: Pick<Questions, 'promptsFor'>;
  readonly clock: Clock;
}

/** Tries hosts before they are saved. A trial only reads, and leaves nothing but a host key that was accepted. */
export class HostTrials implements AsyncDisposable {
  readonly #options: TrialOptions;
  readonly #closing = new AbortController();
  readonly #running = new Set<Promise<unknown>>();

  constructor(options: TrialOptions) {
    this.#options = options;
  }

  /**
   * Each step once as it begins and as it ends, then what was found, or what kept it from getting through, when the
   * connection is closed again. Leaving the iterator, or the signal, ends it at any point; while an answer is waited for
   * only the signal can.
   * @throws AppError TARGET_INVALID, USAGE, TOO_MANY, CANCELLED: what cannot be tried, or is not to be
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
    const tell = (event: TrialEvent) => {
      told.push(event);
      news.resolve();
    };
    const ending = this.#try(request, tell, over).then(
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

  async #try(request: TrialRequest, tell: (event: TrialEvent) => void, signal: AbortSignal): Promise<TrialEvent> {
    const target = parseTarget(request.target);
    checkIdentityFiles(request.identityFiles);
    const steps = new TrialSteps(this.#options.clock, tell);
    try {
      return await this.#reached({ ...request, target }, steps, signal);
    } catch (error) {
      if (!(error instanceof AppError) || error.code === 'INTERNAL') throw error;
      // Whatever it failed with, it was given up; a time that is up is what stopped it.
      const why = signal.aborted ? abortError(signal) : error;
      if (why.code === 'CANCELLED') throw why;
      return stopped(target, why, steps);
    }
  }

  async #reached(
    { trial, target, identityFiles }: Omit<TrialRequest, 'target'> & { readonly target: HostTarget },
    steps: TrialSteps,
    signal: AbortSignal,
  ): Promise<TrialEvent> {
    const { reach, questions, clock } = this.#options;
    await using host = await reach({
      target,
      identityFiles: identityFiles.length === 0 ? null : identityFiles,
      mode: () => 'observe',
      prompts: questions.promptsFor({ trial, target }),
      signal,
      onEvent: steps.onEvent,
      isWished: true,
    });
    steps.begin({ step: 'permissions', jump: null });
    const { containers, latencyMs, seen, notes } = await readPermissions(host.client, clock, signal);
    steps.pass(seen);
    const { via } = host.report();
    return {
      kind: 'reached',
      target: formatTarget(target),
      engine: host.client.engine,
      via,
      containers,
      latencyMs,
      fingerprint: host.login.hostKey,
      notes: [...host.notes, ...notes].map((note) => visibleText(note)),
      offers: offersOnceReached(target, via),
    };
  }
}

function stopped(target: HostTarget, error: AppError, steps: TrialSteps): TrialEvent {
  const { code, message, hint } = error;
  const { underWay, ...at } = steps.stop(code);
  return {
    kind: 'stopped',
    ...at,
    code,
    message,
    hint,
    seen: [...underWay, ...seenLinesOf(error)],
    offers: offersAfter(target, error),
  };
}
