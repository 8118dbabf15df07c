import type { SimulatedContainer } from './container.ts';
import type { Dice } from './dice.ts';
import { SIGNAL_NUMBERS } from './plan.ts';
import { RESTART_PAUSE_MS as PAUSE_MS } from './rhythm.ts';

interface PastEvent {
  readonly container: SimulatedContainer;
  readonly at: number;
  readonly action: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/**
 * Gives the containers of an engine that has just been made the past their plan speaks of.
 * @returns the events it left, oldest first
 */
export function lookBack(containers: readonly SimulatedContainer[], now: number, dice: Dice): PastEvent[] {
  const events = containers.flatMap((container) => pastOf(container, now, dice));
  return events.sort((a, b) => a.at - b.at);
}

function pastOf(container: SimulatedContainer, now: number, dice: Dice): PastEvent[] {
  const { condition } = container.plan;
  switch (condition.kind) {
    case 'steady':
      return [];
    case 'unhealthy':
      return fellIll(container, now - 190_000, condition.output);
    case 'restart-loop':
      return keptDying(container, now, condition, dice);
    case 'exited':
      return ended(container, now - condition.agoMs, condition.exitCode);
  }
}

function fellIll(container: SimulatedContainer, at: number, output: string): PastEvent[] {
  const { life } = container;
  if (life.state !== 'running') return [];
  container.life = { ...life, health: { status: 'unhealthy', since: at, output } };
  container.setTrouble(at, true);
  return [{ container, at, action: 'health_status: unhealthy', attributes: {} }];
}

function keptDying(
  container: SimulatedContainer,
  now: number,
  { everyMs, sinceMs }: { readonly everyMs: number; readonly sinceMs: number },
  dice: Dice,
): PastEvent[] {
  const events: PastEvent[] = [];
  const add = (at: number, action: string, attributes: PastEvent['attributes'] = {}) =>
    events.push({ container, at, action, attributes });
  // It was well until then; the first death ends the run it began with.
  for (let diesAt = now - sinceMs; diesAt + PAUSE_MS <= now; ) {
    const ranMs = diesAt - container.life.startedAt;
    container.changeRun({ to: diesAt });
    add(diesAt, 'oom');
    add(diesAt, 'die', { exitCode: '137', execDuration: String(Math.floor(ranMs / 1_000)) });
    const startedAt = diesAt + PAUSE_MS;
    add(startedAt, 'start');
    container.beginRun(startedAt);
    container.restartCount += 1;
    diesAt = startedAt + everyMs - PAUSE_MS + dice.int(-2_000, 2_000);
  }
  return events;
}

function ended(container: SimulatedContainer, finishedAt: number, exitCode: number): PastEvent[] {
  const { startedAt } = container.life;
  container.life = { state: 'exited', startedAt, finishedAt, exitCode, outOfMemory: false };
  container.changeRun({ askedAt: container.plan.oneOff ? null : finishedAt - 1_000, to: finishedAt });
  const execDuration = String(Math.floor((finishedAt - startedAt) / 1_000));
  const died = { container, at: finishedAt, action: 'die', attributes: { exitCode: String(exitCode), execDuration } };
  if (container.plan.oneOff) return [died];
  const signal = SIGNAL_NUMBERS[container.plan.stopSignal];
  return [
    { container, at: finishedAt - 1_000, action: 'kill', attributes: { signal } },
    died,
    { container, at: finishedAt, action: 'stop', attributes: {} },
  ];
}
