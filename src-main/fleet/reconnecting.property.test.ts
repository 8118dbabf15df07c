import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AppError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import { type FakeLink, fakeLink, fixtureClock, toAppError } from './engine.fixture.ts';
import { NO_PREFERENCES } from './facts.fixture.ts';
import { FleetService } from './fleet-service.ts';
import type { HostEvent } from './host-access.ts';
import { type Deed, type LivelyEngine, livelyEngine } from './lively-engine.fixture.ts';
import { isEventOf } from './rebuilt-events.ts';

const HOST = '00000000-0000-4000-8000-000000000001';

type Fault = 'cut' | 'cut, refused' | 'stream ends' | 'network changes' | 'lossy' | 'no longer lossy';
type Happening = { readonly ms: number } & ({ readonly deed: Deed; readonly name: string } | { readonly fault: Fault });

const anyDeed = fc.record({
  ms: fc.integer({ min: 0, max: 30_000 }),
  deed: fc.constantFrom<Deed>('start', 'stop', 'crash', 'crash-loop', 'remove'),
  name: fc.constantFrom('a', 'b', 'c'),
});
const faults = (...all: readonly Fault[]) =>
  fc.record({ ms: fc.integer({ min: 0, max: 30_000 }), fault: fc.constantFrom(...all) });

/** A host on which all this happens, then nothing for `quietMs`. */
async function live(happenings: readonly Happening[], quietMs: number, random: () => number) {
  const clock = fixtureClock();
  const lively = livelyEngine(clock);
  const links: FakeLink[] = [];
  let refusals = 0;
  let underWay = 0;
  let mostUnderWay = 0;
  const connect = async () => {
    underWay += 1;
    mostUnderWay = Math.max(mostUnderWay, underWay);
    try {
      await clock.sleep(20);
      if (refusals-- > 0) throw new AppError('CONNECT_REFUSED', 'Refused.');
      const link = fakeLink(lively.engine);
      links.push(link);
      return link;
    } finally {
      underWay -= 1;
    }
  };
  await using fleet = new FleetService({
    members: [
      {
        ...{ id: HOST, target: 'ssh://ops@atlas', label: 'atlas', mode: 'observe', preferences: NO_PREFERENCES },
        ...{ rates: { changesPerMinute: 10, destroysPerMinute: 3 }, connector: { connect } },
      },
    ],
    ...{ intervals: { refreshMs: 10_000, sampleMs: 60_000 }, retry: true, random, clock, toAppError },
  });
  const heard: HostEvent[] = [];
  fleet.onEvent((event) => heard.push(event));
  const dead = new AppError('CONNECTION_LOST', 'Cut.');
  const strike: Readonly<Record<Fault, () => void>> = {
    cut: () => links.at(-1)?.drop(dead),
    'cut, refused': () => {
      refusals = 2;
      links.at(-1)?.drop(dead);
    },
    'stream ends': () => lively.engine.streams.at(-1)?.end(),
    'network changes': () => fleet.wake('network'),
    lossy: () => lively.loseEvents(true),
    'no longer lossy': () => lively.loseEvents(false),
  };
  await clock.advance(100);
  for (const happening of happenings.toSorted((a, b) => a.ms - b.ms)) {
    await clock.advance(Math.max(0, 100 + happening.ms - clock.monotonic()));
    if ('deed' in happening) lively.do(happening.deed, happening.name);
    else strike[happening.fault]();
  }
  lively.loseEvents(false);
  await clock.advance(quietMs);
  const snapshot = fleet.host(HOST);
  return { lively, heard, mostUnderWay, snapshot, links: links.filter(({ disposed }) => !disposed).length };
}

const shown = (containers: NonNullable<Awaited<ReturnType<typeof live>>['snapshot']>['containers']) =>
  containers.map(({ container }) => [container.id, container.state, container.restarts, container.startedAt]).sort();
const true_ = ({ containers }: LivelyEngine) =>
  [...containers.values()].map((each) => [each.id, each.state, each.restartCount, each.startedAtText]).sort();

