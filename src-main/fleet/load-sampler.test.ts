import { describe, expect, it } from 'vitest';
import { settled } from '../kernel/clock.fixture.ts';
import { AppError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import { fakeEngine, fixtureClock, never, toAppError } from './engine.fixture.ts';
import { at, factsAfter, listed, sample, summary } from './facts.fixture.ts';
import type { FactInput } from './facts-reducer.ts';
import { LoadSampler } from './load-sampler.ts';
import { Pace } from './pace.ts';

function sampling(
  containers = [summary('a'), summary('b', { state: 'paused' }), summary('c', { state: 'exited' }), summary('d')],
) {
  const clock = fixtureClock();
  const engine = fakeEngine([], () => clock.monotonic());
  const stop = new AbortController();
  const fed: FactInput[] = [];
  const rounds: (string | null)[] = [];
  const facts = factsAfter(listed(0, ...containers));
  let paceMs = 5_000;
  const pace = new Pace(clock, () => paceMs);
  const sampler = new LoadSampler({
    client: engine,
    clock,
    pace,
    refreshPace: new Pace(clock, () => 10_000),
    toAppError,
    facts: () => facts,
    feed: (input) => fed.push(input),
    signal: stop.signal,
    onRound: (failure) => rounds.push(failure?.message ?? null),
  });
  const setPace = (ms: number) => {
    paceMs = ms;
    pace.follow();
  };
  return { clock, engine, stop, fed, rounds, sampler, pace, setPace };
}

describe('LoadSampler', () => {
  it('has a round that took longer than its interval judged by that', async () => {
    const { clock, engine, stop, sampler, pace } = sampling();
    // One after the other, as where there is one channel for all.
    let last: Promise<void> = Promise.resolve();
    engine.answers.sample = async (id) => {
      last = last.then(() => clock.sleep(20_000));
      await last;
      return sample(id, clock.monotonic());
    };
    const run = sampler.run();
    const judged = [];
    for (const ms of [59_000, 2_000]) {
      await clock.advance(ms);
      judged.push(pace.judgedByMs);
    }
    stop.abort();
    await run;
    expect([judged[0], Math.round((judged[1] ?? 0) / 1_000)]).toEqual([5_000, 60]);
  });

  it('samples all that run or are paused at once; the second round follows after a second, the others at the interval', async () => {
    const { clock, engine, stop, fed, sampler } = sampling();
    const run = sampler.run();
    await settled();
    const asked = [engine.takeAsked()];
    const isSettled = [sampler.isSettled];
    for (const ms of [999, 1, 4_999, 1]) {
      await clock.advance(ms);
      asked.push(engine.takeAsked());
      isSettled.push(sampler.isSettled);
    }
    const round = ['sample a', 'sample b', 'sample d'];
    expect([asked, isSettled]).toEqual([
      [round, [], round, [], round],
      [false, false, true, true, true],
    ]);
    const seen = (id: string) => ({ ...sample(id, 0), seenAt: at(0) });
    expect(fed[0]).toEqual({ type: 'sampled', samples: [seen('a'), seen('b'), seen('d')] });
    stop.abort();
    await run;
    expect(clock.sleeping()).toEqual([]);
  });

  it('gives the loop back between some and some more of many', async () => {
    const many = Array.from({ length: 2 * limits.fleet.samplesATurn }, (_, index) => summary(`${index}`));
    const { engine, sampler } = sampling(many);
    const asked: number[] = [];
    const look = () => void asked.push(engine.takeAsked().length);
    void sampler.run();
    look();
    await settled();
    look();
    expect([asked[0], asked.reduce((sum, each) => sum + each)]).toEqual([limits.fleet.samplesATurn, many.length]);
  });

  it('counts the time a round takes towards the wait for the next', async () => {
    const { clock, engine, rounds, sampler } = sampling();
    engine.answers.sample = async (id) => {
      await clock.sleep(1_200);
      return sample(id, clock.monotonic());
    };
    void sampler.run();
    await clock.advance(1_200);
    engine.takeAsked();
    await clock.advance(1);
    expect([rounds, engine.takeAsked()]).toEqual([[null], []]);
    await clock.advance(1_199);
    expect([rounds, clock.sleeping()]).toEqual([[null, null], [3_800]]);
  });

  it('takes in what answers together at once, and does not keep it waiting for the slowest', async () => {
    const { clock, engine, fed, rounds, sampler } = sampling();
    const answersAfter: Record<string, number> = { a: 20, b: 60, d: 4_000 };
    engine.answers.sample = async (id) => {
      await clock.sleep(answersAfter[id] ?? 0);
      return sample(id, clock.monotonic());
    };
    void sampler.run();
    const ids = () => fed.map((input) => (input.type === 'sampled' ? input.samples.map(({ id }) => id) : []));
    await clock.advance(99);
    const soon = ids();
    await clock.advance(1);
    const gathered = ids();
    await clock.advance(3_900);
    expect([soon, gathered, ids(), rounds]).toEqual([[], [['a', 'b']], [['a', 'b'], ['d']], [null]]);
  });

  it('follows its pace: a slower one from the next round on, a faster one at once', async () => {
    const { clock, engine, sampler, pace, setPace } = sampling();
    void sampler.run();
    await clock.advance(1_000);
    setPace(60_000);
    engine.takeAsked();
    await clock.advance(30_000);
    const slow = engine.takeAsked();
    setPace(5_000);
    const judged = pace.judgedByMs;
    await settled();
    expect([slow, engine.takeAsked().length, judged, pace.judgedByMs]).toEqual([[], 3, 60_000, 5_000]);
  });

  it('tells why a container could not be sampled, until a round has none; one that is gone is no failure', async () => {
    const { clock, engine, fed, rounds, sampler } = sampling();
    const { sample: answer } = engine.answers;
    engine.answers.sample = (id) => {
      if (id === 'a') return Promise.reject(new AppError('ENGINE_NOT_FOUND', 'Gone.'));
      return id === 'b' ? Promise.reject(new TypeError('a bug')) : answer(id);
    };
    void sampler.run();
    await settled();
    engine.answers.sample = (id) =>
      id === 'a' ? Promise.reject(new AppError('ENGINE_NOT_FOUND', 'Gone.')) : answer(id);
    await clock.advance(1_000);
    const ids = fed.map((input) => (input.type === 'sampled' ? input.samples.map(({ id }) => id) : []));
    expect([rounds, ids]).toEqual([
      ['A bug.', null],
      [['d'], ['b', 'd']],
    ]);
  });

  it('gives up the round under way when it is told to stop, and tells nothing of it', async () => {
    const { engine, stop, fed, rounds, sampler } = sampling();
    engine.answers.sample = never;
    const run = sampler.run();
    await settled();
    stop.abort(new AppError('CANCELLED', 'Enough.'));
    await run;
    expect([fed, rounds, [...engine.open]]).toEqual([[], [], []]);
  });
});
