import { describe, expect, test } from 'vitest';
import type { ContainerAction, Run, Unlock } from '#contract/actions.ts';
import type { ContainerState } from '#contract/fleet.ts';
import type { FleetContainer } from '#contract/updates.ts';
import { applyBatch } from './apply-batch.ts';
import { appAvailability, containerAvailability, type Surroundings } from './availability.ts';
import { ATLAS, anUnlock, aRun, container, host, snapshot } from './fleet.fixture.ts';
import { appKey, EMPTY_FLEET } from './fleet-state.ts';

const operated = host(ATLAS, { mode: 'operate' });
const around: Surroundings = {
  connected: true,
  host: operated,
  runs: [],
  unlocks: [],
  journal: { state: 'sound', problem: null, records: 1 },
};
const api = container('shop', 'api', { id: 'a'.repeat(64) });
const database = container('shop', 'postgres', { id: 'd'.repeat(64), protected: true, protection: 'database' });

function of(one: FleetContainer, action: ContainerAction, change: Partial<Surroundings> = {}): string {
  const { state, why } = containerAvailability(one, action, { ...around, ...change });
  return why === null ? state : `${state}: ${why}`;
}

const unlocked = (one: FleetContainer, change: Partial<Unlock> = {}) => [anUnlock({ containerId: one.id, ...change })];
const running = (change: Partial<Run> = {}) => [aRun({ state: 'running', containerIds: [api.id], ...change })];

describe('an action on a container', () => {
  test.each<[string, string, string]>([
    ['a running one', of(api, 'container.restart'), 'allowed'],
    ['a start needs no unlock', of({ ...database, state: 'exited' }, 'container.start'), 'allowed'],
    [
      'a database',
      of(database, 'container.stop'),
      'protected: It is recognised as a database. Unlock it first, with a reason.',
    ],
    [
      'by label',
      of({ ...api, protected: true, protection: 'label' }, 'container.stop'),
      'protected: Its label binnacle.protect=true protects it. Unlock it first, with a reason.',
    ],
    [
      'by the operator',
      of({ ...api, protected: true, protection: 'operator' }, 'container.restart'),
      'protected: You protect it. Unlock it first, with a reason.',
    ],
    ['unlocked', of(database, 'container.stop', { unlocks: unlocked(database) }), 'allowed'],
    [
      'unlocked for another action',
      of(database, 'container.restart', { unlocks: unlocked(database) }),
      'protected: It is recognised as a database. Unlock it first, with a reason.',
    ],
    [
      'another one unlocked',
      of(database, 'container.stop', { unlocks: unlocked(api) }),
      'protected: It is recognised as a database. Unlock it first, with a reason.',
    ],
    [
      'a host that is observed',
      of(api, 'container.stop', { host: host(ATLAS) }),
      'observing: atlas is only observed: allow changes on it first.',
    ],
    [
      'an observed database asks for the host first',
      of(database, 'container.stop', { host: host(ATLAS) }),
      'observing: atlas is only observed: allow changes on it first.',
    ],
    [
      'a policy',
      of(api, 'container.restart', { host: { ...operated, denied: ['restart'] } }),
      'policy: Something in front of atlas’s engine refuses to restart containers.',
    ],
    [
      'what the policy lets through',
      of(api, 'container.stop', { host: { ...operated, denied: ['restart'] } }),
      'allowed',
    ],
    [
      'a run acts on it',
      of(api, 'container.stop', { runs: running() }),
      'busy: “Restart shop / api on atlas” is under way.',
    ],
    ['a run that has ended', of(api, 'container.stop', { runs: running({ state: 'failed' }) }), 'allowed'],
    ['a run on another host', of(api, 'container.stop', { runs: running({ hostId: 'other' }) }), 'allowed'],
    [
      'a run that is not told of yet',
      of({ ...api, planned: 'restarting' }, 'container.stop'),
      'busy: It is being restarted.',
    ],
    [
      'not connected',
      of(api, 'container.stop', { connected: false }),
      'unknown: This window is not connected to Binnacle’s core.',
    ],
    ['a host that is gone', of(api, 'container.stop', { host: null }), 'unknown: Its host was removed.'],
    [
      'a host that is not live',
      of(api, 'container.stop', { host: { ...operated, status: { state: 'connecting', attempt: 1, since: '' } } }),
      'unknown: atlas is being connected: wait until it is reached.',
    ],
    [
      'a host that slept with this machine',
      of(api, 'container.stop', { host: { ...operated, status: { state: 'stale', since: '' } } }),
      'unknown: atlas has not been heard from since this machine slept or changed its network: it is being asked.',
    ],
    [
      'a host that asks',
      of(api, 'container.stop', {
        host: { ...operated, status: { state: 'asking', attempt: 1, since: '', what: 'code', jump: null } },
      }),
      'unknown: atlas waits for you to answer what it asks.',
    ],
    [
      'a journal that was tampered with',
      of(api, 'container.stop', { journal: { state: 'broken', problem: null, records: 1 } }),
      'journal: The journal is not what was written: nothing is changed until that is looked at.',
    ],
    [
      'a journal that cannot be written, on an observed host',
      of(api, 'container.stop', { host: host(ATLAS), journal: { state: 'unusable', problem: null, records: 1 } }),
      'journal: The journal cannot be written: nothing is changed without it.',
    ],
    [
      'one that is missing',
      of({ ...api, id: '', state: 'missing' }, 'container.start'),
      'not-applicable: It is missing: there is nothing to act upon.',
    ],
  ])('%s', (_what, found, expected) => {
    expect(found).toBe(expected);
  });

  test.each<[ContainerState, boolean, boolean, boolean]>([
    // state, start, stop, restart
    ['created', true, false, false],
    ['running', false, true, true],
    ['paused', false, true, true],
    ['restarting', false, true, true],
    ['removing', false, false, false],
    ['exited', true, false, true],
    ['dead', false, false, false],
    ['missing', false, false, false],
    ['unknown', false, false, false],
  ])('in the state %s', (state, ...expected) => {
    const actions = ['container.start', 'container.stop', 'container.restart'] as const;
    expect(actions.map((action) => of({ ...api, state }, action) === 'allowed')).toEqual(expected);
  });
});

