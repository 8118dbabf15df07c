import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { FakeCarrier } from './carriers.fixture.ts';
import { contractEntries } from './contract-entries.fixture.ts';
import { nearValid } from './near-valid.fixture.ts';
import { FuzzedCore, fuzzAddresses, fuzzEntry, fuzzStranger } from './procedures.fuzz.fixture.ts';
import { encoded } from './raw-page.fixture.ts';

/** Entries that no domain is asked for by one call: the router answers them, or all windows together do. */
const WITHOUT_DOMAIN: ReadonlySet<string> = new Set([
  'session.hello',
  'updates.watch',
  'updates.acknowledge',
  'updates.interest',
  'logs.credit',
]);

/** Every entry there is in the contract, sent anything, over one kind of carrier. */
export function describeProcedures(name: string, start: () => Promise<FakeCarrier>, numRuns: number): void {
  const paths = [...contractEntries.keys()];

  describe(`anything sent over a ${name}`, () => {
    let carrier: FakeCarrier;
    let core: FuzzedCore;

    beforeAll(async () => {
      carrier = await start();
      return () => carrier[Symbol.asyncDispose]();
    });
    beforeEach(() => {
      core = new FuzzedCore(carrier);
    });
    afterEach(() => core[Symbol.dispose]());

    test('there is something to send to every entry', () => {
      expect(Object.keys(nearValid).toSorted()).toEqual(paths.toSorted());
    });

    test.each(paths)('%s answers all of it, and a domain sees only what the contract takes', async (path) => {
      const page = await core.openPolite();
      const counts = await fuzzEntry(core, page, path, numRuns);
      const isChecked = contractEntries.get(path) !== null;
      expect({
        taken: counts.taken > 0,
        refused: counts.refused > 0 || !isChecked,
        reached: counts.reached > 0,
        // The connection lives, and nothing was a bug.
        next: await page.call('/hosts/list', encoded(undefined)),
        connections: core.router.live.connections,
        bugs: core.services.bugs,
      }).toEqual({
        taken: true,
        refused: true,
        reached: !WITHOUT_DOMAIN.has(path),
        next: 'value',
        connections: 1,
        bugs: [],
      });
      page.leave();
    });

    test('before the handshake no domain sees any of it', async () => {
      for (const path of paths) {
        const page = await core.open();
        await fuzzStranger(core, page, path, Math.ceil(numRuns / 3));
        expect([path, await page.call('/hosts/list', encoded(undefined))]).toEqual([path, 'CONTRACT_MISMATCH']);
        page.leave();
      }
      expect(core.services.bugs).toEqual([]);
    });

    test('an address leads to the entry it names, or nowhere', async () => {
      const page = await core.openPolite();
      await fuzzAddresses(core, page, numRuns * 5);
      expect([await page.call('/hosts/list', encoded(undefined)), core.services.bugs]).toEqual(['value', []]);
    });

    test('no object of the core gets a member by it', async () => {
      const page = await core.openPolite();
      const before = [Object, Array, Function].map((made) => Reflect.ownKeys(made.prototype));
      const json = JSON.parse('{"__proto__": {"polluted": "2026-01-05"}, "constructor": {"prototype": "2026-01-05"}}');
      const places = [
        ['__proto__', 'polluted'],
        ['constructor', 'prototype'],
        ['toString', 'name'],
      ];
      const bodies = [json, {}, []].flatMap((one) => places.map((place) => ({ json: one, meta: [[1, ...place]] })));
      const answers = await Promise.all(bodies.map((body) => page.call('/hosts/retry', body)));
      expect([new Set(answers), [Object, Array, Function].map((made) => Reflect.ownKeys(made.prototype))]).toEqual([
        new Set(['REQUEST_INVALID']),
        before,
      ]);
    });
  });
}
