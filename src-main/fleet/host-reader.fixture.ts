import { fakeEngine, fixtureClock, toAppError } from './engine.fixture.ts';
import { emptyFacts, type FactInput, reduceFacts } from './facts-reducer.ts';
import { HostReader } from './host-reader.ts';
import { Pace } from './pace.ts';

const open: HostReader[] = [];

/** Ends all readers of {@link reading}: for `afterEach`. */
export async function stopReading(): Promise<void> {
  for (const reader of open.splice(0)) await reader[Symbol.asyncDispose]();
}

/** A reader of a fake engine with these containers, which `prepare` may change before it is asked anything. */
export function reading(
  ids: readonly string[],
  prepare: (engine: ReturnType<typeof fakeEngine>) => void = () => undefined,
) {
  const clock = fixtureClock();
  const engine = fakeEngine(ids, () => clock.monotonic());
  prepare(engine);
  /** Nothing has come over the link for as long, in milliseconds. */
  const link = { quietMs: 0 };
  let facts = emptyFacts();
  let changes = 0;
  const told: string[] = [];
  const failures: string[] = [];
  const compared: (readonly [heardBy: number, listsOnly: boolean])[] = [];
  const reader: HostReader = new HostReader({
    client: engine,
    clock,
    silentMs: () => link.quietMs,
    refreshPace: new Pace(clock, () => 10_000),
    samplePace: new Pace(clock, () => 5_000),
    toAppError,
    facts: () => facts,
    feed: (input: FactInput) => {
      facts = reduceFacts(facts, input);
    },
    lastEventAt: null,
    onReplayed: (heardBy, listsOnly) => {
      compared.push([heardBy, listsOnly]);
      return true;
    },
    onLatency: () => undefined,
    onEngine: (failure) => {
      told.push(failure === null ? 'answers' : failure.code);
      if (failure !== null) failures.push(failure.message);
    },
    onProblems: () => {
      changes += 1;
    },
    onStage: () =>
      told.push(['listed', 'inspected', 'loaded'].filter((stage) => reader.hasReached(stage as 'listed')).join()),
  });
  open.push(reader);
  const stream = () => engine.streams.at(-1) as (typeof engine.streams)[number];
  /** What was asked meanwhile, pings and samples left out. */
  const asked = () => engine.takeAsked().filter((question) => !/^(ping|sample|reject)/.test(question));
  return {
    clock,
    engine,
    link,
    reader,
    told,
    failures,
    compared,
    stream,
    asked,
    problemChanges: () => changes,
    facts: () => facts,
    state: (id: string) => facts.containers.get(id)?.state,
  };
}
