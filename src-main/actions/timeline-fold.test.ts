import { describe, expect, it } from 'vitest';
import { fold } from './timeline-fold.ts';
import { type Heard, isOfTimeline } from './timeline-groups.ts';

const RUN = '00000000-0000-4000-9000-000000000001';
const ID = 'a1'.padEnd(64, '0');

/** `time action argument`, as in `0.1 kill 15`, `2 die 137`, `3 health_status: healthy`; `!` marks one that a run of ours caused. */
function heard(...lines: readonly string[]): Heard[] {
  return lines.map((line) => {
    const [time = '', ...words] = line.replace('!', '').split(' ');
    const [action = '', argument = ''] = words[0] === 'health_status:' ? [words.join(' ')] : words;
    const at = Number(time) * 1_000;
    const attributes: Record<string, string> =
      action === 'kill' ? { signal: argument } : action === 'die' ? { exitCode: argument } : {};
    const timeNano = `${1_700_000_000_000 + at}000000`;
    const event = { type: 'container' as const, action, id: ID, at: 1_700_000_000_000 + at, timeNano, attributes };
    return { seen: 'event', event, at, run: line.includes('!') ? RUN : null };
  });
}

/** `kind by: text`. */
function told(...lines: readonly string[]): string[] {
  return fold(heard(...lines)).map(({ kind, by, text }) => `${kind} ${by}: ${text}`);
}

