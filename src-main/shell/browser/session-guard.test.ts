import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type ManualClock, manualClock } from '../../kernel/clock.fixture.ts';
import { limits } from '../../kernel/limits.ts';
import { type Admission, SessionGuard } from './session-guard.ts';

const own = () => true;
const stranger = () => false;

function guardAt(clock: ManualClock = manualClock(1_000_000)) {
  const guard = new SessionGuard({ clock });
  const admit = (cookies: readonly string[] = []) => guard.redeem(guard.issueToken(), cookies, own) as Admission;
  return { clock, guard, admit };
}

describe('a token', () => {
  it('opens one window, once', () => {
    const { guard } = guardAt();
    const token = guard.issueToken();
    const first = guard.redeem(token, [], own);
    expect([first, guard.redeem(token, [], own)]).toEqual([
      { cookie: expect.stringMatching(/^[\w-]{43}$/), secret: expect.stringMatching(/^[\w-]{43}$/) },
      null,
    ]);
  });

  it('is 32 random bytes, and each is another', () => {
    const { guard } = guardAt();
    const tokens = Array.from({ length: 100 }, () => guard.issueToken());
    expect([new Set(tokens).size, ...new Set(tokens.map((token) => Buffer.from(token, 'base64url').length))]).toEqual([
      100, 32,
    ]);
  });

  it.each([
    [0, true],
    [1, false],
  ])('waits two minutes; %i ms more: %s', async (more, isValid) => {
    const { clock, guard } = guardAt();
    const token = guard.issueToken();
    await clock.advance(limits.browser.tokenMs + more);
    expect(guard.redeem(token, [], own) !== null).toBe(isValid);
  });

  it('does not live longer because the machine slept', () => {
    let wall = 0;
    const guard = new SessionGuard({ clock: { now: () => wall, monotonic: () => 5, sleep: async () => {} } });
    const token = guard.issueToken();
    wall = limits.browser.tokenMs + 1;
    expect(guard.redeem(token, [], own)).toBeNull();
  });

  it('is void when more than the bound wait, the oldest first', () => {
    const { guard } = guardAt();
    const tokens = Array.from({ length: limits.browser.tokens + 1 }, () => guard.issueToken());
    expect(tokens.map((token) => guard.redeem(token, [], own) !== null)).toEqual([
      false,
      ...tokens.slice(1).map(() => true),
    ]);
  });

  it('for the operator alone is taken from no other user, and left to the operator', () => {
    const { guard } = guardAt();
    const token = guard.issueToken('own-user');
    const fromStranger = guard.redeem(token, [], stranger);
    expect([fromStranger, guard.redeem(token, [], own) !== null]).toEqual([null, true]);
  });

  it('for anyone does not ask who brings it', () => {
    const { guard } = guardAt();
    const never = () => {
      throw new Error('asked');
    };
    expect(guard.redeem(guard.issueToken(), [], never)).not.toBeNull();
  });

  it('is not guessed in 1,000 tries, nor is any part, prefix or variant of it one', () => {
    const { guard } = guardAt();
    const token = guard.issueToken();
    const variants = ['', token.slice(0, -1), `${token}A`, ` ${token}`, token.toLowerCase(), `${token}\0`, `${token}=`];
    const guesses = [...variants, ...Array.from({ length: 1_000 }, () => randomBytes(32).toString('base64url'))];
    expect(guesses.filter((guess) => guard.redeem(guess, [], own) !== null)).toEqual([]);
    expect(guard.redeem(token, [], own)).not.toBeNull();
  });
});

describe('a window', () => {
  it('is let in with cookie and secret together, as often as it likes', () => {
    const { guard, admit } = guardAt();
    const { cookie, secret } = admit();
    expect([
      guard.admits([cookie], secret),
      guard.admits(['set by another port', cookie], secret),
      guard.admits([cookie], 'wrong'),
      guard.admits(['wrong'], secret),
      guard.admits([], secret),
      guard.admits([secret], cookie),
      guard.admits([cookie], ''),
      guard.admits([cookie], secret),
    ]).toEqual([true, true, false, false, false, false, false, true]);
  });

  it('of another browser does not fit', () => {
    const { guard, admit } = guardAt();
    const [one, other] = [admit(), admit()];
    expect([guard.admits([one.cookie], other.secret), guard.admits([other.cookie], one.secret)]).toEqual([
      false,
      false,
    ]);
  });

  it('of the same browser shares its cookie, so that a newer one locks no older out', () => {
    const { guard, admit } = guardAt();
    const first = admit();
    const second = admit(['unknown', first.cookie]);
    expect([
      second.cookie === first.cookie,
      second.secret === first.secret,
      guard.admits([first.cookie], first.secret),
      guard.admits([first.cookie], second.secret),
    ]).toEqual([true, false, true, true]);
  });

  it('never gets a cookie of its own choice', () => {
    const { admit } = guardAt();
    expect(admit(['chosen']).cookie).not.toBe('chosen');
  });

  it('stays known while it is used; beyond the bound the one unused longest is not', () => {
    const { guard, admit } = guardAt();
    const used = admit();
    const unused = admit();
    for (let more = 0; more < limits.browser.windows - 1; more += 1) {
      guard.admits([used.cookie], used.secret);
      admit();
    }
    expect([guard.admits([used.cookie], used.secret), guard.admits([unused.cookie], unused.secret)]).toEqual([
      true,
      false,
    ]);
  });

  it('is not guessed in 1,000 tries', () => {
    const { guard, admit } = guardAt();
    const { cookie } = admit();
    const guesses = Array.from({ length: 1_000 }, () => randomBytes(32).toString('base64url'));
    expect(guesses.filter((guess) => guard.admits([cookie], guess))).toEqual([]);
  });
});
