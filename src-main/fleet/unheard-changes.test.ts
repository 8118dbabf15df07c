import { describe, expect, it } from 'vitest';
import type { ContainerDetail, ContainerSummary } from '../engine/model.ts';
import { at, detail, ENGINE_ZERO, engineAt, engineEvent, inspected, listed, summary } from './facts.fixture.ts';
import { emptyFacts, type FactInput, reduceFacts } from './facts-reducer.ts';
import { UnheardChanges } from './unheard-changes.ts';

/** A host on which there is this at 0, as was seen. */
function followed(there: readonly ContainerSummary[] = []) {
  const unheard = new UnheardChanges();
  let facts = emptyFacts();
  const clockOffsetMs = ENGINE_ZERO - at(0).wall;
  const read = (...inputs: readonly FactInput[]) => {
    for (const input of inputs) {
      facts = reduceFacts(facts, input);
      if (input.type === 'listed') unheard.listed(facts, clockOffsetMs);
    }
  };
  const compare = (ms: number) => {
    const context = { heardBy: ms - 2_000, now: at(ms), clockOffsetMs, listsOnly: false };
    return unheard.compare(facts, context).found.map(({ event }) => `${event.at - ENGINE_ZERO} ${event.action}`);
  };
  /** Whether it is news. */
  const hear = (action: string, ms: number) => {
    read({ type: 'event', at: at(ms), event: engineEvent('a', action, ms) });
    return unheard.hear(engineEvent('a', action, ms));
  };
  const look = (ms: number, over: Partial<ContainerDetail>) => {
    const { state = 'running', exitCode = null } = over;
    const createdAt = engineAt(10_000);
    read(listed(ms, summary('a', { createdAt, state, exitCode: state === 'exited' ? exitCode : null })));
    read({ type: 'recheck', ids: ['a'] }, inspected(ms, detail('a', { createdAt, ...over })));
  };
  read(listed(0, ...there));
  return { read, compare, hear, look };
}

const started = (ms: number): Partial<ContainerDetail> => ({ startedAt: engineAt(ms) });

describe('what was not heard of', () => {
  it('is told of a new container however often that is read before its events had time to come', () => {
    const { compare, look } = followed();
    look(13_000, started(10_000));
    expect(compare(14_000)).toEqual([]);
    look(15_000, started(10_000));
    expect([compare(16_000), compare(18_000)]).toEqual([[], ['10000 create', '10000 start']]);
  });

  it('is not told of what the first list shows: that may have been there before', () => {
    const { compare, look } = followed([summary('a', { createdAt: engineAt(-1_000) })]);
    look(1_000, started(-1_000));
    expect(compare(3_500)).toEqual([]);
  });

  it('is not told again where its events come after all', () => {
    const { compare, hear, look } = followed();
    look(13_000, started(10_000));
    compare(15_500);
    expect([hear('create', 10_000), hear('start', 10_001)]).toEqual([false, false]);
  });

  it.each([
    ['an end', 12_900, 'die'],
    ['an end after it was read, whose clock is another', 13_500, 'die'],
    ['a removal', 12_900, 'destroy'],
  ])('does not hide what comes late and was not told: %s', (_, ms, action) => {
    const { compare, hear, look } = followed();
    look(13_000, started(10_000));
    compare(15_500);
    expect(hear(action, ms)).toBe(true);
  });

  it('does not hide what follows upon that, either', () => {
    const { compare, hear, look } = followed();
    look(13_000, started(12_800));
    compare(15_500);
    const late = [hear('start', 12_801), hear('die', 12_900), hear('start', 12_950), hear('die', 13_000)];
    expect(late).toEqual([false, true, true, true]);
  });

  it('hides an end that was told, and not the start after it', () => {
    const { compare, hear, look } = followed();
    look(13_000, { ...started(12_000), state: 'exited', finishedAt: engineAt(12_900), exitCode: 1 });
    expect(compare(15_500)).toEqual(['10000 create', '12000 start', '12900 die']);
    expect([hear('die', 12_920), hear('stop', 12_930), hear('start', 13_100)]).toEqual([false, false, true]);
  });

  it('counts no restart twice: those that were told are not among those that were heard since', () => {
    const { compare, hear, look } = followed();
    look(20_000, { ...started(19_000), finishedAt: engineAt(18_900), restartCount: 2 });
    expect(compare(22_500)).toEqual(['10000 create', '19000 start']);
    for (const ms of [10_000, 17_000, 19_000]) hear('start', ms);
    look(40_000, { ...started(39_000), finishedAt: engineAt(38_900), restartCount: 3 });
    expect(compare(42_500)).toEqual(['39000 start']);
  });

  it('counts the restarts heard of before a list shows the container', () => {
    const { compare, hear, look } = followed();
    for (const ms of [10_000, 11_000, 12_000]) {
      if (ms > 10_000) hear('die', ms);
      hear('start', ms + 1);
    }
    hear('create', 10_000);
    compare(12_100);
    look(12_200, { ...started(12_000), finishedAt: engineAt(12_000), restartCount: 2 });
    expect(compare(14_500)).toEqual([]);
  });
});
