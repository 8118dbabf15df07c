import { expect, it } from 'vitest';
import { describeLab } from '../../lab/vitest.ts';
import { faultedReconnects } from './reconnects.fixture.ts';

/** The thinned version of reconnect.soak.test.ts. */
describeLab('a fleet whose ways fail', (lab) => {
  it('is right again after every fault, and tells nothing twice', { timeout: 300_000 }, async () => {
    const options = { hosts: 3, reconnects: 9, seed: 1, restMs: 1_000 };
    const { wrong, held, reconnects } = await faultedReconnects(lab, options);
    expect([wrong, reconnects >= 9]).toEqual([[], true]);
    const [before, after] = held;
    // Channels that are idle are closed after a longer while.
    expect([after.sessions, after.connections]).toEqual([before.sessions, before.connections]);
    expect(after.descriptors).toBeLessThanOrEqual(before.descriptors);
  });
});
