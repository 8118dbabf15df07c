import { describe, expect, it } from 'vitest';
import type { ContainerDetail } from '../engine/model.ts';
import { detail, engineAt, event, factsAfter, inspected, listed, summary } from './facts.fixture.ts';
import type { FactInput } from './facts-reducer.ts';
import type { ContainerFacts } from './model.ts';
import { rebuiltEvents } from './rebuilt-events.ts';

/** Of container `a`, which was inspected at 0; `later` is all that was heard and read of it since. */
function rebuilt(was: Partial<ContainerDetail> | null, later: readonly FactInput[], engineRestarted = false): string[] {
  const before = was === null ? [listed(0)] : [listed(0, summary('a')), inspected(0, detail('a', was))];
  const facts = factsAfter(...before);
  const now = factsAfter(...before, ...later).containers.get('a') as ContainerFacts;
  const times = (action: string) =>
    later.filter((input) => input.type === 'event' && input.event.action === action).length;
  const heard = { starts: times('start'), ends: times('die') };
  const explained = { facts: facts.containers.get('a') ?? null, at: engineAt(0) };
  const events = rebuiltEvents(explained, now, { heard, foundAt: engineAt(100_000), engineRestarted });
  return events.map(({ action, at, attributes }) => {
    const told = Object.entries(attributes).map(([name, text]) => `${name}=${text}`);
    return [at - engineAt(0), action, ...told].join(' ');
  });
}

const RUNNING: Partial<ContainerDetail> = { startedAt: engineAt(-60_000), restartCount: 0 };
/** Found at 100 s. */
const found = (over: Partial<ContainerDetail>): FactInput[] => {
  const { state = 'running', exitCode = null } = over;
  return [listed(100_000, summary('a', { state, exitCode })), inspected(100_000, detail('a', { ...RUNNING, ...over }))];
};
const at = engineAt;
const always = { name: 'always', maximumRetries: 0 } as const;

