import { afterEach, describe, expect, it } from 'vitest';
import { AppError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import { endSessions, session } from './host-session.fixture.ts';

afterEach(endSessions);

describe('a try that a person asks for', () => {
  it('is told from those that are made anyway: at first, after a wait, after a sleep', async () => {
    const { clock, session: made, wished } = session({ tries: ['CONNECT_REFUSED'] });
    await clock.advance(limits.fleet.reconnect.baseMs);
    await made.wake('sleep');
    await clock.advance(limits.fleet.wakeSpreadMs);
    const before = [...wished];
    made.retry();
    await clock.advance(limits.fleet.reconnect.capMs);
    expect([before, wished[before.length], [...new Set(wished.slice(before.length + 1))]]).toEqual([
      [false, false, false],
      true,
      [false],
    ]);
  });

  it('is still one where it was given up for another because of a sleep', async () => {
    const { clock, session: made, wished, phase } = session({ tries: ['AUTH_FAILED', 'wait', 'CONNECT_REFUSED'] });
    await clock.advance(100);
    made.retry();
    await clock.advance(0);
    phase({ state: 'connecting' });
    await made.wake('sleep');
    await clock.advance(limits.fleet.wakeSpreadMs + limits.fleet.reconnect.capMs);
    expect(wished.slice(0, 4)).toEqual([false, true, true, false]);
  });

  it('is over with the link that it led to', async () => {
    const { clock, links, session: made, wished } = session({ tries: ['AUTH_FAILED', 'link'] });
    await clock.advance(100);
    made.retry();
    await clock.advance(1_000);
    links[0]?.drop(new AppError('CONNECTION_LOST', 'The link is dead.'));
    await clock.advance(limits.fleet.reconnect.capMs);
    expect(wished).toEqual([false, true, false]);
  });
});

describe('a way that is open again', () => {
  const because = (code: 'AUTH_FAILED' | 'CONNECT_TIMEOUT', jump: string) =>
    new AppError(code, 'On the way to atlas: No.', { details: { jump } });

  it('lets a host go on that waited for a person because of it, although nobody asked for that host', async () => {
    const { clock, session: made, wished } = session({ tries: [because('AUTH_FAILED', 'ops@bastion:22'), 'link'] });
    await clock.advance(24 * 3_600_000);
    made.wayIsOpen('ops@bastion:22');
    made.wayIsOpen('ops@bastion:22');
    await clock.advance(1_000);
    made.wayIsOpen('ops@bastion:22');
    await clock.advance(60_000);
    expect([wished, made.status.state]).toEqual([[false, false], 'live']);
  });

  it.each([
    ['waits for a person because of another machine', because('AUTH_FAILED', 'ops@other:22')],
    ['was refused itself', new AppError('AUTH_FAILED', 'No.')],
    ['tries by itself, in its time', because('CONNECT_TIMEOUT', 'ops@bastion:22')],
  ])('is nothing to a host that %s', async (_, why) => {
    const { clock, session: made, triedAt } = session({ tries: [why] });
    await clock.advance(100);
    made.wayIsOpen('ops@bastion:22');
    await clock.advance(100);
    expect(triedAt).toEqual([0]);
  });
});
