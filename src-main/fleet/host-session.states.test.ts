import { afterEach, describe, expect, it } from 'vitest';
import { ErrorCode } from '#contract/errors.ts';
import { settled } from '../kernel/clock.fixture.ts';
import { AppError } from '../kernel/errors.ts';
import { needsAPerson } from '../kernel/needs-a-person.ts';
import { batches, never, REPORT } from './engine.fixture.ts';
import { endSessions, session } from './host-session.fixture.ts';

afterEach(endSessions);

const lost = new AppError('CONNECTION_LOST', 'The link is dead.');
const { signal } = new AbortController();

describe('a session that connects', () => {
  it('says what it is at, with the number of its try, and since when it is at it', async () => {
    const { clock, session: made, phase, time } = session({ tries: ['CONNECT_REFUSED', 'wait'] });
    await clock.advance(1_000);
    const seen = [made.status];
    for (const each of [
      { state: 'connecting' },
      { state: 'authenticating' },
      { state: 'asking', what: 'passphrase', jump: null },
      { state: 'asking', what: 'passphrase', jump: null },
      { state: 'asking', what: 'code', jump: null },
      { state: 'authenticating' },
    ] as const) {
      await clock.advance(10);
      phase(each);
      seen.push(made.status);
    }
    const attempt = 2;
    expect(seen).toEqual([
      { state: 'connecting', attempt, since: time(1_000) },
      { state: 'connecting', attempt, since: time(1_000) },
      { state: 'authenticating', attempt, since: time(1_020) },
      { state: 'asking', what: 'passphrase', jump: null, attempt, since: time(1_030) },
      { state: 'asking', what: 'passphrase', jump: null, attempt, since: time(1_030) },
      { state: 'asking', what: 'code', jump: null, attempt, since: time(1_050) },
      { state: 'authenticating', attempt, since: time(1_060) },
    ]);
  });

  it('is waited for meanwhile, and what it says of a try that is over is not heard', async () => {
    const { clock, session: made, phase } = session({ tries: ['wait'] });
    let isDone = false;
    void made.reached('listed', signal).then(() => {
      isDone = true;
    });
    for (const state of ['authenticating', 'connecting'] as const) {
      phase({ state });
      await settled();
    }
    phase({ state: 'asking', what: 'password', jump: null });
    await clock.advance(60_000);
    const waits = !isDone;
    await made[Symbol.asyncDispose]();
    phase({ state: 'authenticating' });
    expect([waits, made.status.state]).toEqual([true, 'asking']);
  });

  it('does nothing at once for who wants another try, while one is under way', async () => {
    const { clock, session: made, triedAt, phase } = session({ tries: ['wait'] });
    for (const state of ['connecting', 'authenticating'] as const) {
      phase({ state });
      made.retry();
      await clock.advance(1_000);
    }
    expect(triedAt).toEqual([0]);
  });

  it('has been offline anew after it had waited for a person: something else is wrong', async () => {
    const { clock, session: made, time } = session({ tries: ['CONNECT_REFUSED', 'AUTH_FAILED', 'CONNECT_REFUSED'] });
    await clock.advance(1_000);
    const blocked = made.status.state;
    await clock.advance(60_000);
    made.retry();
    await settled();
    expect([blocked, made.status]).toEqual([
      'blocked',
      expect.objectContaining({ state: 'offline', since: time(61_000) }),
    ]);
  });

  it('has been offline since its first failure, whatever it was at in between, until a connection stands', async () => {
    const given = session({ tries: ['CONNECT_REFUSED', 'CONNECT_TIMEOUT', 'link', 'CONNECT_REFUSED'] });
    const { clock, engine, links, session: made, time } = given;
    await clock.advance(1_500);
    const before = made.status;
    engine.answers.list = () => Promise.reject(new AppError('ENGINE_DENIED', 'Not allowed.'));
    await clock.advance(2_000);
    const degraded = made.status;
    links[0]?.drop(lost);
    await settled();
    expect([before, degraded, made.status]).toEqual([
      expect.objectContaining({ state: 'offline', attempt: 2, since: time(0), code: 'CONNECT_TIMEOUT' }),
      expect.objectContaining({ state: 'degraded', since: time(3_000), code: 'ENGINE_DENIED' }),
      expect.objectContaining({ state: 'offline', since: time(3_500), code: 'CONNECTION_LOST' }),
    ]);
  });

  it('waits for a person after what was refused, and what has to be mended on this machine; after nothing else', () => {
    expect(ErrorCode.options.filter(needsAPerson)).toEqual([
      'USAGE',
      'CANCELLED',
      'HOME_UNUSABLE',
      'SSH_CONFIG_BROKEN',
      'SSH_CONFIG_UNSUPPORTED',
      'HOST_KEY_UNKNOWN',
      'HOST_KEY_REJECTED',
      'HOST_KEY_CHANGED',
      'HOST_KEY_REVOKED',
      'HOST_KEY_UNREADABLE',
      'AUTH_FAILED',
      'AUTH_NO_CREDENTIALS',
      'AUTH_UNANSWERED',
      'KEY_UNREADABLE',
      'KEY_PERMISSIONS',
      'KEY_INVALID',
      'PASSPHRASE_NEEDED',
      'PASSPHRASE_WRONG',
    ]);
  });
});

