import type { Clock } from '../kernel/clock.ts';
import { AppError } from '../kernel/errors.ts';
import { SimulatedContainer } from './container.ts';
import { Dice } from './dice.ts';
import { EventJournal } from './event-journal.ts';
import { lookBack } from './past.ts';
import { type DemoPlan, type PlannedHost, SIGNAL_NUMBERS } from './plan.ts';
import { ENDS_MS, RESTART_PAUSE_MS } from './rhythm.ts';
import type { Timetable } from './timetable.ts';

interface SimulationOptions {
  readonly clock: Clock;
  readonly timetable: Timetable;
  readonly random: () => number;
  readonly wobble: DemoPlan['wobble'];
}

interface Ending {
  readonly exitCode: number;
  readonly outOfMemory: boolean;
  /** It was asked for: the restart policy does not start it again. */
  readonly asked: boolean;
}

/**
 * The engine of one host, as far as Binnacle sees it: containers that live, die, start again, fall ill and recover on a
 * clock. Nothing is done for a container to which nothing happens: loads and logs are functions of time.
 */
export class Simulation implements Disposable {
  readonly host: PlannedHost;
  readonly clock: Clock;
  readonly bootedAt: number;
  readonly containers: readonly SimulatedContainer[];
  readonly journal = new EventJournal();
  readonly #timetable: Timetable;
  readonly #dice: Dice;
  readonly #stop = new AbortController();
  readonly #byReference = new Map<string, SimulatedContainer>();
  /** What is going to happen to a container as long as its run lasts. */
  readonly #plans = new Map<SimulatedContainer, Set<Disposable>>();
  /** The last thing that was asked of a container: the next waits for it. */
  readonly #work = new Map<SimulatedContainer, Promise<unknown>>();

