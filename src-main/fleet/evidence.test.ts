import { describe, expect, it } from 'vitest';
import type { ContainerDetail } from '../engine/model.ts';
import { evidenceOf, isProvisional } from './evidence.ts';
import { detail, engineAt, event, factsAfter, inspected, listed, summary } from './facts.fixture.ts';
import type { FactInput } from './facts-reducer.ts';

function evidence(...inputs: readonly FactInput[]) {
  const a = factsAfter(...inputs).containers.get('a');
  if (a === undefined) throw new Error('there is no container a');
  return {
    ...evidenceOf(a, { oneOff: false, engineNow: engineAt(1_000), memoryBytes: 300, planned: [] }),
    provisional: isProvisional(a),
  };
}

function known(over: Partial<ContainerDetail> = {}): readonly FactInput[] {
  return [listed(0, summary('a')), inspected(1, detail('a', over))];
}

const ALWAYS = { restartPolicy: { name: 'always', maximumRetries: 0 } } as const;
const ON_FAILURE = { restartPolicy: { name: 'on-failure', maximumRetries: 0 } } as const;
const dies = (exitCode: string) => event('a', 'die', 20, { exitCode });

describe('evidenceOf', () => {
  it('is what list, inspect and load say', () => {
    const inputs = known({ health: 'unhealthy', healthOutput: '503', memoryLimitBytes: 512, ...ALWAYS });
    expect(evidence(...inputs)).toEqual({
      state: 'running',
      exitCode: null,
      health: 'unhealthy',
      healthOutput: '503',
      error: null,
      oomKilled: false,
      restartPolicy: 'always',
      oneOff: false,
      createdAt: engineAt(-86_400_000),
      removingSince: null,
      memoryBytes: 300,
      memoryLimitBytes: 512,
      restarts: { times: 0, spanMs: 0 },
      lastDeath: null,
      outOfMemory: null,
      provisional: false,
    });
  });

  it('of a list alone leaves open what it does not tell', () => {
    expect(evidence(listed(0, summary('a', { state: 'exited', exitCode: 137 })))).toMatchObject({
      state: 'exited',
      exitCode: 137,
      health: null,
      oomKilled: false,
      restartPolicy: null,
      memoryLimitBytes: null,
      provisional: true,
    });
  });

  it.each<[what: string, inputs: readonly FactInput[], state: string]>([
    ['policy always', [...known(ALWAYS), dies('0')], 'restarting'],
    [
      'policy always, after docker stop',
      [...known(ALWAYS), event('a', 'kill', 19, { signal: '15' }), dies('0')],
      'exited',
    ],
    ['policy always, after podman stop', [...known(ALWAYS), dies('0'), event('a', 'stop', 21)], 'exited'],
    ['policy on-failure, failed', [...known(ON_FAILURE), dies('1')], 'restarting'],
    ['policy on-failure, done', [...known(ON_FAILURE), dies('0')], 'exited'],
    [
      'policy on-failure, retries used up',
      [...known({ restartPolicy: { name: 'on-failure', maximumRetries: 3 }, restartCount: 3 }), dies('1')],
      'exited',
    ],
    ['policy no', [...known(), dies('1')], 'exited'],
    ['a policy not known', [listed(0, summary('a')), dies('1')], 'exited'],
    [
      'policy always, and inspected since',
      [...known(ALWAYS), dies('1'), inspected(30, detail('a', { ...ALWAYS, state: 'exited' }))],
      'exited',
    ],
  ])('after a die takes a container with %s for %s', (_, inputs, state) => {
    expect(evidence(...inputs).state).toBe(state);
  });

  it('takes an oom before a die for OOMKilled until an inspect decides', () => {
    const inputs = [...known(), event('a', 'oom', 19), dies('137')];
    const decided = inspected(30, detail('a', { state: 'exited', exitCode: 137, oomKilled: false }));
    expect([evidence(...inputs), evidence(...inputs, decided)].map(({ oomKilled }) => oomKilled)).toEqual([
      true,
      false,
    ]);
  });

  it('forgets the OOMKilled of a run that is over', () => {
    expect(evidence(...known({ oomKilled: true })).oomKilled).toBe(false);
    const before = inspected(1, detail('a', { state: 'exited', oomKilled: true }));
    expect(evidence(listed(0, summary('a')), before, event('a', 'start', 10), dies('1')).oomKilled).toBe(false);
  });

  it('counts restarts that were asked for while its health check does not pass, and only then', () => {
    const restart = (ms: number) => [
      event('a', 'kill', ms, { signal: '15' }),
      event('a', 'die', ms + 1, { exitCode: '143' }),
      event('a', 'stop', ms + 2),
      event('a', 'start', ms + 3),
    ];
    const thrice = [...restart(20), ...restart(30), ...restart(40)];
    const times = (...inputs: readonly FactInput[]) => evidence(...inputs).restarts.times;
    const checked = known({ health: 'healthy' });
    expect({
      starting: times(...checked, ...thrice),
      unhealthy: times(...checked, ...thrice, event('a', 'health_status: unhealthy', 50)),
      healthy: times(...checked, ...thrice, event('a', 'health_status: healthy', 50)),
      stopped: times(...checked, ...thrice, event('a', 'die', 60), event('a', 'stop', 61)),
      unchecked: times(...known(), ...thrice),
    }).toEqual({ starting: 3, unhealthy: 3, healthy: 0, stopped: 0, unchecked: 0 });
  });

  it('has the exit code of the run before for a container that runs again', () => {
    expect(evidence(...known(ALWAYS), dies('9'), event('a', 'start', 21)).exitCode).toBe(9);
  });
});

describe('isProvisional', () => {
  it.each<[what: string, input: FactInput, provisional: boolean]>([
    ['a die', dies('1'), true],
    ['another health', event('a', 'health_status: unhealthy', 20), true],
    ['the same health', event('a', 'health_status: healthy', 20), false],
    ['a list that says the same', listed(20, summary('a')), false],
    ['a list that says otherwise', listed(20, summary('a', { state: 'paused' })), true],
    ['a signal', event('a', 'kill', 20, { signal: '15' }), false],
  ])('after %s', (_, input, provisional) => {
    expect(evidence(...known({ health: 'healthy' }), input).provisional).toBe(provisional);
  });
});
