import type { Problem } from '#contract/errors.ts';
import type { Fleet } from '#contract/fleet.ts';
import type { Clock } from '../kernel/clock.ts';
import { limits } from '../kernel/limits.ts';
import { fleetView } from './fleet-view.ts';
import type { ReadStage } from './host-reader.ts';
import { HostSession, type HostSessionOptions } from './host-session.ts';

/** A host the service is to follow. */
export interface FleetMember extends Pick<HostSessionOptions, 'id' | 'target' | 'preferences' | 'connector'> {}

export interface FleetServiceOptions
  extends Pick<HostSessionOptions, 'intervals' | 'retry' | 'clock' | 'random' | 'toAppError'> {
  readonly members: readonly FleetMember[];
}

/** All hosts side by side: each its own session, so that a dead one delays the others by nothing. */
export class FleetService implements AsyncDisposable {
  readonly #sessions: readonly HostSession[];
  readonly #clock: Clock;
  readonly #listeners = new Set<() => void>();

  /** Starts connecting to all members at once. */
  constructor({ members, ...options }: FleetServiceOptions) {
    this.#clock = options.clock;
    const onChange = () => {
      for (const listener of this.#listeners) listener();
    };
    this.#sessions = members.map((member) => new HostSession({ ...options, ...member, onChange }));
  }

  /** The fleet as it is known now. */
  view(): Fleet {
    return fleetView(
      this.#sessions.map((session) => session.view()),
      this.#clock.now(),
    );
  }

  /** What the operator should know beside the verdicts: hosts that are not live, reads that were refused. */
  problems(): Problem[] {
    return this.#sessions.flatMap((session) => session.problems());
  }

  /** Targets of the hosts that have not been read as far as `stage`, although they may yet be. */
  unread(stage: ReadStage): string[] {
    return this.#sessions.filter((session) => !session.hasReached(stage)).map((session) => session.target);
  }

  /**
   * Resolves when every host has been read as far as `stage` or will get no further by itself, or when `signal` is
   * aborted; never rejects.
   */
  async reached(stage: ReadStage, signal: AbortSignal): Promise<void> {
    await Promise.allSettled(this.#sessions.map((session) => session.reached(stage, signal)));
  }

  /** Resolves when one host has really been read as far as `stage`, or as {@link reached} does; never rejects. */
  async reachedByAny(stage: ReadStage, signal: AbortSignal): Promise<void> {
    const read = this.#sessions.map(async (session) => {
      await session.reached(stage, signal);
      if (!session.hasRead(stage)) throw new Error('it was not read');
    });
    await Promise.any(read).catch(() => undefined);
  }

  /**
   * Calls back after changes, at most once every `everyMs`: what happens meanwhile comes in one call.
   * @returns stops it
   */
  subscribe(everyMs: number, onChange: () => void): Disposable {
    let timer: NodeJS.Timeout | null = null;
    const listener = () => {
      timer ??= setTimeout(() => {
        timer = null;
        onChange();
      }, everyMs);
    };
    this.#listeners.add(listener);
    return {
      [Symbol.dispose]: () => {
        this.#listeners.delete(listener);
        if (timer !== null) clearTimeout(timer);
      },
    };
  }

  /** Closes every session; whatever a host does, it takes no longer than `limits.fleet.closeMs`. */
  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new AbortController();
    const all = Promise.allSettled(this.#sessions.map((session) => session[Symbol.asyncDispose]()));
    await Promise.race([all, this.#clock.sleep(limits.fleet.closeMs, closed.signal).catch(() => undefined)]);
    closed.abort();
  }
}
