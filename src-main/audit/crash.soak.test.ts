import { expect, it } from 'vitest';
import { crashAgainAndAgain, randomFrom } from './crash.fixture.ts';

it('1,000 kills at random instants lose no acknowledged record, and leave no change without an intent', async () => {
  const seed = Date.now() & 0xffff;
  const homes = await Promise.all([seed, seed + 1].map((of) => crashAgainAndAgain(500, randomFrom(of))));
  process.stdout.write(`${JSON.stringify({ seed, homes }, null, 2)}\n`);
  expect(homes.map(({ kills, wrong }) => ({ kills, wrong }))).toEqual([
    { kills: 500, wrong: [] },
    { kills: 500, wrong: [] },
  ]);
});