describe('what must have happened while nothing was heard', () => {
  it.each<[string, string[], Partial<ContainerDetail> | null, FactInput[]]>([
    ['nothing', [], RUNNING, found({})],
    [
      'its policy restarted it three times',
      ['90000 start by=engine restarts=3'],
      RUNNING,
      found({ restartCount: 3, startedAt: at(90_000), finishedAt: at(89_000) }),
    ],
    [
      'its policy restarted it twice more than before',
      ['90000 start by=engine restarts=2'],
      { ...RUNNING, restartCount: 5 },
      found({ restartCount: 7, startedAt: at(90_000), finishedAt: at(89_000) }),
    ],
    [
      'somebody started it anew, and its policy restarted it once since',
      ['90000 start by=engine restarts=1'],
      { ...RUNNING, restartCount: 5 },
      found({ restartCount: 1, startedAt: at(90_000), finishedAt: at(89_000) }),
    ],
    [
      'its policy gave up after three tries',
      ['90000 start by=engine restarts=3', '95000 die exitCode=1'],
      RUNNING,
      found({ state: 'exited', restartCount: 3, startedAt: at(90_000), finishedAt: at(95_000), exitCode: 1 }),
    ],
    ['it ended', ['50000 die exitCode=3'], RUNNING, found({ state: 'exited', finishedAt: at(50_000), exitCode: 3 })],
    [
      'somebody stopped it, for its policy would have started it again',
      ['50000 die exitCode=137 by=somebody'],
      { ...RUNNING, restartPolicy: always },
      found({ state: 'exited', finishedAt: at(50_000), exitCode: 137, restartPolicy: always }),
    ],
    [
      'it ran out of memory',
      ['50000 oom', '50000 die exitCode=137'],
      RUNNING,
      found({ state: 'exited', finishedAt: at(50_000), exitCode: 137, oomKilled: true }),
    ],
    [
      'it died, and came back long after',
      ['50000 die', '80000 start by=somebody'],
      RUNNING,
      found({ startedAt: at(80_000), finishedAt: at(50_000), exitCode: 0 }),
    ],
    [
      'it was restarted',
      ['50500 restart by=somebody'],
      RUNNING,
      found({ startedAt: at(50_500), finishedAt: at(50_000) }),
    ],
    [
      'it was started',
      ['80000 start by=somebody'],
      { ...RUNNING, state: 'exited', finishedAt: at(-50_000) },
      found({ startedAt: at(80_000), finishedAt: at(-50_000) }),
    ],
    [
      'it was started, and ended again',
      ['80000 start by=somebody', '81000 die exitCode=2'],
      { ...RUNNING, state: 'exited', finishedAt: at(-50_000) },
      found({ state: 'exited', startedAt: at(80_000), finishedAt: at(81_000), exitCode: 2 }),
    ],
    [
      'it is new, and runs',
      ['70000 create', '80000 start by=somebody'],
      null,
      [
        listed(100_000, summary('a', { createdAt: at(70_000) })),
        inspected(100_000, detail('a', { createdAt: at(70_000), startedAt: at(80_000) })),
      ],
    ],
    [
      'it is new, and was never started',
      ['70000 create'],
      null,
      [
        listed(100_000, summary('a', { createdAt: at(70_000), state: 'created' })),
        inspected(100_000, detail('a', { createdAt: at(70_000), startedAt: null, state: 'created' })),
      ],
    ],
    [
      'an engine keeps no time of its end',
      ['80000 start by=somebody'],
      RUNNING,
      found({ startedAt: at(80_000), finishedAt: null }),
    ],
  ])('%s', (_, expected, was, later) => {
    expect(rebuilt(was, later)).toEqual(expected);
  });

  it.each<[string, string[], FactInput[]]>([
    [
      'its end',
      [],
      [
        event('a', 'die', 50_020, { exitCode: '3' }),
        ...found({ state: 'exited', finishedAt: at(50_000), exitCode: 3 }),
      ],
    ],
    [
      'its restart',
      [],
      [
        event('a', 'die', 50_010),
        event('a', 'start', 50_510),
        ...found({ startedAt: at(50_500), finishedAt: at(50_000) }),
      ],
    ],
    [
      'one of three restarts: the others come before it',
      ['88999 start by=engine restarts=2'],
      [
        event('a', 'die', 89_000),
        event('a', 'start', 90_000),
        ...found({ restartCount: 3, startedAt: at(90_000), finishedAt: at(89_000) }),
      ],
    ],
    [
      'each of three restarts, the last of which is under way',
      [],
      [
        ...[1, 2].flatMap((n) => [event('a', 'die', 89_000 + n * 100), event('a', 'start', 89_050 + n * 100)]),
        event('a', 'die', 89_400),
        ...found({ restartCount: 3, startedAt: at(89_250), finishedAt: at(89_400), state: 'restarting' }),
      ],
    ],
    [
      'an end, and not another soon after it',
      ['52000 die exitCode=3'],
      [
        event('a', 'die', 50_010),
        event('a', 'start', 51_000),
        ...found({ state: 'exited', startedAt: at(51_000), finishedAt: at(52_000), exitCode: 3 }),
      ],
    ],
    [
      'the end of what its policy had restarted',
      ['90000 start by=engine restarts=1'],
      [
        event('a', 'die', 95_000),
        ...found({ state: 'exited', restartCount: 1, startedAt: at(90_000), finishedAt: at(95_000), exitCode: 1 }),
      ],
    ],
    [
      'an end, and a restart that somebody did not let begin',
      [],
      [event('a', 'die', 95_000), ...found({ state: 'exited', restartCount: 1, finishedAt: at(95_000), exitCode: 1 })],
    ],
    [
      'an end before it, and not that it was started',
      ['80000 start by=somebody'],
      [event('a', 'die', 50_000), ...found({ startedAt: at(80_000), finishedAt: at(50_000) })],
    ],
  ])('that was heard is not told again: %s', (_, expected, later) => {
    expect(rebuilt(RUNNING, later)).toEqual(expected);
  });

  it('is restarts before those that were heard, and after the start by hand', () => {
    const ended = { ...RUNNING, state: 'exited', finishedAt: at(-50_000) } as const;
    const heard = [event('a', 'start', 80_000), event('a', 'die', 85_000), event('a', 'start', 86_000)];
    const restarted = found({ startedAt: at(86_000), finishedAt: at(85_000), restartCount: 2 });
    expect(rebuilt(ended, [...heard, ...restarted])).toEqual(['84999 start by=engine restarts=1']);
  });

  it('is a restart of its policy beside the start by hand that was heard', () => {
    const ended = { ...RUNNING, state: 'exited', finishedAt: at(-50_000) } as const;
    const restarted = found({ startedAt: at(81_000), finishedAt: at(81_000), restartCount: 1 });
    expect(rebuilt(ended, [event('a', 'start', 80_000), ...restarted])).toEqual(['81000 start by=engine restarts=1']);
  });

  it('is laid to the engine where nothing of what ran goes on running', () => {
    const later = found({ startedAt: at(80_000), finishedAt: at(50_000) });
    expect([
      rebuilt(RUNNING, later, true),
      rebuilt(RUNNING, found({ startedAt: at(50_500), finishedAt: at(50_000) }), true),
    ]).toEqual([['50000 die', '80000 start by=engine'], ['50500 restart by=engine']]);
  });

  it.each<[string, string[], FactInput[]]>([
    ['ended', ['100000 die exitCode=4'], [listed(90_000, summary('a', { state: 'exited', exitCode: 4 }))]],
    ['goes on', [], [listed(90_000, summary('a'))]],
    [
      'ended, as was heard',
      [],
      [event('a', 'die', 50_000, { exitCode: '4' }), listed(90_000, summary('a', { state: 'exited', exitCode: 4 }))],
    ],
  ])('is what lists show where nothing may be inspected: it %s', (_, expected, later) => {
    const before = [listed(0, summary('a'))];
    const facts = factsAfter(...before).containers.get('a') as ContainerFacts;
    const now = factsAfter(...before, ...later).containers.get('a') as ContainerFacts;
    const heard = { starts: 0, ends: later[0]?.type === 'event' ? 1 : 0 };
    const events = rebuiltEvents({ facts, at: at(0) }, now, { heard, foundAt: at(100_000), engineRestarted: false });
    expect(
      events.map((each) =>
        [each.at - at(0), each.action, ...Object.entries(each.attributes).map((e) => e.join('='))].join(' '),
      ),
    ).toEqual(expected);
  });
});
