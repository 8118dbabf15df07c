import { describe, expect, it } from 'vitest';
import type { ContainerAction, EngineChange, Unlock } from '#contract/actions.ts';
import { ActionName } from '#contract/actions.ts';
import { ContainerState, type HostState, type Protection } from '#contract/fleet.ts';
import type { AppError } from '../kernel/errors.ts';
import { CATALOGUE } from './catalogue.ts';
import { judgeContainer, judgeHost, judgeUnlock } from './guard.ts';
import { containerId, HOST_ID } from './host.fixture.ts';

const since = '2026-03-01T09:14:00.000Z';
const live: HostState = { state: 'live', since };
const offline: HostState = {
  state: 'offline',
  since,
  code: 'CONNECTION_LOST',
  message: 'Lost.',
  attempt: 1,
  nextTryAt: null,
};
const degraded: HostState = { state: 'degraded', since, code: 'ENGINE_TIMEOUT', message: 'It hangs.' };
const atlas = { label: 'atlas', status: live, mode: 'operate', denied: [] as EngineChange[] } as const;

/** Its code, or `allowed`. */
function outcome(judge: () => unknown): string {
  try {
    judge();
    return 'allowed';
  } catch (error) {
    return (error as AppError).code;
  }
}

describe('the catalogue', () => {
  it('has an entry for every action, and asks for an unlock where data is at risk', () => {
    expect(Object.keys(CATALOGUE).sort()).toEqual([...ActionName.options].sort());
    expect(ActionName.options.filter((name) => CATALOGUE[name].locked !== null)).toEqual([
      'container.stop',
      'container.restart',
    ]);
  });
});

describe('judgeHost', () => {
  it.each([
    ['a live one in operate', {}, 'allowed'],
    ['one that is observed', { mode: 'observe' }, 'OBSERVE_ONLY'],
    ['one that is offline', { status: offline }, 'HOST_NOT_LIVE'],
    ['one whose engine hangs', { status: degraded }, 'HOST_NOT_LIVE'],
    ['one that is offline and observed', { status: offline, mode: 'observe' }, 'HOST_NOT_LIVE'],
    ['one whose proxy refuses it', { denied: ['restart'] }, 'ENGINE_DENIED'],
    ['one whose proxy refuses something else', { denied: ['start', 'stop'] }, 'allowed'],
  ] as const)('%s', (_, over, expected) => {
    expect(outcome(() => judgeHost({ ...atlas, ...over }, 'container.restart'))).toBe(expected);
    expect(outcome(() => judgeHost({ ...atlas, ...over }, 'app.restart'))).toBe(expected);
  });
});

describe('judgeContainer', () => {
  const api = { id: containerId('a41c'), word: 'api', protection: null, state: 'running' as ContainerState };

  it.each([
    ['container.start', ['created', 'exited']],
    ['container.stop', ['running', 'paused', 'restarting']],
    ['container.restart', ['running', 'paused', 'restarting', 'exited']],
  ] as const)('%s applies to nothing but what is %s', (action, states) => {
    const allowed = ContainerState.options.filter(
      (state) => outcome(() => judgeContainer(action, { ...api, state }, null)) === 'allowed',
    );
    expect(new Set(allowed)).toEqual(new Set(states));
    for (const state of ContainerState.options) {
      if (!allowed.includes(state)) {
        expect(outcome(() => judgeContainer(action, { ...api, state }, null))).toBe('NOTHING_TO_DO');
      }
    }
  });

  it.each([
    ['container.stop', 'exited', 'api is stopped already.'],
    ['container.start', 'running', 'api runs already.'],
    ['container.restart', 'created', 'api was never started.'],
    ['container.start', 'dead', 'api is dead: its engine cannot run it again.'],
  ] as const)('says why there is nothing to do: %s of one that is %s', (action, state, message) => {
    expect(() => judgeContainer(action, { ...api, state }, null)).toThrow(message);
  });

  const unlockOf = (action: Unlock['action'], id = api.id): Unlock => ({
    hostId: HOST_ID,
    containerId: id,
    action,
    reason: 'it hangs',
    until: since,
  });
  const protections: readonly (Protection | null)[] = [null, 'database', 'label', 'operator'];
  const unlocks = [
    null,
    unlockOf('container.stop'),
    unlockOf('container.restart'),
    unlockOf('container.stop', 'b'.repeat(64)),
  ];
  const table = (['container.start', 'container.stop', 'container.restart'] satisfies ContainerAction[]).flatMap(
    (action) => protections.flatMap((protection) => unlocks.map((unlock) => ({ action, protection, unlock }))),
  );

  it.each(table)('$action of one with protection $protection and $unlock.action', ({ action, protection, unlock }) => {
    const state: ContainerState = action === 'container.start' ? 'exited' : 'running';
    const judge = () => judgeContainer(action, { ...api, protection, state }, unlock);
    const needed = action !== 'container.start' && protection !== null;
    const fits = unlock?.action === action && unlock.containerId === api.id;
    expect(outcome(judge)).toBe(!needed || fits ? 'allowed' : 'PROTECTED');
    if (!needed || fits) expect(judge()).toBe(needed ? unlock : null);
  });

  it('asks nobody to unlock what there is nothing to do with', () => {
    const stopped = { ...api, protection: 'database', state: 'exited' } as const;
    expect(outcome(() => judgeContainer('container.stop', stopped, null))).toBe('NOTHING_TO_DO');
  });

  it('has nothing to unlock where nothing is protected', () => {
    expect(outcome(() => judgeUnlock(api))).toBe('NOT_PROTECTED');
    expect(outcome(() => judgeUnlock({ ...api, protection: 'label' }))).toBe('allowed');
  });
});
