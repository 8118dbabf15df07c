import type { Run } from '#contract/actions.ts';
import type { Journal, UnresolvedRun } from '../audit/journal.ts';
import type { ContainerDetail } from '../engine/model.ts';
import type { FleetAccess, HostAccess } from '../fleet/host-access.ts';
import type { Clock } from '../kernel/clock.ts';
import type { AppError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import { bounded } from '../ssh/bounded.ts';
import { foundMessage, hasSettled, type Unseen, unresolvedRun, unseenAfter, unseenFrom } from './aftermath-unseen.ts';
import { Doorbell } from './run-doorbell.ts';
import type { ChangeEnd } from './run-end.ts';
import type { LiveRun } from './run-live.ts';
import { closed } from './run-words.ts';
import { seenState } from './seen-state.ts';

interface AftermathOptions {
  readonly fleet: Pick<FleetAccess, 'access' | 'subscribe'>;
  readonly journal: Pick<Journal, 'append' | 'unresolved'>;
  readonly clock: Clock;
  readonly toAppError: (error: unknown) => AppError;
  /** A run of an earlier core, whose host is there. */
  readonly onUnresolved: (run: Run) => void;
  readonly onFound: (run: string, found: string) => void;
}

interface Pursuit {
  readonly unseen: Unseen;
  readonly bell: Doorbell;
  /** Since when its host was live when it was last looked at; null: it was not, or never was. */
  liveSince: string | null;
  isUnderWay: boolean;
}

/**
 * Looks at what became of runs whose end nobody saw, of this core and of earlier ones, as soon as their host is live, and
 * writes down what it finds. Reads only: whatever it finds, nothing is done about it.
 */
export class Aftermath implements Disposable {
  readonly #options: AftermathOptions;
  readonly #pursuits = new Map<string, Pursuit>();
  /** Of earlier cores, and of hosts that are not there (yet). */
  #strays: readonly UnresolvedRun[] = [];
  readonly #closing = new AbortController();
  readonly #watching: Disposable;

  constructor(options: AftermathOptions) {
    this.#options = options;
    this.#watching = options.fleet.subscribe((hostId) => {
      if (hostId === null) this.#adopt();
      this.#follow(hostId);
    });
    void this.#takeUp();
  }

  /** Of a run of this core, which has ended with `ends`. */
  lookAt(live: LiveRun, ends: readonly ChangeEnd[]): void {
    this.#pursue(unseenAfter(live, ends));
  }

  [Symbol.dispose](): void {
    this.#watching[Symbol.dispose]();
    this.#closing.abort();
    for (const { bell } of this.#pursuits.values()) bell.ring();
  }

  async #takeUp(): Promise<void> {
    const { journal, toAppError } = this.#options;
    try {
      this.#strays = await journal.unresolved();
    } catch (error) {
      // What keeps it from being read stands in the journal's own status; a bug is in the log now.
      toAppError(error);
      return;
    }
    this.#adopt();
  }

  #adopt(): void {
    if (this.#closing.signal.aborted) return;
    const known = this.#strays.filter(({ hostId }) => this.#host(hostId) !== null);
    this.#strays = this.#strays.filter((stray) => !known.includes(stray));
    for (const stray of known) {
      if (this.#pursuits.has(stray.run)) continue;
      this.#options.onUnresolved(unresolvedRun(stray));
      this.#pursue(unseenFrom(stray));
    }
  }

  #pursue(unseen: Unseen): void {
    const pursuit = { unseen, bell: new Doorbell(this.#options.clock), liveSince: null, isUnderWay: false };
    this.#pursuits.set(unseen.run, pursuit);
    this.#goOn(pursuit);
  }

  /** Called at everything that changes on a host: only what became live anew is a reason to look. */
  #follow(hostId: string | null): void {
    for (const pursuit of this.#pursuits.values()) {
      if (hostId === null || pursuit.unseen.hostId === hostId) this.#goOn(pursuit);
    }
  }

  #goOn(pursuit: Pursuit): void {
    const { hostId, target } = pursuit.unseen;
    const host = this.#host(hostId);
    const since = host?.target === target && host.status.state === 'live' ? host.status.since : null;
    if (since === pursuit.liveSince) return;
    pursuit.liveSince = since;
    if (since === null) return;
    if (pursuit.isUnderWay) pursuit.bell.ring();
    else void this.#look(pursuit);
  }

  /** Until it could be looked at, or its host is not live any more. Never throws. */
  async #look(pursuit: Pursuit): Promise<void> {
    const { unseen, bell } = pursuit;
    pursuit.isUnderWay = true;
    while (pursuit.liveSince !== null && !this.#closing.signal.aborted) {
      const details = await this.#inspectAll(unseen);
      if (details !== null && hasSettled(unseen, details, this.#options.clock.monotonic())) {
        this.#pursuits.delete(unseen.run);
        await this.#tell(unseen, details);
        return;
      }
      await bell.wait(details === null ? limits.actions.lookAgainMs : limits.actions.upMs);
    }
    pursuit.isUnderWay = false;
  }

  /** null: one of them could not be looked at. */
  async #inspectAll({ hostId, containers }: Unseen): Promise<(ContainerDetail | 'gone')[] | null> {
    const details: (ContainerDetail | 'gone')[] = [];
    for (const { id } of containers) {
      const detail = await this.#inspect(hostId, id);
      if (detail === null) return null;
      details.push(detail);
    }
    return details;
  }

  async #inspect(hostId: string, id: string): Promise<ContainerDetail | 'gone' | null> {
    const { fleet, clock, toAppError } = this.#options;
    const signals = [this.#closing.signal];
    const late = () => toAppError(new DOMException('the inspect took too long', 'TimeoutError'));
    try {
      return await bounded({ clock, ms: limits.actions.answerMs, signals, late }, async (signal) =>
        fleet.access(hostId).inspect(id, signal),
      );
    } catch (error) {
      return toAppError(error).code === 'ENGINE_NOT_FOUND' ? 'gone' : null;
    }
  }

  async #tell(unseen: Unseen, details: readonly (ContainerDetail | 'gone')[]): Promise<void> {
    const { journal, clock, toAppError, onFound } = this.#options;
    if (this.#closing.signal.aborted) return;
    const message = foundMessage(unseen, details, clock.now());
    const after = details.flatMap((detail, index) =>
      detail === 'gone' ? [] : [seenState(detail, { service: unseen.containers[index]?.service ?? detail.name })],
    );
    try {
      await journal.append({ kind: 'found', run: unseen.run, message, after });
      onFound(unseen.run, message);
    } catch (error) {
      // The next start finds it unresolved, and looks again.
      onFound(unseen.run, `${message} This could not be recorded: ${closed(toAppError(error).message)}`);
    }
  }

  #host(hostId: string): HostAccess | null {
    try {
      return this.#options.fleet.access(hostId);
    } catch {
      return null;
    }
  }
}
