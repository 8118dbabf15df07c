import { expect, test } from 'vitest';
import { createUiStore, hostOfRoute, hostRoute } from './ui-store.ts';

test('a route tells its host', () => {
  expect([hostOfRoute(hostRoute('atlas')), hostOfRoute('fleet'), hostOfRoute('journal')]).toEqual([
    'atlas',
    null,
    null,
  ]);
});

test('back from the page of a host leads to where it was opened from, over others of its kind', () => {
  const ui = createUiStore();
  const { go, back } = ui.getState();
  const routes: string[] = [];
  const note = () => routes.push(ui.getState().route);
  go('settings');
  go(hostRoute('atlas'));
  go(hostRoute('borealis'));
  back();
  note();
  back();
  note();
  go('fleet');
  go(hostRoute('atlas'));
  back();
  note();
  expect(routes).toEqual(['settings', 'settings', 'fleet']);
});

test('another page takes the sheets with it', () => {
  const ui = createUiStore();
  ui.getState().openSheet({ kind: 'keys' });
  ui.getState().go(hostRoute('atlas'));
  expect(ui.getState().sheets).toEqual([]);
});
