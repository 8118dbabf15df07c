import { describe, expect, it } from 'vitest';
import type { ErrorCode } from '#contract/errors.ts';
import { settled } from '../kernel/clock.fixture.ts';
import { AppError } from '../kernel/errors.ts';
import { hopOf } from './hop.fixture.ts';
import { pooled } from './hop-pool.fixture.ts';

describe('a login that needs a person', () => {
  const refused = { code: 'AUTH_FAILED' };
  /** A pool at which one login was refused. */
  const refusing = async (code: ErrorCode = 'AUTH_FAILED', details = {}) => {
    const made = pooled();
    const asking = made.ask();
    (await made.login(0)).fail(code, details);
    await expect(asking).rejects.toMatchObject({ code });
    return made;
  };

  it('is not tried again for who comes later, however late, after a sleep too; by another way it is, which may let in who waits', async () => {
    const { ask, begun, clock, opened, pool, stand } = await refusing();
    await expect(ask()).rejects.toMatchObject(refused);
    pool.doubt();
    await clock.advance(24 * 3_600_000);
    await expect(ask()).rejects.toMatchObject(refused);
    const tries = begun();
    await stand({ chain: [hopOf({ host: 'bastion', identityFiles: ['/other'] })] });
    await expect(ask()).rejects.toMatchObject(refused);
    expect([tries, begun(), opened]).toEqual([1, 2, ['bastion']]);
  });

  it('says to who comes later when it was, with the day where that is another, and that nothing is tried now', async () => {
    const { ask, begun, clock } = await refusing();
    const told = async () => {
      const error = await ask().catch((thrown: unknown) => thrown);
      return error instanceof AppError ? [error.message, error.details] : error;
    };
    const at = new Date(0);
    const time = [at.getHours(), at.getMinutes()].map((part) => String(part).padStart(2, '0')).join(':');
    const day = [at.getFullYear(), at.getMonth() + 1, at.getDate()]
      .map((part) => String(part).padStart(2, '0'))
      .join('-');
    const rest = ': nothing was sent now, and it is not tried again by itself.';
    const soon = await told();
    await clock.advance(48 * 3_600_000);
    const details = { failedAt: '1970-01-01T00:00:00.000Z' };
    expect([soon, await told(), begun()]).toEqual([
      [`It did not. That was at ${time}${rest}`, details],
      [`It did not. That was on ${day} at ${time}${rest}`, details],
      1,
    ]);
  });

  it('is tried once more for each wish of a person, and shared again where it is refused again', async () => {
    const { ask, begun, login, opened } = await refusing();
    const wished = ask({ isWished: true });
    const beside = ask();
    (await login(1)).fail('PASSPHRASE_NEEDED');
    for (const each of [wished, beside, ask()]) {
      await expect(each).rejects.toMatchObject({ code: 'PASSPHRASE_NEEDED' });
    }
    expect([begun(), opened]).toEqual([2, []]);
  });

  it('is over when it succeeds, which is told, once', async () => {
    const { ask, begun, opened, stand } = await refusing();
    const { connection } = await stand({ isWished: true });
    expect((await ask()).connection).toBe(connection);
    const told = [...opened];
    connection.lose();
    await settled();
    await stand();
    expect([begun(), told, opened]).toEqual([3, ['bastion'], ['bastion']]);
  });

  it('has not been judged again where the wished try did not get so far: the next one finds out', async () => {
    const { ask, begun, login, opened } = await refusing();
    const wished = ask({ isWished: true });
    (await login(1)).fail('CONNECT_TIMEOUT');
    await expect(wished).rejects.toMatchObject({ code: 'CONNECT_TIMEOUT' });
    const next = ask();
    (await login(2)).succeed();
    await next;
    expect([begun(), opened]).toEqual([3, ['bastion']]);
  });

  it.each([
    ['befell a machine before it', 'AUTH_FAILED', { jump: 'me@outer:22' }],
    ['was given up', 'CANCELLED', {}],
    ['may be put right on the host', 'HANDSHAKE_FAILED', {}],
  ] as const)('is none where it %s', async (_, code, details) => {
    const { ask, begun, login } = await refusing(code, details);
    const later = ask();
    (await login(1)).succeed();
    await later;
    expect(begun()).toBe(2);
  });

  it('is wished for by the whole login where one of those who wait for it wishes it', async () => {
    const { ask, login } = pooled();
    void ask().catch(() => {});
    void ask({ isWished: true }).catch(() => {});
    void ask({ chain: [hopOf({ host: 'other' })] }).catch(() => {});
    expect([(await login(0)).asker.isWished, (await login(1)).asker.isWished]).toEqual([true, false]);
  });
});
