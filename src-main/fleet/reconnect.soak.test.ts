import { expect, test } from 'vitest';
import { startLab } from '../../lab/lab.ts';
import { missingParts } from '../../lab/requirements.ts';
import { faultedReconnects } from './reconnects.fixture.ts';

const missing = missingParts({ databases: false });
const MIB = 1_048_576;

test.skipIf(missing.length > 0)(`1,000 reconnects through faults (${missing.join(' ') || 'lab'})`, async () => {
  await using lab = await startLab({ containers: 30, databases: false });
  const began = performance.now();
  const { wrong, ...figures } = await faultedReconnects(lab, { hosts: 12, reconnects: 1_000, seed: 1, restMs: 75_000 });
  const seconds = Math.round((performance.now() - began) / 1000);
  process.stdout.write(`${JSON.stringify({ 'faulted reconnects': figures, wrong: wrong.length, seconds })}\n`);
  const [before, after] = figures.held;
  expect(wrong).toEqual([]);
  expect([after.sessions, after.connections]).toEqual([before.sessions, before.connections]);
  // Idle channels and kept-alive requests of the test itself may have been more at the beginning.
  expect(after.channels).toBeLessThanOrEqual(before.channels);
  expect(after.descriptors).toBeLessThanOrEqual(before.descriptors);
  expect((after.memory - before.memory) / MIB).toBeLessThan(20);
  expect(figures.slowestSeenMs).toBeLessThan(10_000);
});
