import { describe, expect, it } from 'vitest';
import type { ContainerDetail } from '../engine/model.ts';
import { settled } from '../kernel/clock.fixture.ts';
import { AppError } from '../kernel/errors.ts';
import { fakeEngine, fixtureClock, never, toAppError } from './engine.fixture.ts';
import { at, detail, event, factsAfter, listed, summary } from './facts.fixture.ts';
import { type FactInput, reduceFacts } from './facts-reducer.ts';
import { Inspections } from './inspections.ts';

function inspecting(...ids: readonly string[]) {
  const clock = fixtureClock();
  const engine = fakeEngine(ids, () => clock.monotonic());
  const stop = new AbortController();
  let facts = factsAfter(listed(0, ...ids.map((id) => summary(id))));
  const feed = (input: FactInput) => {
    facts = reduceFacts(facts, input);
  };
  let settledTimes = 0;
  const begin = () =>
    new Inspections({
      client: engine,
      clock,
      toAppError,
      facts: () => facts,
      feed,
      signal: stop.signal,
      onSettled: () => {
        settledTimes += 1;
      },
    });
  const inspections = begin();
  return { clock, engine, stop, feed, begin, inspections, facts: () => facts, settledTimes: () => settledTimes };
}

/** An answer a test gives when it likes. */
function answering() {
  const waiting = new Map<string, PromiseWithResolvers<ContainerDetail>>();
  return {
    inspect: (id: string) => {
      const answer = Promise.withResolvers<ContainerDetail>();
      waiting.set(id, answer);
      return answer.promise;
    },
    answer: async (id: string, over: Partial<ContainerDetail> = {}) => {
      waiting.get(id)?.resolve(detail(id, over));
      await settled();
    },
  };
}

describe('Inspections', () => {
  it('asks for every container at once, and for none twice', async () => {
    const { engine, inspections, facts, settledTimes } = inspecting('a', 'b', 'c');
    const open = answering();
    engine.answers.inspect = open.inspect;
    inspections.start();
    inspections.start();
    expect([engine.takeAsked(), inspections.done]).toEqual([['inspect a', 'inspect b', 'inspect c'], false]);
    for (const id of ['c', 'a', 'b']) await open.answer(id);
    inspections.start();
    expect([engine.takeAsked(), inspections.done, [...facts().toInspect], settledTimes()]).toEqual([[], true, [], 3]);
  });

  it('asks again where something happened while the answer was on its way', async () => {
    const { clock, engine, feed, inspections, facts } = inspecting('a');
    const open = answering();
    engine.answers.inspect = open.inspect;
    inspections.start();
    await clock.advance(10);
    feed(event('a', 'die', 10, { exitCode: '1' }));
    inspections.start();
    expect(engine.takeAsked()).toEqual(['inspect a']);
    await open.answer('a', { state: 'running' });
    expect([engine.takeAsked(), facts().containers.get('a')?.state]).toEqual([['inspect a'], 'exited']);
    await open.answer('a', { state: 'restarting', exitCode: 1 });
    expect([engine.takeAsked(), facts().containers.get('a')?.state, inspections.done]).toEqual([
      [],
      'restarting',
      true,
    ]);
  });

  it('does not ask again for one that fails before the next list, whatever happens to it', async () => {
    const { clock, engine, feed, inspections } = inspecting('a', 'b');
    const { inspect } = engine.answers;
    engine.answers.inspect = (id) =>
      id === 'a' ? Promise.reject(new AppError('ENGINE_ERROR', 'Broken.')) : inspect(id);
    inspections.start();
    await settled();
    await clock.advance(10);
    feed(event('a', 'die', 10, { exitCode: '1' }));
    inspections.start();
    await settled();
    expect([engine.takeAsked(), inspections.done, inspections.problem?.message]).toEqual([
      ['inspect a', 'inspect b'],
      true,
      'Broken.',
    ]);
    // The problem stands until it is known to be over: it would flicker at every list.
    inspections.listed();
    expect([inspections.done, inspections.problem?.message]).toEqual([false, 'Broken.']);
    engine.answers.inspect = inspect;
    inspections.start();
    await settled();
    expect([engine.takeAsked(), inspections.done, inspections.problem]).toEqual([['inspect a'], true, null]);
  });

  it('forgets the problem of a container that is listed no more', async () => {
    const { engine, feed, inspections } = inspecting('a');
    engine.answers.inspect = () => Promise.reject(new TypeError('a bug'));
    inspections.start();
    await settled();
    const before = inspections.problem?.code;
    feed(listed(10));
    inspections.listed();
    expect([before, inspections.problem, inspections.done]).toEqual(['INTERNAL', null, true]);
  });

  it('takes a container the engine does not know for gone', async () => {
    const { engine, inspections, facts } = inspecting('a', 'b');
    engine.containers = [summary('b')];
    inspections.start();
    await settled();
    expect([[...facts().containers.keys()], inspections.problem, inspections.done]).toEqual([['b'], null, true]);
  });

  it('does not ask without end where the engine answers for another container', async () => {
    const { engine, inspections } = inspecting('a');
    engine.answers.inspect = async () => detail('b');
    inspections.start();
    await settled();
    expect([engine.takeAsked(), inspections.problem?.code]).toEqual([['inspect a'], 'ENGINE_ANSWER_INVALID']);
  });

  it('is done while it inspects again what it knows, and not where that is news or from before it began', async () => {
    const { clock, engine, feed, inspections } = inspecting('a', 'b');
    inspections.start();
    await settled();
    engine.answers.inspect = never;
    await clock.advance(10);
    feed({ type: 'unheard', at: at(10) });
    inspections.start();
    const again = [engine.takeAsked().slice(2), inspections.done];
    feed(event('a', 'die', 10, { exitCode: '1' }));
    expect([again, inspections.done]).toEqual([[['inspect a', 'inspect b'], true], false]);
  });

  it('is not done with what was inspected over another connection', async () => {
    const { clock, engine, feed, begin, inspections } = inspecting('a');
    inspections.start();
    await settled();
    feed({ type: 'disconnected' });
    await clock.advance(10);
    const next = begin();
    const before = next.done;
    next.start();
    await settled();
    expect([before, next.done, engine.takeAsked()]).toEqual([false, true, ['inspect a', 'inspect a']]);
  });

  it('lets go of everything when it is told to stop', async () => {
    const { engine, stop, inspections, settledTimes } = inspecting('a', 'b');
    engine.answers.inspect = never;
    inspections.start();
    stop.abort();
    await inspections.finished();
    inspections.start();
    expect([[...engine.open], engine.takeAsked(), inspections.problem, settledTimes()]).toEqual([
      [],
      ['inspect a', 'inspect b'],
      null,
      0,
    ]);
  });
});