describe('a restart of an app', () => {
  function ofApp(containers: readonly FleetContainer[], change: Partial<Surroundings> = {}): string {
    const fleet = applyBatch(EMPTY_FLEET, snapshot({ hosts: [operated], containers: [...containers] }), 0);
    const app = fleet === 'gap' ? undefined : fleet.apps.get(appKey(ATLAS, 'shop'));
    if (app === undefined) throw new Error('there is no such app');
    const { state, why } = appAvailability(app, { ...around, ...change });
    return why === null ? state : `${state}: ${why}`;
  }

  test.each<[string, string, string]>([
    ['leaves its database out', ofApp([api, database]), 'allowed'],
    [
      'has nothing left where all is protected',
      ofApp([database]),
      'not-applicable: All of it that runs is protected: restart its containers one by one.',
    ],
    [
      'has nothing to do where nothing runs',
      ofApp([{ ...api, state: 'exited' }]),
      'not-applicable: Nothing of it runs.',
    ],
    [
      'waits for a run on one of its containers',
      ofApp([api, database], { runs: running() }),
      'busy: “Restart shop / api on atlas” is under way.',
    ],
    ['does not wait for another app', ofApp([api], { runs: running({ app: 'mail' }) }), 'allowed'],
    [
      'needs a host that may be changed',
      ofApp([api], { host: host(ATLAS) }),
      'observing: atlas is only observed: allow changes on it first.',
    ],
    [
      'meets the same policy',
      ofApp([api], { host: { ...operated, denied: ['restart'] } }),
      'policy: Something in front of atlas’s engine refuses to restart containers.',
    ],
  ])('%s', (_what, found, expected) => {
    expect(found).toBe(expected);
  });
});