  constructor(host: PlannedHost, { clock, timetable, random, wobble }: SimulationOptions) {
    const now = clock.now();
    const seed = () => Math.floor(random() * 2 ** 32);
    this.host = host;
    this.clock = clock;
    this.bootedAt = now - host.bootedAgoMs;
    this.#timetable = timetable;
    this.#dice = new Dice(seed());
    this.containers = host.containers.map((_, place) => new SimulatedContainer(host, place, { seed: seed(), now }));
    for (const container of this.containers) {
      this.#byReference.set(container.id, container).set(container.plan.name, container);
    }
    for (const { at, container, action, attributes } of lookBack(this.containers, now, this.#dice)) {
      this.#tell(container, action, attributes, at);
    }
    for (const container of this.containers) {
      const { condition } = container.plan;
      if (condition.kind === 'restart-loop')
        this.#willDie(container, condition.everyMs - (now - container.life.startedAt));
    }
    if (wobble !== null) this.#wobbleAgain(wobble);
  }

  /** By id, the beginning of one, or name; null: there is none. */
  find(reference: string): SimulatedContainer | null {
    const exact = this.#byReference.get(reference);
    if (exact !== undefined || !/^[0-9a-f]{4,63}$/.test(reference)) return exact ?? null;
    return this.containers.find(({ id }) => id.startsWith(reference)) ?? null;
  }

  /** @returns false where it runs already, or is about to: to an engine, what is `restarting` runs */
  start(container: SimulatedContainer): Promise<boolean> {
    return this.#inTurn(container, async () => {
      if (container.life.state !== 'exited') return false;
      this.#begin(container, true);
      return true;
    });
  }

  /** @param graceMs after which it is killed. @returns false where it does not run */
  stop(container: SimulatedContainer, graceMs: number): Promise<boolean> {
    return this.#inTurn(container, () => this.#halt(container, graceMs));
  }

  restart(container: SimulatedContainer, graceMs: number): Promise<boolean> {
    return this.#inTurn(container, async () => {
      await this.#halt(container, graceMs);
      this.#begin(container, true);
      this.#tell(container, 'restart');
      return true;
    });
  }

  /** As `docker kill` does: it stays dead. */
  kill(container: SimulatedContainer): void {
    if (!container.isRunning) return;
    this.#tell(container, 'kill', { signal: '9' });
    this.#end(container, { exitCode: 137, outOfMemory: false, asked: true });
  }

  /** Its process ends by itself, and the restart policy decides what comes of it. */
  die(container: SimulatedContainer, exitCode: number, outOfMemory = false): void {
    if (container.isRunning) this.#end(container, { exitCode, outOfMemory, asked: false });
  }

  /** Its health check fails from now on, with `output`, or passes (null). Nothing happens to one without a check. */
  setHealth(container: SimulatedContainer, output: string | null): void {
    const { life } = container;
    if (life.state !== 'running' || life.health.status === 'none') return;
    const since = this.clock.now();
    const status = output === null ? 'healthy' : 'unhealthy';
    if (life.health.status === status) return;
    container.life = {
      ...life,
      health: output === null ? { status: 'healthy', since } : { status: 'unhealthy', since, output },
    };
    container.setTrouble(since, output !== null);
    this.#tell(container, `health_status: ${status}`);
  }

  [Symbol.dispose](): void {
    this.#stop.abort(new AppError('CANCELLED', 'The demo has ended.'));
    for (const plans of this.#plans.values()) for (const plan of plans) plan[Symbol.dispose]();
    this.#plans.clear();
  }

  #inTurn<T>(container: SimulatedContainer, act: () => Promise<T>): Promise<T> {
    const turn = (this.#work.get(container) ?? Promise.resolve()).then(act);
    this.#work.set(
      container,
      turn.catch(() => undefined),
    );
    return turn;
  }

  async #halt(container: SimulatedContainer, graceMs: number): Promise<boolean> {
    if (container.life.state === 'exited') return false;
    if (container.isRunning) {
      const { stopSignal, stubborn } = container.plan;
      const wantedMs = this.#dice.int(...ENDS_MS);
      const obeys = !stubborn && wantedMs <= graceMs;
      container.changeRun({ askedAt: this.clock.now() });
      this.#tell(container, 'kill', { signal: SIGNAL_NUMBERS[stopSignal] });
      await this.clock.sleep(obeys ? wantedMs : graceMs, this.#stop.signal);
      if (container.isRunning && !obeys) this.#tell(container, 'kill', { signal: '9' });
      if (container.isRunning) this.#end(container, { exitCode: obeys ? 0 : 137, outOfMemory: false, asked: true });
    }
    if (container.life.state === 'restarting') {
      // The engine gives up starting it again.
      this.#forget(container);
      container.life = { ...container.life, state: 'exited' };
    }
    this.#tell(container, 'stop');
    return true;
  }

  #begin(container: SimulatedContainer, byHand: boolean): void {
    this.#forget(container);
    const { check, condition } = container.plan;
    container.restartCount = byHand ? 0 : container.restartCount + 1;
    container.beginRun(this.clock.now());
    for (const { network, networkId: id } of container.addresses) this.#tellNetwork(container, 'connect', network, id);
    this.#tell(container, 'start');
    if (check !== null) this.#plan(container, check.startMs, () => this.setHealth(container, null));
    if (condition.kind === 'unhealthy') {
      this.#plan(container, condition.afterMs, () => this.setHealth(container, condition.output));
    }
    if (condition.kind === 'restart-loop') this.#willDie(container, this.#dice.int(-2_000, 2_000) + condition.everyMs);
  }

  #end(container: SimulatedContainer, { exitCode, outOfMemory, asked }: Ending): void {
    this.#forget(container);
    const { plan, life } = container;
    const now = this.clock.now();
    const again = !asked && (plan.restart === 'on-failure' ? exitCode !== 0 : plan.restart !== 'no');
    container.lastHealth = { health: container.health, at: now };
    container.changeRun({ to: now });
    container.setTrouble(now, false);
    const { startedAt } = life;
    container.life = { state: again ? 'restarting' : 'exited', startedAt, finishedAt: now, exitCode, outOfMemory };
    if (outOfMemory) this.#tell(container, 'oom');
    const execDuration = String(Math.floor((now - startedAt) / 1_000));
    this.#tell(container, 'die', { exitCode: String(exitCode), execDuration });
    for (const { network, networkId: id } of container.addresses) {
      this.#tellNetwork(container, 'disconnect', network, id);
    }
    if (again) this.#plan(container, RESTART_PAUSE_MS, () => this.#begin(container, false));
  }

  #willDie(container: SimulatedContainer, inMs: number): void {
    this.#plan(container, Math.max(0, inMs - RESTART_PAUSE_MS), () => this.die(container, 137, true));
  }

  #wobbleAgain(wobble: NonNullable<DemoPlan['wobble']>): void {
    this.#timetable.after(wobble.everyMs * (0.6 + 0.8 * this.#dice.next()), () => {
      const well = this.containers.filter(
        ({ health, plan }) => health.status === 'healthy' && plan.condition.kind === 'steady',
      );
      const chosen = well[this.#dice.int(0, well.length - 1)];
      if (chosen !== undefined) {
        this.setHealth(chosen, 'check timed out after 5 s');
        this.#plan(chosen, wobble.lastsMs, () => this.setHealth(chosen, null));
      }
      this.#wobbleAgain(wobble);
    });
  }

  #plan(container: SimulatedContainer, ms: number, happen: () => void): void {
    const plans = this.#plans.get(container) ?? new Set();
    this.#plans.set(container, plans);
    const entry = this.#timetable.after(ms, () => {
      plans.delete(entry);
      happen();
    });
    plans.add(entry);
  }

  #forget(container: SimulatedContainer): void {
    for (const plan of this.#plans.get(container) ?? []) plan[Symbol.dispose]();
    this.#plans.delete(container);
  }

  #tell(container: SimulatedContainer, action: string, more: Readonly<Record<string, string>> = {}, at?: number): void {
    const { id, plan } = container;
    const attributes = { ...plan.labels, ...more, image: plan.image, name: plan.name };
    this.journal.add(at ?? this.clock.now(), { type: 'container', action, id, attributes });
  }

  #tellNetwork(container: SimulatedContainer, action: 'connect' | 'disconnect', name: string, id: string): void {
    const attributes = { container: container.id, name, type: 'bridge' };
    this.journal.add(this.clock.now(), { type: 'network', action, id, attributes });
  }
}
