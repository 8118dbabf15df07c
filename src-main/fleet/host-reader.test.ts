import { afterEach, describe, expect, it } from 'vitest';
import { settled } from '../kernel/clock.fixture.ts';
import { AppError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import { never } from './engine.fixture.ts';
import { engineAt, engineEvent, summary } from './facts.fixture.ts';
import { reading, stopReading } from './host-reader.fixture.ts';

afterEach(stopReading);

const denied = () => Promise.reject(new AppError('ENGINE_DENIED', 'Not allowed.'));
const broken = () => Promise.reject(new AppError('ENGINE_ERROR', 'It is broken.'));

describe('HostReader', () => {
  it('reads list, networks, events of the last minutes, every container, then loads; live before anything is told', async () => {
    const { clock, engine, told } = reading(['a', 'b']);
    await settled();
    const first = engine.takeAsked();
    await clock.advance(1_000);
    expect([first.slice(0, 3).sort(), first.slice(3), engine.takeAsked(), told]).toEqual([
      ['events -605000', 'list', 'networks'],
      ['ping', 'inspect a', 'inspect b', 'sample a', 'sample b'],
      ['sample a', 'sample b'],
      ['answers', 'listed', 'listed,inspected', 'listed,inspected,loaded'],
    ]);
    await clock.advance(8_999);
    engine.takeAsked();
    await clock.advance(1);
    expect(engine.takeAsked().filter((question) => !question.startsWith('sample'))).toEqual([
      'list',
      'networks',
      'ping',
    ]);
  });

  it('is not inspected before it knows the networks, or that it may not', async () => {
    const networks = Promise.withResolvers<never>();
    const { told, reader } = reading(['a'], (engine) => {
      engine.answers.networks = () => networks.promise;
    });
    await settled();
    expect(told).toEqual(['answers', 'listed']);
    networks.reject(new AppError('ENGINE_DENIED', 'Not allowed.'));
    await settled();
    expect([told.at(-1), reader.problems().map(({ code }) => code)]).toEqual(['listed,inspected', ['ENGINE_DENIED']]);
  });

  it('lists again when the event stream ends; opened from the last event on, lists again and inspects all', async () => {
    const { clock, asked, stream, state } = reading(['a', 'b']);
    await clock.advance(20_000);
    stream().push(engineEvent('a', 'die', 19_000, { exitCode: '0' }));
    await settled();
    asked();
    stream().end();
    await settled();
    const ended = asked();
    await clock.advance(999);
    const waiting = asked();
    await clock.advance(1);
    // A list that looks the same says nothing of what inspect alone shows.
    const inspects = ['inspect a', 'inspect b'];
    expect([ended, waiting, asked()]).toEqual([
      ['list', 'networks'],
      [],
      ['events 14000', 'list', 'networks', ...inspects],
    ]);
    stream().push(engineEvent('a', 'start', 21_000));
    await settled();
    expect([state('a'), asked()]).toEqual(['running', ['inspect a']]);
  });

  it('asks ever more slowly for a stream that never lasts, and says why; the lists go on', async () => {
    const { clock, engine, reader, asked } = reading([], (fake) => {
      fake.answers.events = broken;
    });
    await clock.advance(60_000);
    const events = asked().filter((question) => question.startsWith('events')).length;
    // After 2, 4, 8 and then 15 s each.
    expect([events, reader.problems().map(({ code }) => code)]).toEqual([7, ['ENGINE_ERROR']]);
    engine.answers.events = async () => undefined;
    await clock.advance(15_000);
    expect([asked().filter((question) => question === 'list').length, reader.problems()]).toEqual([2, []]);
  });

  it('tells of a line that is no event, and follows those after it', async () => {
    const { clock, stream, reader, asked } = reading(['a']);
    await clock.advance(100);
    asked();
    stream().unreadable(new AppError('ENGINE_ANSWER_INVALID', 'No event.'));
    stream().push(engineEvent('a', 'oom', 100));
    await settled();
    expect([asked(), reader.problems().map(({ code }) => code)]).toEqual([['inspect a'], ['ENGINE_ANSWER_INVALID']]);
  });

  it('inspects again where an event came while the answer was on its way', async () => {
    const answer = Promise.withResolvers<void>();
    const { clock, stream, asked, facts } = reading(['a'], (engine) => {
      const { inspect } = engine.answers;
      engine.answers.inspect = (id) => answer.promise.then(() => inspect(id));
    });
    await clock.advance(5);
    stream().push(engineEvent('a', 'die', 5, { exitCode: '3' }));
    await settled();
    const before = asked().filter((question) => question === 'inspect a');
    answer.resolve();
    await settled();
    expect([before, asked(), [...facts().toInspect]]).toEqual([['inspect a'], ['inspect a'], []]);
  });

  it('lists once for a burst of events of containers it does not know, and once more for those that came meanwhile', async () => {
    const { clock, engine, stream, asked, facts } = reading(['a']);
    await clock.advance(100);
    asked();
    const { list } = engine.answers;
    const answers: (() => void)[] = [];
    engine.answers.list = () => new Promise((resolve) => answers.push(() => void list().then(resolve)));
    engine.containers = [summary('a'), summary('b')];
    for (const action of ['create', 'start']) stream().push(engineEvent('b', action, 100));
    await settled();
    const burst = asked();
    await clock.advance(1);
    answers[0]?.();
    engine.containers = [summary('a'), summary('b'), summary('c')];
    stream().push(engineEvent('c', 'create', 101));
    await settled();
    answers[1]?.();
    await settled();
    expect([burst, asked(), answers.length, [...facts().containers.keys()], facts().relist]).toEqual([
      ['list', 'networks'],
      ['inspect b', 'list', 'networks', 'inspect c'],
      2,
      ['a', 'b', 'c'],
      false,
    ]);
  });

  it('does not list without end where the networks are refused', async () => {
    const { clock, stream, asked } = reading(['a'], (engine) => {
      engine.answers.networks = denied;
    });
    await clock.advance(100);
    stream().push(engineEvent('n', 'create', 100, {}, 'network'));
    await settled();
    asked();
    for (let ms = 101; ms < 110; ms += 1) {
      await clock.advance(1);
      stream().push(engineEvent('a', 'die', ms, { exitCode: '1' }));
      await settled();
    }
    expect(asked().filter((question) => question === 'list')).toEqual([]);
  });

  it('keeps events that come before the first list, within bounds, and takes them in after it', async () => {
    const list = Promise.withResolvers<void>();
    const { stream, asked, facts } = reading(['a'], (engine) => {
      const { list: answer } = engine.answers;
      engine.answers.list = () => list.promise.then(answer);
    });
    await settled();
    stream().push(engineEvent('a', 'oom', -60));
    for (let ms = 0; ms < limits.fleet.earlyEvents; ms += 1) stream().push(engineEvent('x', 'start', ms));
    stream().push(engineEvent('a', 'oom', -50));
    await settled();
    asked();
    list.resolve();
    await settled();
    expect([
      facts()
        .containers.get('a')
        ?.history.map((entry) => entry.at - engineAt(0)),
      asked(),
    ]).toEqual([
      // The one before it was one too many.
      [-50],
      // The stranger that no list shows is looked for once.
      ['inspect a', 'list', 'networks'],
    ]);
  });

  it('tells of a list that cannot be read and tries it again, soon and then less often', async () => {
    const { clock, engine, told, asked } = reading(['a'], (fake) => {
      fake.answers.list = broken;
    });
    await clock.advance(10_000);
    const { length } = asked().filter((question) => question === 'list');
    engine.answers.list = async () => engine.containers;
    await clock.advance(5_000);
    // At 0, 1, 3, 6 and 10 s.
    expect([length, told]).toEqual([5, ['ENGINE_ERROR', 'answers', 'listed', 'listed,inspected']]);
  });

  it('tells when its problems change, and not of each time they are the same', async () => {
    const { clock, engine, reader, problemChanges } = reading(['a'], (fake) => {
      fake.answers.networks = denied;
    });
    await clock.advance(1_000);
    const first = [problemChanges(), reader.problems().map(({ code }) => code)];
    engine.answers.networks = async () => [];
    engine.answers.inspect = denied;
    await clock.advance(10_000);
    const second = [problemChanges(), reader.problems()];
    engine.streams[0]?.push(engineEvent('a', 'update', 11_000));
    await settled();
    const third = [problemChanges(), reader.problems().map(({ code }) => code)];
    await clock.advance(5_000);
    expect([first, second, third, problemChanges()]).toEqual([
      [1, ['ENGINE_DENIED']],
      [2, []],
      [3, ['ENGINE_DENIED']],
      3,
    ]);
  });

  it('takes what is no AppError for a bug of its own, and says so', async () => {
    const { reader } = reading([], (engine) => {
      engine.answers.list = () => Promise.reject(new TypeError('a bug'));
    });
    await expect(reader.failed).resolves.toMatchObject({ code: 'INTERNAL' });
  });

  it('lets go of everything when it is disposed', async () => {
    const { clock, engine, reader, told } = reading(['a']);
    await settled();
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
    await clock.advance(10_000);
    engine.streams[0]?.push(engineEvent('b', 'create', 10_000));
    await settled();
    await clock.advance(1);
    told.length = 0;
    await reader[Symbol.asyncDispose]();
    expect([[...engine.open], clock.sleeping(), told, reader.problems()]).toEqual([[], [], [], []]);
  });
});
