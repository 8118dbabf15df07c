import { beforeEach, expect, test } from 'vitest';
import type { FleetHost } from '#contract/updates.ts';
import type { Connection } from '../client/client.ts';
import { act, appRequest, containerRequest } from './act.ts';
import { applyBatch } from './apply-batch.ts';
import { connectionStore } from './connection-store.ts';
import { ATLAS, aRun, container, host, snapshot } from './fleet.fixture.ts';
import { EMPTY_FLEET } from './fleet-state.ts';
import { fleetStore } from './fleet-store.ts';
import { uiStore } from './ui-store.ts';

const api = container('shop', 'api', { id: 'a'.repeat(64) });
const database = container('shop', 'postgres', { id: 'd'.repeat(64), protected: true, protection: 'database' });
const restart = containerRequest(api, 'container.restart');
const stopDatabase = containerRequest(database, 'container.stop');

function fleet(over: Parameters<typeof snapshot>[0] = {}, change: Partial<FleetHost> = {}): void {
  const hosts = [host(ATLAS, { mode: 'operate', ...change })];
  const next = applyBatch(EMPTY_FLEET, snapshot({ hosts, containers: [api, database], ...over }), 0);
  if (next !== 'gap') fleetStore.setState(next, true);
}

/** What a click led to: the sheet it opened, or what was said. */
function after(request: Parameters<typeof act>[0]) {
  act(request);
  const { sheets, toast } = uiStore.getState();
  return sheets.at(-1) ?? toast?.text;
}

beforeEach(() => {
  uiStore.setState({ sheets: [], toast: null });
  const welcome = { appVersion: '0.1.0', contractVersion: 1, shell: 'browser', demo: false } as const;
  connectionStore.setState({ connection: { state: 'connected', connection: {} as Connection, welcome } });
});

test('an action that may be done is planned', () => {
  fleet();
  expect(after(restart)).toEqual({ kind: 'plan', request: restart });
  const ofApp = appRequest({ hostId: ATLAS, name: 'shop' });
  expect(after(ofApp)).toEqual({ kind: 'plan', request: ofApp });
});

test('what has to be done first comes first', () => {
  fleet();
  expect(after(stopDatabase)).toEqual({ kind: 'unlock', request: stopDatabase });
  fleet({}, { mode: 'observe' });
  expect(after(stopDatabase)).toEqual({ kind: 'allow', hostId: ATLAS, wanted: stopDatabase });
  const run = aRun({ state: 'running', endedAt: null, containerIds: [api.id] });
  fleet({ runs: [run] });
  expect(after(restart)).toEqual({ kind: 'runs', run: run.id });
});

test('where nothing can be done it is said why', () => {
  fleet({}, { denied: ['restart'] });
  expect(after(restart)).toBe('Something in front of atlas’s engine refuses to restart containers.');
  expect(after(containerRequest(api, 'container.start'))).toBe('It is running already.');
  fleet({ containers: [] });
  expect(after(restart)).toBe('It is gone: there is nothing to act upon any more.');
  fleet({ journal: { state: 'broken', problem: null, records: 3 } });
  after(restart);
  expect(uiStore.getState().toast?.offer).toEqual({ label: 'Open the journal', goes: { route: 'journal' } });
  connectionStore.setState({ connection: { state: 'lost', since: 0, nextTryAt: null, refusal: null } });
  expect(after(restart)).toBe('This window is not connected to Binnacle’s core.');
});
