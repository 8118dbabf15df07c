import { afterEach, describe, expect, it } from 'vitest';
import { ErrorCode } from '#contract/errors.ts';
import { settled } from '../kernel/clock.fixture.ts';
import { AppError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import { needsAPerson } from '../kernel/needs-a-person.ts';
import { never } from './engine.fixture.ts';
import { endSessions, session } from './host-session.fixture.ts';
import { hostWasReached } from './host-was-reached.ts';

afterEach(endSessions);

const { signal } = new AbortController();

describe('a session whose host is reached, and its engine is not', () => {
  it('is degraded, as it would be had it been read before, since the first such try and whatever comes in between', async () => {
    const codes = ['ENGINE_TIMEOUT', 'SOCKET_DENIED'] as const;
    const { clock, session: made, phase, time, triedAt } = session({ tries: [...codes, 'wait'] });
    await settled();
    const first = made.status;
    await clock.advance(1_000);
    const second = made.status;
    await clock.advance(2_000);
    phase({ state: 'authenticating' });
    expect([first, second, made.status.state, triedAt]).toEqual([
      { state: 'degraded', since: time(0), code: codes[0], message: 'It says ENGINE_TIMEOUT.' },
      { state: 'degraded', since: time(0), code: codes[1], message: 'It says SOCKET_DENIED.' },
      'authenticating',
      [0, 1_000, 3_000],
    ]);
  });

  it('is offline from when it is not reached, and degraded anew after that', async () => {
    const {
      clock,
      session: made,
      time,
    } = session({
      tries: ['API_TOO_OLD', 'CONNECT_TIMEOUT', 'API_TOO_OLD', 'link'],
    });
    const seen = [];
    for (const ms of [0, 1_000, 2_000, 4_000]) {
      await clock.advance(ms);
      const { state, since } = made.status;
      seen.push([state, since]);
    }
    expect(seen).toEqual([
      ['degraded', time(0)],
      ['offline', time(1_000)],
      ['degraded', time(3_000)],
      ['live', time(7_000)],
    ]);
  });

  it('gets no further without another try, which it does not make where there is to be one only', async () => {
    const {
      clock,
      session: made,
      triedAt,
    } = session({ tries: ['ENGINE_DENIED'], retry: false, keepsConnection: true });
    await made.reached('listed', signal);
    await clock.advance(60_000);
    expect([made.status.state, made.problems().map(({ code }) => code), triedAt]).toEqual([
      'degraded',
      ['ENGINE_DENIED'],
      [0],
    ]);
    made.retry();
    await settled();
    expect(triedAt).toEqual([0, 60_000]);
  });

  it('does not call a host reached that was not, or one that waits for a person', () => {
    const reached = ErrorCode.options.filter(hostWasReached);
    expect([reached.filter(needsAPerson), reached]).toEqual([
      [],
      [
        'EXEC_NOT_ALLOWED',
        'EXEC_FAILED',
        'SOCKET_MISSING',
        'SOCKET_DENIED',
        'SOCKET_REFUSED',
        'FORWARD_REFUSED',
        'KEY_RESTRICTED',
        'COMMAND_FORCED',
        'SESSIONS_EXHAUSTED',
        'CHANNELS_EXHAUSTED',
        'DIAL_STDIO_FAILED',
        'UNDETERMINED',
        'ENGINE_UNREACHABLE',
        'ENGINE_TIMEOUT',
        'ENGINE_ANSWER_INVALID',
        'ENGINE_ANSWER_TOO_LARGE',
        'ENGINE_DENIED',
        'ENGINE_NOT_FOUND',
        'ENGINE_ERROR',
        'API_TOO_OLD',
        'API_TOO_NEW',
      ],
    ]);
  });
});

describe('a session that tries an engine again over the connection that stands', () => {
  const hung = { tries: ['ENGINE_TIMEOUT'], keepsConnection: true } as const;

  it('logs in once, waits a little longer each time, and says all the while that it is degraded', async () => {
    const tries = [...Array(5).fill('ENGINE_TIMEOUT'), 'link'];
    const { clock, session: made, triedAt, logins } = session({ tries, keepsConnection: true });
    const states = new Set<string>();
    for (let second = 0; second < 17; second += 1) {
      await clock.advance(second === 0 ? 0 : 1_000);
      states.add(made.status.state);
    }
    const during = [...states];
    await clock.advance(1_000);
    expect([during, triedAt, logins.length, made.status.state, made.problems()]).toEqual([
      ['degraded'],
      [0, 1_000, 3_000, 7_000, 12_000, 17_000],
      1,
      'live',
      [],
    ]);
    expect(limits.fleet.engineAgain.capMs).toBe(5_000);
  });

  it('tries it at once when a person asks, and tells that one did', async () => {
    const { clock, session: made, triedAt, wished } = session(hung);
    await clock.advance(100);
    made.retry();
    await settled();
    await clock.advance(2_000);
    expect([triedAt, wished]).toEqual([
      [0, 100, 2_100],
      [false, true, false],
    ]);
  });

  it('is offline when that connection ends, and connects anew as after any other that was lost', async () => {
    const { clock, session: made, triedAt, logins } = session(hung);
    await clock.advance(20_000);
    const before = triedAt.length;
    logins[0]?.abort(new AppError('CONNECTION_LOST', 'The link is dead.'));
    await settled();
    const offline = made.status;
    await clock.advance(1_000);
    expect([offline, logins.length, triedAt.length - before]).toEqual([
      expect.objectContaining({ state: 'offline', code: 'CONNECTION_LOST', attempt: 1 }),
      2,
      1,
    ]);
  });

  it('gives that connection up when this machine has slept, and makes one other', async () => {
    const { clock, session: made, logins } = session(hung);
    await clock.advance(60_000);
    const before = logins.length;
    void made.wake('sleep');
    await clock.advance(limits.fleet.wakeSpreadMs);
    expect([before, logins.length, made.status.state]).toEqual([1, 2, 'degraded']);
  });

  it('does so too where that connection was made for an earlier wake, a moment ago', async () => {
    const {
      clock,
      session: made,
      logins,
    } = session({
      tries: ['CONNECT_REFUSED', 'SOCKET_REFUSED'],
      keepsConnection: true,
    });
    await settled();
    void made.wake('sleep');
    await clock.advance(limits.fleet.wakeSpreadMs);
    await clock.advance(1_000);
    const before = [logins.length, made.status.state];
    void made.wake('network');
    await clock.advance(limits.fleet.wakeSpreadMs);
    expect([before, logins.length]).toEqual([[2, 'degraded'], 3]);
  });

  it('ends in the midst of its wait', async () => {
    const { clock, session: made, triedAt } = session(hung);
    await settled();
    await made[Symbol.asyncDispose]();
    await clock.advance(60_000);
    expect([triedAt, clock.sleeping()]).toEqual([[0], []]);
  });
});

describe('a session whose link falls silent', () => {
  it('is stale, and never degraded, until it is certain that the link is dead', async () => {
    const { clock, engine, links, session: made, reasons, time } = session();
    await clock.advance(1_000);
    const [link] = links;
    if (link === undefined) throw new Error('no link was made');
    const given = { ...engine.answers };
    engine.answers = {
      ...given,
      ping: never,
      list: never,
      inspect: never,
      networks: never,
      change: never,
      sample: never,
    };
    const change = made.live().change('stop', { containerId: 'a', graceSeconds: 60 }, signal);
    const failed = expect(change).rejects.toMatchObject({ code: 'CONNECTION_LOST' });
    const states: string[] = [];
    for (let second = 1; second <= 9; second += 1) {
      await clock.advance(1_000);
      link.quietMs = second * 1_000;
      if (states.at(-1) !== made.status.state) states.push(made.status.state);
    }
    await failed;
    const stale = made.status;
    link.drop(new AppError('CONNECTION_LOST', 'The link is dead.'));
    await settled();
    expect([states, stale, made.status.state, reasons()]).toEqual([
      ['live', 'stale'],
      { state: 'stale', since: time(7_500) },
      'offline',
      ['name-a last seen 10 s ago'],
    ]);
  });

  it('is live again once something is heard, and reads what it has missed', async () => {
    const { clock, engine, links, session: made } = session();
    await clock.advance(1_000);
    const given = { ...engine.answers };
    engine.answers = { ...given, ping: never, list: never, sample: never };
    for (const link of links) link.quietMs = 6_000;
    await clock.advance(7_000);
    const before = made.status.state;
    engine.answers = given;
    for (const link of links) link.quietMs = 0;
    engine.takeAsked();
    await clock.advance(5_000);
    const asked = engine.takeAsked();
    expect([before, made.status.state, asked.includes('list'), asked.includes('inspect a')]).toEqual([
      'stale',
      'live',
      true,
      true,
    ]);
  });
});

describe('a session that cannot begin to read over a link', () => {
  it('closes it, says so, and tries again', async () => {
    const { clock, engine, links, session: made } = session({ tries: ['link'] });
    Object.defineProperty(engine, 'engine', {
      configurable: true,
      get: () => {
        throw new TypeError('a bug');
      },
    });
    await clock.advance(0);
    const [first] = links;
    const seen = [first?.disposed, made.status];
    Object.defineProperty(engine, 'engine', { value: { name: 'docker', version: '20.10.24', apiVersion: '1.41' } });
    await clock.advance(1_000);
    expect([seen, links.length, made.status.state]).toEqual([
      [true, expect.objectContaining({ state: 'offline', code: 'INTERNAL' })],
      2,
      'live',
    ]);
  });
});
