import { expect, test } from 'vitest';
import { createStore } from 'zustand/vanilla';
import { applyBatch } from './apply-batch.ts';
import { ATLAS, BOREALIS, container, delta, host, snapshot } from './fleet.fixture.ts';
import { EMPTY_FLEET, type FleetState } from './fleet-state.ts';
import { createHistoryStore, recordHistory } from './host-history.ts';

test('adds a point of every host that is seen, in cores, at most every four seconds', () => {
  const fleet = createStore<FleetState>()(() => EMPTY_FLEET);
  const history = createHistoryStore();
  let now = 0;
  recordHistory(fleet, history, () => now);
  const api = container('shop', 'api');
  const offline = host(BOREALIS, { status: { state: 'connecting', attempt: 1, since: '2026-05-04T09:00:00.000Z' } });
  const apply = (batch: Parameters<typeof applyBatch>[1]) => {
    const next = applyBatch(fleet.getState(), batch, now);
    if (next !== 'gap') fleet.setState(next, true);
  };
  apply(snapshot({ hosts: [host(ATLAS), offline], containers: [api, container('home', 'a', { hostId: BOREALIS })] }));
  now = 3_999;
  apply(delta(2, { loads: [[api.key, 500, 1]] }));
  now = 4_000;
  apply(delta(3, { loads: [[api.key, 250, 1]] }));
  expect([...history.getState().history]).toEqual([
    [ATLAS, [0.1, 2.5]],
    [BOREALIS, []],
  ]);
});
