import { AppError } from '../kernel/errors.ts';
import type { SimulatedContainer } from './container.ts';
import type { Simulation } from './simulation.ts';

/** Makes things happen in a demo, for tests and benchmarks. @throws AppError INTERNAL for a host or container it has not */
export interface DemoControls {
  /** As `docker kill`: it stays dead until it is started. */
  kill(hostId: string, container: string): void;
  /** Its process ends by itself: its restart policy may start it again. */
  die(hostId: string, container: string, exitCode: number): void;
  /** As `docker start`. */
  start(hostId: string, container: string): Promise<void>;
  /** Its health check fails with `output` from now on, or passes (null). */
  setHealth(hostId: string, container: string, output: string | null): void;
  /** It logs `text` now. */
  emitLog(hostId: string, container: string, text: string, stream?: 'stdout' | 'stderr'): void;
}

export function demoControls(simulations: ReadonlyMap<string, Simulation>): DemoControls {
  const on = (hostId: string, name: string): [Simulation, SimulatedContainer] => {
    const simulation = simulations.get(hostId);
    const container = simulation?.find(name) ?? null;
    if (simulation !== undefined && container !== null) return [simulation, container];
    throw new AppError('INTERNAL', 'The demo has no such container.', { details: { hostId, container: name } });
  };
  return {
    kill(hostId, name) {
      const [simulation, container] = on(hostId, name);
      simulation.kill(container);
    },
    die(hostId, name, exitCode) {
      const [simulation, container] = on(hostId, name);
      simulation.die(container, exitCode);
    },
    async start(hostId, name) {
      const [simulation, container] = on(hostId, name);
      await simulation.start(container);
    },
    setHealth(hostId, name, output) {
      const [simulation, container] = on(hostId, name);
      simulation.setHealth(container, output);
    },
    emitLog(hostId, name, text, stream = 'stdout') {
      const [simulation, container] = on(hostId, name);
      container.say(simulation.clock.now(), { stream, text });
    },
  };
}
