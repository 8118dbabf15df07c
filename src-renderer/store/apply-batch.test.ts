import { describe, expect, test } from 'vitest';
import type { Delta } from '#contract/updates.ts';
import { applyBatch } from './apply-batch.ts';
import { ATLAS, BOREALIS, container, delta, host, question, snapshot } from './fleet.fixture.ts';
import { appKey, EMPTY_FLEET, type FleetState } from './fleet-state.ts';

const SHOP = appKey(ATLAS, 'shop');
const api = container('shop', 'api');
const web = container('shop', 'web');
const git = container('gitea', 'gitea');

/** The fleet after a snapshot of `containers` and deltas, numbered in their order. */
function fleet(containers: readonly (typeof api)[], ...deltas: readonly Partial<Omit<Delta, 'kind' | 'seq'>>[]) {
  const hosts = [host(ATLAS), host(BOREALIS, { label: 'borealis' })];
  let state = known(applyBatch(EMPTY_FLEET, snapshot({ hosts, containers: [...containers] }), 1_000));
  for (const [index, over] of deltas.entries()) state = known(applyBatch(state, delta(index + 2, over), 2_000));
  return state;
}

function known(state: FleetState | 'gap'): FleetState {
  if (state === 'gap') throw new Error('a batch was missed');
  return state;
}

describe('a snapshot', () => {
  test('is grouped into apps by host and name, their figures added up', () => {
    const other = container('shop', 'web', { hostId: BOREALIS, cpuPercent: null, memoryBytes: null });
    const state = fleet([web, api, other]);
    expect([...state.apps.values()]).toEqual([
      {
        key: SHOP,
        name: 'shop',
        hostId: ATLAS,
        verdict: 'green',
        containers: [api, web],
        cpuPercent: 20,
        memoryBytes: 200 * 1024 ** 2,
      },
      {
        key: appKey(BOREALIS, 'shop'),
        name: 'shop',
        hostId: BOREALIS,
        verdict: 'green',
        containers: [other],
        cpuPercent: null,
        memoryBytes: null,
      },
    ]);
  });

  test('replaces all that was known', () => {
    const before = fleet([api, web]);
    const after = known(applyBatch(before, snapshot({ seq: 9, containers: [git] }), 5_000));
    expect([after.seq, [...after.containers.keys()], after.appKeys, [...after.sizes]]).toEqual([
      9,
      [git.key],
      [appKey(ATLAS, 'gitea')],
      [[ATLAS, 1]],
    ]);
  });
});

describe('order', () => {
  test('cards: worst first, but unknown last; then by host and by name as people count', () => {
    const state = fleet([
      container('web-10', 'a'),
      container('web-2', 'a'),
      container('aaa', 'a', { hostId: BOREALIS }),
      container('slow', 'a', { verdict: 'attention' }),
      container('gone', 'a', { verdict: 'unknown' }),
      container('dead', 'a', { hostId: BOREALIS, verdict: 'down' }),
    ]);
    expect(state.appKeys.map((key) => state.apps.get(key)?.name)).toEqual([
      'dead',
      'slow',
      'web-2',
      'web-10',
      'aaa',
      'gone',
    ]);
  });

  test('what needs attention: worst first, and nothing of a host that is not seen', () => {
    const down = container('shop', 'down', { verdict: 'down' });
    const slow = container('billing', 'slow', { verdict: 'attention' });
    const unseen = container('home', 'mqtt', { hostId: BOREALIS, verdict: 'unknown' });
    const offline = host(BOREALIS, { status: { state: 'connecting', attempt: 2, since: '2026-05-04T09:00:00.000Z' } });
    expect(fleet([slow, unseen, down], { hosts: [offline] }).troubled).toEqual([down.key, slow.key]);
  });
});

