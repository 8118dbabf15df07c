import type { ContainerDetail, EngineEvent } from '../engine/model.ts';
import { AppError } from '../kernel/errors.ts';
import { type FakeEngine, fakeEngine, type fixtureClock } from './engine.fixture.ts';
import { detail, engineAt, summary } from './facts.fixture.ts';

/** What may happen to a container, by its number: it is created where it is not there. */
export type Deed = 'start' | 'stop' | 'crash' | 'crash-loop' | 'remove';

/** An engine on which things happen, and which answers as late as a far one. */
export interface LivelyEngine {
  readonly engine: FakeEngine;
  /** All that ever happened, in order. */
  readonly truth: readonly EngineEvent[];
  /** What there is now, by id. */
  readonly containers: ReadonlyMap<string, ContainerDetail>;
  do(deed: Deed, id: string): void;
  /** From now on its open streams lose what happens; what is opened later begins with it. */
  loseEvents(loses: boolean): void;
}

const LATENCY_MS = 4;

export function livelyEngine(clock: ReturnType<typeof fixtureClock>): LivelyEngine {
  const engine = fakeEngine([], () => clock.monotonic());
  const containers = new Map<string, ContainerDetail>();
  const truth: EngineEvent[] = [];
  let isLossy = false;
  const now = () => engineAt(clock.monotonic());
  const happen = (action: string, id: string, attributes: Readonly<Record<string, string>> = {}) => {
    const timeNano = `${now()}${String(truth.length % 1_000_000).padStart(6, '0')}`;
    const event: EngineEvent = {
      type: 'container',
      action,
      id,
      at: now(),
      timeNano,
      attributes: { name: id, ...attributes },
    };
    truth.push(event);
    const stream = engine.streams.at(-1);
    if (!isLossy) void clock.sleep(LATENCY_MS).then(() => stream?.push(event));
  };
  const alter = (id: string, over: Partial<ContainerDetail>) => {
    const known = containers.get(id);
    if (known !== undefined) containers.set(id, { ...known, ...over });
  };
  const begin = (id: string) => {
    alter(id, { state: 'running', exitCode: null, startedAt: now(), startedAtText: new Date(now()).toISOString() });
    happen('start', id);
  };
  const end = (id: string, exitCode: number) => {
    alter(id, { state: 'exited', exitCode, finishedAt: now() });
    happen('die', id, { exitCode: String(exitCode) });
  };
  const isUp = (id: string) => containers.get(id)?.state === 'running';
  const deeds: Readonly<Record<Deed, (id: string) => void>> = {
    start: (id) => {
      if (isUp(id)) return;
      alter(id, { restartCount: 0 });
      begin(id);
    },
    stop: (id) => {
      if (!isUp(id)) return;
      happen('kill', id, { signal: '15' });
      end(id, 0);
      happen('stop', id);
    },
    crash: (id) => {
      if (isUp(id)) end(id, 3);
    },
    'crash-loop': (id) => {
      if (!isUp(id)) return;
      end(id, 4);
      alter(id, { restartCount: (containers.get(id)?.restartCount ?? 0) + 1 });
      begin(id);
    },
    remove: (id) => {
      if (isUp(id)) end(id, 137);
      containers.delete(id);
      happen('destroy', id);
    },
  };

  /** As it was when the question arrived. */
  const answer = async <T>(look: () => T): Promise<T> => {
    await clock.sleep(LATENCY_MS / 2);
    const seen = look();
    await clock.sleep(LATENCY_MS / 2);
    return seen;
  };
  engine.answers.list = () =>
    answer(() =>
      [...containers.values()].map(({ id, name, state, exitCode, createdAt }) =>
        summary(id, { name, state, createdAt, exitCode: state === 'exited' ? exitCode : null }),
      ),
    );
  engine.answers.inspect = (id) =>
    answer(() => {
      const found = containers.get(id);
      if (found === undefined) throw new AppError('ENGINE_NOT_FOUND', 'No such container.');
      return found;
    });
  engine.answers.events = () => answer(() => undefined);
  engine.replay = (since) => truth.filter(({ at }) => at >= since);
  let made = 0;
  const names = new Map<string, string>();
  return {
    engine,
    truth,
    containers,
    do: (deed, name) => {
      let id = names.get(name);
      if (id === undefined || !containers.has(id)) {
        // Ids are never given twice.
        id = `${name}${made++}`;
        names.set(name, id);
        containers.set(id, detail(id, { name: id, state: 'created', createdAt: now(), startedAt: null, exitCode: 0 }));
        happen('create', id);
        begin(id);
        return;
      }
      deeds[deed](id);
    },
    loseEvents: (loses) => {
      isLossy = loses;
    },
  };
}
