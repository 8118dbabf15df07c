import type { EngineChange } from '#contract/actions.ts';
import type { FleetAccess } from '../fleet/host-access.ts';
import type { PreparedPlan } from './model.ts';

type Planned = 'starting' | 'stopping' | 'restarting';

const PLANNED: Readonly<Record<EngineChange, Planned>> = {
  start: 'starting',
  stop: 'stopping',
  restart: 'restarting',
};

/**
 * Tells the fleet what is being done to containers, so that verdicts do not alarm at what was asked for. It takes one
 * word for a whole host: the union of what all runs there do is kept here.
 */
export class RunMarks {
  readonly #fleet: Pick<FleetAccess, 'plan'>;
  readonly #marks = new Map<string, PreparedPlan>();

  constructor(fleet: Pick<FleetAccess, 'plan'>) {
    this.#fleet = fleet;
  }

  /** Until what it returns is disposed. */
  mark(run: string, prepared: PreparedPlan): Disposable {
    this.#marks.set(run, prepared);
    this.#tell(prepared.hostId);
    return {
      [Symbol.dispose]: () => {
        if (this.#marks.delete(run)) this.#tell(prepared.hostId);
      },
    };
  }

  #tell(hostId: string): void {
    const changes = [...this.#marks.values()].filter((each) => each.hostId === hostId).flatMap((each) => each.changes);
    this.#fleet.plan(hostId, new Map(changes.map(({ containerId, what }) => [containerId, PLANNED[what]])));
  }
}
