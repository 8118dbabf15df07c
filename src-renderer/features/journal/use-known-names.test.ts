import { expect, test } from 'vitest';
import { entry } from './journal-entry.fixture.ts';
import { knownNames, withEntries } from './use-known-names.ts';

const ATLAS = '0b0e7c4e-0f6b-4a53-8f0c-0d8a3a5a8f11';
const CINDER = '1c1f8d5f-1a7c-4b64-9a1d-1e9b4b6b9a22';
const NOTHING = { hosts: new Map(), apps: new Map() };

test('hosts and apps that are gone stay to be chosen, under the name the journal has them by', () => {
  const noted = withEntries(NOTHING, [
    entry(9, { host: 'atlas of old', app: 'shop' }),
    entry(8, { hostId: CINDER, host: 'cinder', app: 'photos' }),
    entry(7, { hostId: CINDER, host: 'cellar', app: 'home' }),
    entry(6, { hostId: null, host: null, app: null }),
  ]);
  const known = knownNames([{ id: ATLAS, label: 'atlas' }], [{ hostId: ATLAS, name: 'gitea' }], noted);
  expect([known.hosts, known.appsOf(null), known.appsOf(ATLAS), known.appsOf(CINDER)]).toEqual([
    [
      { id: ATLAS, label: 'atlas' },
      { id: CINDER, label: 'cinder' },
    ],
    ['gitea', 'home', 'photos', 'shop'],
    ['gitea', 'shop'],
    ['home', 'photos'],
  ]);
});

test('what tells nothing new changes nothing', () => {
  const noted = withEntries(NOTHING, [entry(9)]);
  expect(withEntries(noted, [entry(10), entry(9)])).toBe(noted);
});