/** What leaves no trace in a list is found by the inspects that only make sure. */
const QUIET_MS = limits.fleet.recheckMs + 30_000;

/** Also of making a failing one smaller, which else goes on for minutes: a run may be minutes of a host's life. */
const BOUNDS = { numRuns: 60, interruptAfterTimeLimit: 5_000 } as const;

describe('a host that is cut at any moment', () => {
  it('is known as it is in the end, and every event is told once, in order', async () => {
    const cuts = faults('cut', 'cut, refused', 'stream ends', 'network changes');
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyDeed, { minLength: 5, maxLength: 40 }),
        fc.array(cuts, { maxLength: 12 }),
        fc.infiniteStream(fc.double({ min: 0, max: 0.999, noNaN: true })),
        async (deeds, all, random) => {
          const { lively, heard, mostUnderWay, snapshot, links } = await live(
            [...deeds, ...all],
            30_000,
            () => random.next().value ?? 0,
          );
          expect([snapshot?.host.status.state, shown(snapshot?.containers ?? [])]).toEqual(['live', true_(lively)]);
          expect([mostUnderWay, links]).toEqual([1, 1]);
          expect(heard.filter(({ seen }) => seen === 'afterwards')).toEqual([]);
          for (const id of new Set(lively.truth.map((event) => event.id))) {
            const of = (events: readonly { id: string; action: string; timeNano: string }[]) =>
              events.filter((event) => event.id === id).map(({ action, timeNano }) => `${timeNano} ${action}`);
            expect(of(heard.map(({ event }) => event))).toEqual(of(lively.truth));
          }
        },
      ),
      BOUNDS,
    );
  }, 60_000);

  it('is known as it is in the end where its engine loses events: what shows of them is told, and nothing twice', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyDeed, { minLength: 5, maxLength: 40 }),
        fc.array(faults('lossy', 'no longer lossy', 'cut', 'network changes'), { maxLength: 12 }),
        async (deeds, all) => {
          const { lively, heard, snapshot } = await live([...deeds, ...all], QUIET_MS, () => 0.5);
          expect([snapshot?.host.status.state, shown(snapshot?.containers ?? [])]).toEqual(['live', true_(lively)]);
          const times = heard.map(({ event }) => `${event.id} ${event.timeNano} ${event.action}`);
          expect(new Set(times).size).toBe(times.length);
          for (const { id, state, startedAt, finishedAt } of lively.containers.values()) {
            const told = heard.filter(({ event }) => event.id === id).map(({ event }) => event);
            // One of its kind that was heard so shortly before passes for it: clocks are set.
            const tells = (actions: readonly string[], at: number | null) =>
              told.some((event) => actions.includes(event.action) && at !== null && isEventOf(event.at, at));
            // How it came to be as it is, whoever told it; and that only once.
            expect(
              tells(['start', 'restart'], startedAt) || told.some(({ attributes }) => 'restarts' in attributes),
            ).toBe(true);
            if (state === 'exited') expect(tells(['die'], finishedAt)).toBe(true);
            // More than one may have ended in one millisecond.
            const ends = (of: readonly { readonly id: string; readonly action: string; readonly at: number }[]) =>
              of.filter((event) => event.id === id && event.action === 'die' && event.at === finishedAt).length;
            expect(ends(told)).toBeLessThanOrEqual(ends(lively.truth));
          }
          const gone = lively.truth.filter(({ action }) => action === 'destroy').map(({ id }) => id);
          for (const id of gone) {
            const of = heard.filter(({ event }) => event.id === id);
            const times = of.filter(({ event }) => event.action === 'destroy').length;
            // What came and went between two looks leaves no trace.
            const wasKnown = of.some(({ event, seen }) => seen === 'afterwards' && event.action !== 'destroy');
            expect([0, 1].slice(wasKnown ? 1 : 0)).toContain(times);
          }
        },
      ),
      BOUNDS,
    );
  }, 60_000);
});
