import type { EngineChange } from '#contract/actions.ts';
import type { FleetAccess } from '../fleet/host-access.ts';
import type { PlannedChange } from './model.ts';

type Planned = 'starting' | 'stopping' | 'restarting';

const PLANNED: Readonly<Record<EngineChange, Planned>> = {
  start: 'starting',
  stop: 'stopping',
  restart: 'restarting',
};

interface Mark {
  readonly hostId: string;
  readonly change: Pick<PlannedChange, 'containerId' | 'what'>;
}

/**
 * Tells the fleet what is being done to containers, so that verdicts do not alarm at what was asked for. It takes one
 * word for a whole host: the union of what all runs there do is kept here. A run marks a container only while it is at
 * it: what waits for its turn, or was seen to be well, is judged as ever, however long the run goes on.
 */
export class RunMarks {
  readonly #fleet: Pick<FleetAccess, 'plan'>;
  readonly #marks = new Set<Mark>();

  constructor(fleet: Pick<FleetAccess, 'plan'>) {
    this.#fleet = fleet;
  }

  /** Until what it returns is disposed. */
  mark(hostId: string, change: Mark['change']): Disposable {
    const mark: Mark = { hostId, change };
    this.#marks.add(mark);
    this.#tell(hostId);
    return {
      [Symbol.dispose]: () => {
        if (this.#marks.delete(mark)) this.#tell(hostId);
      },
    };
  }

  #tell(hostId: string): void {
    const changes = [...this.#marks].filter((each) => each.hostId === hostId).map(({ change }) => change);
    this.#fleet.plan(hostId, new Map(changes.map(({ containerId, what }) => [containerId, PLANNED[what]])));
  }
}
