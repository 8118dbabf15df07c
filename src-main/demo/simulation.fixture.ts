import { manualClock } from '../kernel/clock.fixture.ts';
import type { SimulatedContainer } from './container.ts';
import { Dice } from './dice.ts';
import { type DemoPlan, demoPlan } from './plan.ts';
import { Simulation } from './simulation.ts';
import { Timetable } from './timetable.ts';

export const START = Date.parse('2026-05-04T10:00:00Z');

/** The first host of a plan on a clock that stands still, by chance that is always the same. */
export function simulated({
  plan = demoPlan,
  seed = 1,
  host = 0,
}: {
  plan?: DemoPlan;
  seed?: number;
  host?: number;
} = {}) {
  const clock = manualClock(START);
  const dice = new Dice(seed);
  const timetable = new Timetable(clock);
  const planned = plan.hosts[host];
  if (planned === undefined) throw new Error('the plan has no such host');
  const simulation = new Simulation(planned, { clock, timetable, random: () => dice.next(), wobble: plan.wobble });
  const named = (name: string): SimulatedContainer => {
    const container = simulation.find(name);
    if (container === null) throw new Error(`there is no ${name}`);
    return container;
  };
  /** Actions of the container events so far, of one container or all, with the seconds since the start. */
  const told = (of: SimulatedContainer | null = null): string[] =>
    simulation.journal.since(0, 0).flatMap(({ type, at, line }) => {
      const { Action, Actor } = JSON.parse(line);
      const wanted = type === 'container' && (of === null || Actor.ID === of.id);
      return wanted ? [`${((at - START) / 1_000).toFixed(1)} ${Action}`] : [];
    });
  /** What a container was sent so far, as events number signals. */
  const signals = (of: SimulatedContainer): string[] =>
    simulation.journal.since(0, 0).flatMap(({ line }) => {
      const { Action, Actor } = JSON.parse(line);
      return Action === 'kill' && Actor.ID === of.id ? [Actor.Attributes.signal] : [];
    });
  return {
    clock,
    simulation,
    named,
    told,
    signals,
    [Symbol.dispose]() {
      simulation[Symbol.dispose]();
      timetable[Symbol.dispose]();
    },
  };
}