const TABLE: readonly (readonly [string, readonly string[], readonly string[]])[] = [
  ['docker stop', ['0 kill 15', '1 die 0', '1.01 stop'], ['stopped outside: Stopped']],
  [
    'docker stop that has to kill',
    ['0 kill 15', '10 kill 9', '10.1 die 137', '10.2 stop'],
    ['stopped outside: Stopped; it had to be killed'],
  ],
  ['a stop still in its grace', ['0 kill 15'], []],
  ['docker kill', ['0 kill 9', '0.1 die 137'], ['killed outside: Killed']],
  ['docker kill -s TERM', ['0 kill 15', '0.1 die 143'], ['stopped outside: Stopped']],
  ['docker kill -s HUP', ['0 kill HUP', '1 kill 1', '2 kill 10', '3 kill SIGUSR2'], []],
  ['a reload, and an end long after it', ['0 kill HUP', '60 die 1'], ['exited itself: Exited with 1']],
  [
    'a signal that was ignored, and an end long after it',
    ['0 kill 15', '3600 die 1'],
    ['exited itself: Exited with 1'],
  ],
  [
    'docker restart',
    ['0 kill 15', '1 die 0', '1.01 stop', '1.2 start', '1.21 restart'],
    ['restarted outside: Restarted'],
  ],
  ['docker restart of what was stopped', ['0 start', '0.1 restart'], ['started outside: Started']],
  [
    'a restart of ours',
    ['0 kill 15 !', '1 die 0 !', '1.01 stop !', '1.2 start !', '1.21 restart !'],
    ['restarted binnacle: Restarted'],
  ],
  [
    'a restart of ours whose start comes late',
    ['0 kill 15 !', '60 kill 9 !', '60.1 die 137 !', '60.2 stop !', '64 start !', '64.1 restart !'],
    ['restarted binnacle: Restarted; it had to be killed'],
  ],
  ['a stop of ours', ['0 kill 15 !', '1 die 0 !', '1.01 stop !'], ['stopped binnacle: Stopped']],
  ['a start of ours', ['0 start !'], ['started binnacle: Started']],
  [
    'docker stop, then docker start',
    ['0 kill 15', '1 die 0', '1.01 stop', '5 start'],
    ['stopped outside: Stopped', 'started outside: Started'],
  ],
  [
    'a crash, and its restart policy',
    ['0 die 1', '0.2 start', '3 die 137', '3.4 start'],
    [
      'exited itself: Exited with 1',
      'started itself: Started again by its engine',
      'exited itself: Exited with 137',
      'started itself: Started again by its engine',
    ],
  ],
  [
    'an end by itself, and a start long after it',
    ['0 die 0', '3600 start'],
    ['exited itself: Exited with 0', 'started outside: Started'],
  ],
  [
    'an end by itself, and a start of ours soon after it',
    ['0 die 1', '9 start !'],
    ['exited itself: Exited with 1', 'started binnacle: Started'],
  ],
  [
    'a crash after a restart of ours, within its time',
    ['0 kill 15 !', '1 die 0 !', '1.01 stop !', '1.2 start !', '1.21 restart !', '2 die 3 !', '2.1 start !'],
    ['restarted binnacle: Restarted', 'exited itself: Exited with 3', 'started itself: Started again by its engine'],
  ],
  [
    'out of memory',
    ['0 oom', '0.1 die 137'],
    ['out-of-memory itself: Out of memory', 'exited itself: Exited with 137'],
  ],
  [
    'health, which Podman tells at every check',
    [
      '0 start',
      '1 health_status: starting',
      '5 health_status: healthy',
      '10 health_status: healthy',
      '15 health_status: unhealthy',
      '20 health_status: unhealthy',
      '25 health_status: healthy',
    ],
    ['started outside: Started', 'healthy itself: Healthy', 'unhealthy itself: Unhealthy', 'healthy itself: Healthy'],
  ],
  [
    'health after a restart, which begins anew',
    [
      '0 health_status: healthy',
      '9 kill 15',
      '9.1 die 0',
      '9.2 stop',
      '9.3 start',
      '9.4 restart',
      '20 health_status: healthy',
    ],
    ['healthy itself: Healthy', 'restarted outside: Restarted', 'healthy itself: Healthy'],
  ],
  ['pause and unpause', ['0 pause', '5 unpause'], ['paused outside: Paused', 'unpaused outside: Unpaused']],
  [
    'docker compose up --force-recreate, of the new one',
    ['0 create', '1 start'],
    ['created outside: Created', 'started outside: Started'],
  ],
  [
    'docker compose down',
    ['0 kill 15', '1 die 0', '1.01 stop', '1.1 destroy'],
    ['stopped outside: Stopped', 'removed outside: Removed'],
  ],
  [
    'docker run --rm that has ended',
    ['0 create', '0.1 start', '5 die 0', '5.1 destroy'],
    [
      'created outside: Created',
      'started outside: Started',
      'exited itself: Exited with 0',
      'removed itself: Removed by its engine once it had ended',
    ],
  ],
  ['podman stop, which tells of it first', ['0 stop', '0.4 die 0'], ['stopped outside: Stopped']],
  ['podman stop, which tells of it last', ['0 die 0', '0.4 stop'], ['stopped outside: Stopped']],
  [
    'podman restart, which tells of it first',
    ['0 restart', '0.4 die 0', '0.9 start'],
    ['restarted outside: Restarted'],
  ],
  [
    'two ends whose start between them was not heard of',
    ['0 die 1', '1 die 2'],
    ['exited itself: Exited with 1', 'exited itself: Exited with 2'],
  ],
  ['podman remove', ['0 remove'], ['removed outside: Removed']],
  ['a death whose code is no number', ['0 die x'], ['exited itself: Exited']],
  ['what is noise', ['0 exec_start', '1 attach', '2 top', '3 rename', '4 cleanup', '5 resize'], []],
];

describe('events become entries', () => {
  it.each(TABLE)('%s', (_, lines, expected) => {
    expect(told(...lines)).toEqual(expected);
  });

  it.each(TABLE)('in whatever order they are heard: %s', (_, lines) => {
    expect(told(...[...lines].reverse())).toEqual(told(...lines));
  });
});

it('an entry keeps its id while its events are still coming in', () => {
  const lines = ['0 kill 15', '1 die 0', '1.01 stop', '1.2 start', '1.21 restart'];
  const ids = [2, 3, 5].map((count) => fold(heard(...lines.slice(0, count))).map(({ id, kind }) => `${kind} ${id}`));
  const id = 'a10000000000.1700000000000000000.kill';
  expect(ids).toEqual([[`stopped ${id}`], [`stopped ${id}`], [`restarted ${id}`]]);
});

it('an entry names the run of ours, and is dated when that began to act', () => {
  expect(fold(heard('4 kill 15 !', '5 die 0 !', '5.01 stop'))).toMatchObject([{ run: RUN, at: 4_000 }]);
});

it('an event about a network is none of a container', () => {
  const [one] = heard('0 destroy');
  expect(isOfTimeline({ ...(one as Heard).event, type: 'network' })).toBe(false);
});
