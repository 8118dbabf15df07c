import { afterEach, describe, expect, it } from 'vitest';
import { settled } from '../kernel/clock.fixture.ts';
import { AppError } from '../kernel/errors.ts';
import { never } from './engine.fixture.ts';
import { reading, stopReading } from './host-reader.fixture.ts';

afterEach(stopReading);

describe('HostReader, of what it may have missed,', () => {
  it('tells of a hung engine within 8 s, and reads and follows it as soon as it answers', async () => {
    const { clock, engine, told, stream, asked, facts } = reading(['a']);
    await clock.advance(20_000);
    told.length = 0;
    const works = { ...engine.answers };
    engine.answers = {
      ping: never,
      list: never,
      inspect: never,
      networks: never,
      sample: never,
      events: never,
      change: never,
      logs: never,
    };
    stream().fail(new AppError('ENGINE_UNREACHABLE', 'Gone.'));
    await clock.advance(8_000);
    expect(told).toEqual(['ENGINE_TIMEOUT']);
    asked();
    engine.answers = works;
    // Two pings a moment later: the one under way, and the next.
    await clock.advance(7_500);
    expect([
      told.slice(-1),
      asked()
        .filter((question) => !question.startsWith('events'))
        .slice(0, 1),
    ]).toEqual([['answers'], ['list']]);
    // Seen after the silence, though the list says what it said before.
    expect(facts().containers.get('a')?.inspectedAt?.monotonic).toBeGreaterThanOrEqual(28_000);
  });

  it('blames a list that comes too late on the engine only where something else has come over the link', async () => {
    const { clock, engine, link, told } = reading(['a']);
    await clock.advance(0);
    engine.answers.list = () => Promise.reject(new AppError('ENGINE_TIMEOUT', 'The list came too late.'));
    link.quietMs = 6_000;
    told.length = 0;
    await clock.advance(10_000);
    link.quietMs = 2_000;
    await clock.advance(10_000);
    expect(told.filter((what) => /^[A-Z]/.test(what))).toEqual(['CONNECTION_LOST', 'ENGINE_TIMEOUT']);
  });

  it('makes good what an engine lost while it was hung and its event stream stayed open', async () => {
    const { clock, engine, told, asked } = reading(['a', 'b']);
    await clock.advance(20_000);
    told.length = 0;
    asked();
    const works = { ...engine.answers };
    const late = Promise.withResolvers<void>();
    const held = <T>(answer: () => Promise<T>) => late.promise.then(answer);
    engine.answers = { ...works, ping: () => held(works.ping), list: () => held(works.list), sample: never };
    await clock.advance(9_000);
    const hung = [...told];
    engine.answers = works;
    late.resolve();
    await clock.advance(2_500);
    expect([hung, told.at(-1), asked().filter((question) => question.startsWith('inspect'))]).toEqual([
      ['ENGINE_TIMEOUT'],
      'answers',
      ['inspect a', 'inspect b'],
    ]);
  });

  it('inspects every container again within 5 min although nothing tells of a change, a share at a time', async () => {
    const ids = Array.from({ length: 90 }, (_, n) => `c${n}`);
    const { clock, asked, facts } = reading(ids);
    await clock.advance(1_000);
    const inspects = () => asked().filter((question) => question.startsWith('inspect'));
    inspects();
    const rounds: number[] = [];
    const seen = new Set<string>();
    for (let ms = 10_000; ms <= 300_000; ms += 10_000) {
      await clock.advance(ms - clock.monotonic());
      const round = inspects();
      rounds.push(round.length);
      for (const question of round) seen.add(question);
    }
    const ages = [...facts().containers.values()].map(({ inspectedAt }) => 300_000 - (inspectedAt?.monotonic ?? 0));
    expect([rounds.slice(0, 14), Math.max(...rounds), seen.size, Math.max(...ages) <= 150_000]).toEqual([
      Array(14).fill(0),
      6,
      90,
      true,
    ]);
  });

  it('has read a host whose containers are only being inspected once more', async () => {
    const networks = Promise.withResolvers<void>();
    const { clock, engine, stream, told, facts } = reading(['a', 'b'], (fake) => {
      fake.answers.networks = () => networks.promise.then(() => []);
    });
    await clock.advance(100);
    engine.answers.inspect = never;
    stream().end();
    // Opened again, so that both are to be inspected again.
    await clock.advance(2_000);
    const waiting = [...facts().toInspect];
    networks.resolve();
    await settled();
    // Load comes after the first verdicts.
    await clock.advance(1_000);
    expect([waiting, told.filter((what) => what.includes('inspected'))]).toEqual([
      ['a', 'b'],
      ['listed,inspected', 'listed,inspected,loaded'],
    ]);
  });

  it('opens the event stream at once when a failing engine is back, however long it would have waited', async () => {
    const { clock, engine, told, asked, stream } = reading(['a']);
    await clock.advance(20_000);
    const works = { ...engine.answers };
    const gone = () => Promise.reject(new AppError('ENGINE_UNREACHABLE', 'Gone.'));
    engine.answers = {
      ping: gone,
      list: gone,
      inspect: gone,
      networks: gone,
      sample: gone,
      events: gone,
      change: gone,
      logs: gone,
    };
    told.length = 0;
    stream().end();
    await settled();
    expect(told).toEqual(['ENGINE_UNREACHABLE']);
    await clock.advance(40_000);
    asked();
    engine.answers = works;
    await clock.advance(2_500);
    expect([told.at(-1), asked().filter((question) => question.startsWith('events'))]).toEqual([
      'answers',
      ['events -605000'],
    ]);
  });
});
