import { expect, it } from 'vitest';
import { manualClock } from '../../kernel/clock.fixture.ts';
import { limits } from '../../kernel/limits.ts';
import { createBrake } from './brake.ts';

const { wrongAnswers, wrongMs, wrongPauseMs } = limits.browser;

it('lets a few mistakes pass, makes each further one wait, and forgives in time', async () => {
  const clock = manualClock(0);
  const brake = createBrake(clock);
  const { signal } = new AbortController();
  for (let wrong = 0; wrong < wrongAnswers; wrong += 1) await brake.wrong(signal);
  const late = [brake.wrong(signal), brake.wrong(signal)];
  const waiting = clock.sleeping();
  await clock.advance(wrongPauseMs);
  await Promise.all(late);
  await clock.advance(wrongMs);
  await brake.wrong(signal);
  expect([waiting, clock.sleeping()]).toEqual([[wrongPauseMs, wrongPauseMs], []]);
});

it('keeps nobody waiting at the end', async () => {
  const brake = createBrake(manualClock(0));
  const end = new AbortController();
  for (let wrong = 0; wrong < wrongAnswers; wrong += 1) await brake.wrong(end.signal);
  const waits = brake.wrong(end.signal);
  end.abort();
  await expect(waits).rejects.toMatchObject({ code: 'CANCELLED' });
});
