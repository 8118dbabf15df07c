import type { ActionName, EngineChange } from '#contract/actions.ts';
import type { ContainerDetail } from '../engine/model.ts';
import { manualClock, settled } from '../kernel/clock.fixture.ts';
import { AppError } from '../kernel/errors.ts';
import { container, FakeFleet, FakeHost, NOW } from './host.fixture.ts';
import { FakeJournal } from './journal.fixture.ts';
import type { PlannedChange, PreparedPlan } from './model.ts';
import { createRunBook } from './run-book.ts';
import { seenState } from './seen-state.ts';

export const API = container({ id: 'a1', service: 'api' });
export const WEB = container({ id: 'b2', service: 'web', healthWaitMs: 60_000, health: 'healthy' });
export const WORKER = container({ id: 'c3', service: 'worker' });

export function uuid(number: number): string {
  return `00000000-0000-4000-9000-${String(number).padStart(12, '0')}`;
}

export function toAppError(error: unknown): AppError {
  return error instanceof AppError ? error : new AppError('INTERNAL', `A bug: ${String(error)}`);
}

/** One host with these containers, a journal and a book of runs, on a clock that stands still. */
export function bookOn(...containers: readonly ContainerDetail[]) {
  const clock = manualClock(NOW);
  const trace: string[] = [];
  const host = new FakeHost('atlas', { trace }).put(...containers);
  const fleet = new FakeFleet(host);
  fleet.now = () => clock.now();
  const journal = new FakeJournal(trace);
  journal.now = () => clock.now();
  let ids = 0;
  const newId = () => {
    ids += 1;
    return uuid(ids);
  };
  const open = () => createRunBook({ fleet, journal, clock, newId, toAppError });
  const book = open();
  const begin = (plan: PreparedPlan, reason: string | null = null) => book.begin(plan, { reason, unlocks: [] });
  /** The last run there is. */
  const run = () => {
    const last = book.list().at(-1);
    if (last === undefined) throw new Error('there is no run');
    return last;
  };
  const steps = () => run().steps.map(({ state, note }) => (note === null ? state : `${state}: ${note}`));
  return { clock, trace, host, fleet, journal, book, open, begin, run, steps, settled };
}

const PARTS: Readonly<Record<EngineChange, readonly ('down' | 'up' | 'well')[]>> = {
  start: ['up', 'well'],
  stop: ['down'],
  restart: ['down', 'up', 'well'],
};

/** A plan as the desk prepares one, of what was inspected. */
export function planOf(
  what: EngineChange,
  containers: readonly ContainerDetail[],
  { graceSeconds = 10, host = 'atlas', hostId = 'a0000000-0000-4000-8000-000000000001' } = {},
): PreparedPlan {
  const isApp = containers.length > 1;
  const action: ActionName = isApp ? 'app.restart' : `container.${what}`;
  const steps: PreparedPlan['plan']['steps'] = [];
  const changes = containers.map((detail): PlannedChange => {
    const { service } = serviceOf(detail);
    const at = { down: null, up: null, well: null } as Record<'down' | 'up' | 'well', number | null>;
    for (const [order, part] of PARTS[what].entries()) {
      const request = order === 0 ? `POST /containers/${detail.id.slice(0, 4)}…/${what}` : null;
      at[part] = steps.push({ text: `${part} ${service}`, request, containerId: detail.id }) - 1;
    }
    const { id: containerId, name, healthWaitMs } = detail;
    return { containerId, name, service, what, graceSeconds, steps: at, healthWaitMs };
  });
  const first = containers[0] as ContainerDetail;
  const service = serviceOf(first).service;
  return {
    plan: {
      id: uuid(900),
      action,
      hostId,
      title: `${what} ${isApp ? 'shop' : `shop / ${service}`} on ${host}`,
      steps,
      leftOut: [],
      affects: [],
      took: null,
      command: `docker ${what}`,
      unlock: null,
      expiresAt: new Date(NOW).toISOString(),
    },
    request: isApp
      ? { action: 'app.restart', hostId, app: 'shop' }
      : { action: `container.${what}`, hostId, containerId: first.id },
    action,
    hostId,
    target: `ssh://ops@${host}`,
    app: 'shop',
    service: isApp ? null : service,
    changes,
    binding: '',
    before: containers.map((detail) => seenState(detail, serviceOf(detail))),
  };
}

function serviceOf({ labels, name }: ContainerDetail): { readonly service: string } {
  return { service: labels['com.docker.compose.service'] ?? name };
}

/** The connection breaks while the engine is at it. */
export async function cut(): Promise<never> {
  throw new AppError('CONNECTION_LOST', 'The connection to atlas was lost.');
}