describe('a delta', () => {
  test('changes load alone without moving or touching anything else', () => {
    const before = fleet([api, web, git]);
    const after = known(applyBatch(before, delta(2, { loads: [[web.key, 90, 1]] }), 2_000));
    expect(after.apps.get(SHOP)).toMatchObject({ cpuPercent: 100, memoryBytes: 100 * 1024 ** 2 + 1 });
    const same = [
      after.apps.get(appKey(ATLAS, 'gitea')) === before.apps.get(appKey(ATLAS, 'gitea')),
      after.containers.get(api.key) === before.containers.get(api.key),
      after.appKeys === before.appKeys,
      after.troubled === before.troubled,
      after.hosts === before.hosts,
      after.sizes === before.sizes,
    ];
    expect(same).toEqual(same.map(() => true));
  });

  test('a container that left takes its app with it; one that came makes another', () => {
    const state = fleet([api, git], { gone: [git.key], containers: [container('mail', 'imap')] });
    expect([[...state.apps.keys()], [...state.sizes]]).toEqual([[SHOP, appKey(ATLAS, 'mail')], [[ATLAS, 2]]]);
  });

  test('a container that belongs to another app now is in that one alone', () => {
    const state = fleet([api, web, git], { containers: [{ ...web, app: 'gitea' }] });
    expect(
      [...state.apps.values()].map(({ name, containers }) => [name, containers.map((one) => one.service)]),
    ).toEqual([
      ['shop', ['api']],
      ['gitea', ['gitea', 'web']],
    ]);
  });

  test('one batch may take away and give back', () => {
    expect(fleet([api], { gone: [api.key], containers: [api] }).apps.get(SHOP)?.containers).toEqual([api]);
  });

  test('what is no longer seen keeps the figures it was last seen with; what is seen does not', () => {
    const figures = (state: FleetState, key: string) => {
      const container = state.containers.get(key);
      return [container?.verdict, container?.cpuPercent, container?.memoryBytes];
    };
    const unseen = { ...web, verdict: 'unknown', cpuPercent: null, memoryBytes: null } as const;
    const before = fleet([web]);
    const gone = known(applyBatch(before, delta(2, { containers: [unseen] }), 2_000));
    const still = known(applyBatch(gone, delta(3, { loads: [[web.key, null, null]] }), 3_000));
    const back = known(applyBatch(still, delta(4, { containers: [{ ...unseen, verdict: 'green' }] }), 4_000));
    expect([gone, still, back].map((state) => figures(state, web.key))).toEqual([
      ['unknown', web.cpuPercent, web.memoryBytes],
      ['unknown', web.cpuPercent, web.memoryBytes],
      ['green', null, null],
    ]);
  });

  test('loads and endings of what is not known change nothing', () => {
    const before = fleet([api]);
    const after = known(applyBatch(before, delta(2, { gone: ['x'], loads: [['y', 1, 1]] }), 2_000));
    expect(after.apps.get(SHOP)).toBe(before.apps.get(SHOP));
  });

  test('a change of verdict is dated; a new container is not', () => {
    const bad = { ...api, verdict: 'down' as const };
    const state = fleet([api, web], { containers: [bad, web, git] });
    expect([...state.changedAt]).toEqual([[api.key, 2_000]]);
    expect([...known(applyBatch(state, delta(3, { gone: [api.key] }), 3_000)).changedAt]).toEqual([]);
  });

  test('hosts keep their order, take a new one, and leave when it does not name them', () => {
    const renamed = host(BOREALIS, { label: 'north' });
    const state = fleet([], { hosts: [renamed], hostOrder: [BOREALIS] });
    expect(state.hosts).toEqual([renamed]);
  });

  test('questions, settings and problems stay until others are given', () => {
    const asked = question(ATLAS);
    const state = fleet([], { questions: [asked] }, {});
    expect([state.questions, state.settings?.theme]).toEqual([[asked], 'system']);
  });

  test('a missing one is a gap', () => {
    const state = fleet([api]);
    expect([
      applyBatch(state, delta(3), 0),
      applyBatch(state, delta(1), 0),
      applyBatch(EMPTY_FLEET, delta(1), 0),
    ]).toEqual(['gap', 'gap', 'gap']);
  });
});
