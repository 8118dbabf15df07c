import { expect, it } from 'vitest';
import { manualClock } from '../../kernel/clock.fixture.ts';
import { AppError } from '../../kernel/errors.ts';
import { limits } from '../../kernel/limits.ts';
import { LoginTime } from './login-time.ts';

const { handshakeMs, challengeMs } = limits.ssh;

it('lets each side have its time, which runs only in its turn', async () => {
  const clock = manualClock(0);
  using time = new LoginTime(clock, (turn) => new AppError('TIMEOUT', turn));
  const reason = () => (time.signal.aborted ? time.signal.reason.message : null);
  await clock.advance(handshakeMs - 10);
  time.turnTo('person');
  time.turnTo('person');
  await clock.advance(challengeMs - 10);
  const left = [time.left, reason()];
  time.turnTo('machine');
  await clock.advance(9);
  time.turnTo('person');
  await clock.advance(9);
  expect([left, time.left, reason()]).toEqual([[10, null], 1, null]);
  await clock.advance(1);
  expect(reason()).toBe('person');
});

it('is the machine that is late where nobody was asked', async () => {
  const clock = manualClock(0);
  using time = new LoginTime(clock, (turn) => new AppError('TIMEOUT', turn));
  await clock.advance(handshakeMs);
  expect(time.signal.reason).toMatchObject({ message: 'machine' });
});

it('is over when it is disposed, whoever turns it later', async () => {
  const clock = manualClock(0);
  const time = new LoginTime(clock, (turn) => new AppError('TIMEOUT', turn));
  time[Symbol.dispose]();
  time.turnTo('person');
  await clock.advance(challengeMs * 2);
  expect([time.signal.aborted, clock.sleeping()]).toEqual([false, []]);
});
