import { expect, test } from 'vitest';
import { applyBatch } from '../../store/apply-batch.ts';
import { ATLAS, container, host, snapshot } from '../../store/fleet.fixture.ts';
import { appKey, EMPTY_FLEET } from '../../store/fleet-state.ts';
import { isEmpty, matchesApp, matchesContainer, matchesHost, parseFilter } from './filter.ts';

const api = container('shop', 'api', {
  verdict: 'down',
  image: 'registry.example.org/shop/api:4.2.1',
  ports: [{ hostIp: '0.0.0.0', hostPort: 8080, containerPort: 80, protocol: 'tcp' }],
  networks: [{ name: 'shop_default', ip: '172.20.0.3', subnet: null }],
});
const db = container('shop', 'postgres', { health: 'none', protected: true });

function shop() {
  const state = applyBatch(EMPTY_FLEET, snapshot({ containers: [api, db] }), 0);
  const app = state === 'gap' ? undefined : state.apps.get(appKey(ATLAS, 'shop'));
  if (app === undefined) throw new Error('there is no app');
  return app;
}

test.each([
  'shop',
  'SHOP',
  'atlas',
  'api:4.2',
  ':8080',
  '172.20.0.3',
  'postgres',
  'shop atlas 8080',
  'is:down',
  'is:unchecked',
  'is:protected shop',
  'is:',
])('"%s" finds the app', (text) => {
  expect(matchesApp(parseFilter(text), shop(), 'atlas')).toBe(true);
});

test.each(['gitea', 'shop gitea', 'is:attention', 'is:down gitea', ':8081'])('"%s" does not', (text) => {
  expect(matchesApp(parseFilter(text), shop(), 'atlas')).toBe(false);
});

test('a container is found by what is its own, its app and its host', () => {
  const found = (text: string) => matchesContainer(parseFilter(text), db, 'atlas');
  expect(['shop', 'atlas', 'postgres', 'is:protected', 'api', 'is:down'].map(found)).toEqual([
    true,
    true,
    true,
    true,
    false,
    false,
  ]);
});

test('a host is found by its name and its address', () => {
  const found = (text: string) => matchesHost(parseFilter(text), host(ATLAS, { verdict: 'unknown' }));
  expect(['atlas', 'ops@', 'is:unknown', 'shop', 'is:down'].map(found)).toEqual([true, true, true, false, false]);
});

test('spaces alone are no filter', () => {
  expect([isEmpty(parseFilter('  ')), isEmpty(parseFilter('a'))]).toEqual([true, false]);
});
