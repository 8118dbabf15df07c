import { describe, expect, it } from 'vitest';
import { persistently } from './persistently.ts';

describe('loading persistently', () => {
  it('tries again after a pause, and gives up after the fourth try', async () => {
    const failing = async (failures: number) => {
      const pauses: number[] = [];
      let tries = 0;
      const load = async () => {
        tries += 1;
        if (tries <= failures) throw new Error(`try ${tries}`);
        return 'loaded';
      };
      const outcome = await persistently(load, async (ms) => void pauses.push(ms)).catch(String);
      return { outcome, tries, pauses };
    };
    expect(await Promise.all([failing(0), failing(2), failing(4)])).toEqual([
      { outcome: 'loaded', tries: 1, pauses: [] },
      { outcome: 'loaded', tries: 3, pauses: [200, 600] },
      { outcome: 'Error: try 4', tries: 4, pauses: [200, 600, 1_500] },
    ]);
  });
});
