import { afterEach, describe, expect, it } from 'vitest';
import { AppError } from '../kernel/errors.ts';
import { detail, summary } from './facts.fixture.ts';
import { reading, stopReading } from './host-reader.fixture.ts';

afterEach(stopReading);

type Denied = 'ping' | 'inspect' | 'networks' | 'sample' | 'events';

const denied = () => Promise.reject(new AppError('ENGINE_DENIED', '“it” is denied on this host (403): no.'));

/** A reader of an engine behind a policy. */
const behind = (what: readonly Denied[], ids: readonly string[] = ['a', 'b', 'c']) =>
  reading(ids, (engine) => {
    const sick = ids[1] ?? '';
    engine.containers[1] = summary(sick, { health: 'unhealthy' });
    engine.answers.inspect = async (id) => detail(id, { health: id === sick ? 'unhealthy' : 'none' });
    for (const each of what) engine.answers[each] = denied;
  });

const SAID: Readonly<Record<Denied, string>> = {
  ping: 'Round trips are not shown, and an engine that hangs is seen later',
  inspect: 'Verdicts rest on the list alone, without limits, restarts and what health checks say',
  networks: 'Subnets are not shown',
  sample: 'Load is not shown',
  events: 'Changes are seen within 10 s, not at once',
};
const ALL = Object.keys(SAID) as Denied[];
const said = (what: Denied) => `${SAID[what]}: “it” is denied on this host (403): no.`;

describe('HostReader, of an engine behind a policy,', () => {
  it.each(ALL)(
    'says once what is missing where %s is denied, reads the rest, and asks again at refreshes only',
    async (what) => {
      const { clock, engine, reader, told, problemChanges } = behind([what]);
      await clock.advance(2_000);
      const problems = reader.problems();
      expect([problems.map(({ code, message }) => [code, message]), told.at(-1)]).toEqual([
        [['ENGINE_DENIED', said(what)]],
        'listed,inspected,loaded',
      ]);
      expect(told.filter((each) => each.startsWith('ENGINE'))).toEqual([]);
      const changes = problemChanges();
      engine.takeAsked();
      await clock.advance(30_000);
      const asked = engine.takeAsked();
      const times = (question: string) => asked.filter((each) => each.startsWith(question)).length;
      const most = (question: Denied, usual: number) => (question === what ? 3 : usual);
      expect([
        [times('list'), times('networks'), times('events'), times('inspect') <= most('inspect', 0)],
        times('ping') === most('ping', 12),
        times('sample') === most('sample', 18),
        problemChanges() - changes,
        reader.problems().length,
      ]).toEqual([[3, 3, what === 'events' ? 3 : 0, true], true, true, 0, 1]);
    },
  );

  it.each(ALL)('reads it as ever once %s is allowed', async (what) => {
    const { clock, engine, reader, facts } = behind([what]);
    const works = behind([]).engine.answers;
    await clock.advance(15_000);
    Object.assign(engine.answers, { [what]: works[what] });
    if (what === 'inspect') engine.answers.inspect = works.inspect;
    await clock.advance(12_000);
    engine.takeAsked();
    await clock.advance(10_000);
    const asked = new Set(engine.takeAsked().map((question) => question.split(' ')[0]));
    expect([reader.problems(), asked.has('sample'), asked.has('ping'), facts().toInspect.size]).toEqual([
      [],
      true,
      true,
      0,
    ]);
  });

  it('shows what the list says of health where nothing may be inspected, and is read as far as it can be', async () => {
    const { clock, facts, told, compared } = behind(['inspect']);
    await clock.advance(5_000);
    expect([[...facts().containers.values()].map(({ id, health, detail }) => [id, health, detail]), told]).toEqual([
      [
        ['a', null, null],
        ['b', 'unhealthy', null],
        ['c', null, null],
      ],
      ['answers', 'listed', 'listed,inspected', 'listed,inspected,loaded'],
    ]);
    // What lists show is held against what is heard.
    expect(compared.at(-1)?.[1]).toBe(true);
  });

  it('works where all of them are denied, and asks for little', async () => {
    const { clock, engine, reader, told } = behind(
      ALL,
      Array.from({ length: 40 }, (_, index) => `c${index}`),
    );
    await clock.advance(1_000);
    const first = engine.takeAsked().length;
    await clock.advance(60_000);
    const asked = engine.takeAsked();
    const kinds = Object.fromEntries(
      ['list', 'networks', 'events', 'ping', 'inspect', 'sample'].map((kind) => [
        kind,
        asked.filter((question) => question.startsWith(kind)).length,
      ]),
    );
    expect([
      told.includes('listed,inspected,loaded'),
      reader
        .problems()
        .map(({ message }) => message)
        .sort(),
      first <= 60,
      kinds,
    ]).toEqual([true, ALL.map(said).sort(), true, { list: 6, networks: 6, events: 6, ping: 6, inspect: 6, sample: 6 }]);
  });

  it('is degraded where the list is denied: asked for at refreshes, with the pulse going on', async () => {
    const { clock, engine, reader, told, failures } = reading(['a'], (fake) => {
      fake.answers.list = denied;
    });
    await clock.advance(30_000);
    const asked = engine.takeAsked();
    const times = (kind: string) => asked.filter((question) => question.startsWith(kind)).length;
    expect([told, failures, times('list'), times('ping'), reader.problems()]).toEqual([
      ['ENGINE_DENIED'],
      ['Its containers are not shown: “it” is denied on this host (403): no.'],
      4,
      13,
      [],
    ]);
  });

  it('inspects the others where only some may not be', async () => {
    const ids = ['a', 'b', 'c', 'd'];
    const { clock, reader, facts } = reading(ids, (engine) => {
      const { inspect } = engine.answers;
      engine.answers.inspect = (id) => (id === 'a' ? denied() : inspect(id));
    });
    await clock.advance(30_000);
    const inspected = [...facts().containers.values()].filter(({ detail }) => detail !== null).map(({ id }) => id);
    expect([inspected, reader.problems().map(({ code }) => code)]).toEqual([['b', 'c', 'd'], ['ENGINE_DENIED']]);
  });
});
