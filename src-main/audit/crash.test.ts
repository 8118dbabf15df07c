import { expect, it } from 'vitest';
import { crashAgainAndAgain, randomFrom } from './crash.fixture.ts';

/** The full version, 1,000 kills, is in crash.soak.test.ts. */
it('a process that is killed at any instant loses no record it acknowledged, and changed nothing without an intent', async () => {
  const homes = await Promise.all([1, 2].map((seed) => crashAgainAndAgain(20, randomFrom(seed))));
  for (const { wrong, kills, acknowledged, engineChanges } of homes) {
    expect(wrong).toEqual([]);
    expect({ kills, recorded: acknowledged > 50, acted: engineChanges > 20 }).toEqual({
      kills: 20,
      recorded: true,
      acted: true,
    });
  }
}, 300_000);
