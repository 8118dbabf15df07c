import { expect, test } from 'vitest';
import { applyBatch } from '../store/apply-batch.ts';
import { ATLAS, container, host, snapshot } from '../store/fleet.fixture.ts';
import { EMPTY_FLEET } from '../store/fleet-state.ts';
import { MOST_SHOWN, paletteItems, searchItems } from './palette-items.ts';

function items(containers = [container('shop', 'api')]) {
  const state = applyBatch(EMPTY_FLEET, snapshot({ hosts: [host(ATLAS)], containers }), 0);
  return paletteItems(state === 'gap' ? EMPTY_FLEET : state);
}

test('pages and commands, hosts, apps, containers', () => {
  expect(items().map(({ kind, label }) => `${kind} ${label}`)).toEqual([
    'Page Fleet',
    'Page Journal',
    'Page Settings',
    'Command Add a host',
    'Command Show runs',
    'Command Show keys',
    'Host atlas',
    'App shop',
    'Container shop-api-1',
    'Command Restart shop',
    'Command Restart shop / api',
    'Command Stop shop / api',
  ]);
});

test('what begins with the letters comes first; every word has to be found', () => {
  const found = (typed: string) => searchItems(items(), typed).map(({ label }) => label);
  expect([found('atlas'), found('shop cont'), found('restart api'), found('zzz')]).toEqual([
    ['atlas', 'shop', 'shop-api-1', 'Restart shop', 'Restart shop / api', 'Stop shop / api'],
    ['shop-api-1'],
    ['Restart shop / api'],
    [],
  ]);
});

test('what is stopped can be started, and what is missing cannot be acted upon', () => {
  const stopped = container('mail', 'postfix', { state: 'exited' });
  const missing = container('mail', 'rspamd', { id: '', state: 'missing' });
  expect(
    items([stopped, missing])
      .filter(({ goes }) => 'acts' in goes)
      .map(({ label, detail, goes }) => [label, detail, goes]),
  ).toEqual([
    [
      'Start mail / postfix',
      'atlas · mail-postfix-1',
      { acts: { action: 'container.start', hostId: ATLAS, containerId: stopped.id } },
    ],
  ]);
});

test('no more than can be looked through', () => {
  const many = Array.from({ length: 200 }, (_, index) => container('shop', `svc-${index}`));
  expect([searchItems(items(many), '').length, searchItems(items(many), 'shop').length]).toEqual([
    MOST_SHOWN,
    MOST_SHOWN,
  ]);
});