describe('a session whose connection ends', () => {
  it('knows nothing from that moment on, and whoever waits for an answer is told in the same turn', async () => {
    const { clock, engine, links, session: made } = session();
    await clock.advance(1_000);
    engine.answers = { ...engine.answers, inspect: never, change: never, logs: never };
    const connection = made.live();
    const told: string[] = [];
    const tell = (what: string) => (error: AppError) => void told.push(`${what} ${error.code}`);
    connection.inspect('a', signal).catch(tell('inspect'));
    connection.change('stop', { containerId: 'a', graceSeconds: 10 }, signal).catch(tell('change'));
    connection.logs({ containerId: 'a', follow: true, tail: 1, after: null }, signal).catch(tell('logs'));
    await settled();
    links[0]?.drop(lost);
    // No turn of the event loop: nothing but promises.
    for (let step = 0; step < 20; step += 1) await Promise.resolve();
    expect([told.sort(), made.status.state, made.view().verdict, made.connection]).toEqual([
      ['change CONNECTION_LOST', 'inspect CONNECTION_LOST', 'logs CONNECTION_LOST'],
      'offline',
      'unknown',
      null,
    ]);
    expect(() => made.live()).toThrow(expect.objectContaining({ code: 'HOST_NOT_LIVE' }));
  });

  it('waits for no dead link to be closed, before its next try or with what it says', async () => {
    const closing = Promise.withResolvers<void>();
    const { clock, links, session: made, triedAt } = session();
    await clock.advance(1_000);
    const [link] = links;
    if (link !== undefined) link[Symbol.asyncDispose] = () => closing.promise;
    link?.drop(lost);
    await settled();
    const soon = made.status.state;
    await clock.advance(1_000);
    const later = made.status.state;
    let isOver = false;
    const over = made[Symbol.asyncDispose]().then(() => {
      isOver = true;
    });
    await settled();
    const waits = !isOver;
    closing.resolve();
    await over;
    expect([soon, later, triedAt, waits]).toEqual(['offline', 'live', [0, 2_000], true]);
  });

  it('tells how it is connected as long as it is', async () => {
    const { clock, links, session: made } = session();
    const before = made.report();
    await clock.advance(1_000);
    const during = made.report();
    Object.assign(links[0] ?? {}, { notes: ['CertificateFile is not followed.'] });
    const withNotes = made.report()?.notes;
    links[0]?.drop(lost);
    await settled();
    expect([before, during, withNotes, made.report()]).toEqual([
      null,
      { ...REPORT, notes: [] },
      ['CertificateFile is not followed.'],
      null,
    ]);
  });
});

describe('a session whose engine hangs', () => {
  it('refuses what is asked, gives up what was, and leaves open the logs that are followed', async () => {
    const { clock, engine, session: made, reasons } = session();
    await clock.advance(1_000);
    engine.answers.logs = async () => batches([{ stream: 'stdout', time: null, text: 'hello', cut: false }]);
    const followed = await made.live().logs({ containerId: 'a', follow: true, tail: 1, after: null }, signal);
    const given = { ...engine.answers };
    engine.answers = {
      ...given,
      ping: never,
      list: never,
      inspect: never,
      networks: never,
      sample: never,
      change: never,
    };
    const hungAt = clock.monotonic();
    const change = made.live().change('stop', { containerId: 'a', graceSeconds: 60 }, signal);
    let failedAt = Number.NaN;
    const failed = change.catch((error: AppError) => {
      failedAt = clock.monotonic();
      return error.code;
    });
    await clock.advance(8_000);
    expect([await failed, failedAt - hungAt <= 8_000, made.status.state, reasons()]).toEqual([
      'ENGINE_TIMEOUT',
      true,
      'degraded',
      ['name-a last seen 9 s ago'],
    ]);
    expect(() => made.live()).toThrow(expect.objectContaining({ code: 'HOST_NOT_LIVE' }));
    const lines = await Array.fromAsync(followed);
    expect(lines.flat().map(({ text }) => text)).toEqual(['hello']);
  });
});
