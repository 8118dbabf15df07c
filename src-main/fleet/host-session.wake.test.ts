import { afterEach, describe, expect, it } from 'vitest';
import { settled } from '../kernel/clock.fixture.ts';
import { AppError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import { never } from './engine.fixture.ts';
import { summary } from './facts.fixture.ts';
import { endSessions, session } from './host-session.fixture.ts';

afterEach(endSessions);

const { wakeAnswerMs, wakeSpreadMs } = limits.fleet;
const EIGHT_HOURS = 8 * 3_600_000;

describe('a session whose machine has slept', () => {
  it('shows nothing as fresh until its list was read again, over a link that is still there', async () => {
    const { clock, engine, session: made, triedAt, reasons, time } = session();
    await clock.advance(1_000);
    engine.takeAsked();
    engine.containers = [summary('a', { state: 'exited', exitCode: 3 })];
    clock.nap(EIGHT_HOURS);
    const asleep = [made.view().verdict, reasons()];
    const woken = made.wake('sleep');
    const at = [made.view().status, made.view().verdict, reasons(), made.hasReached('inspected')];
    expect(() => made.live()).toThrow(expect.objectContaining({ code: 'HOST_NOT_LIVE', details: { state: 'stale' } }));
    await woken;
    await settled();
    expect([asleep, at]).toEqual([
      ['unknown', ['name-a last seen 8 h ago']],
      [{ state: 'stale', since: time(1_000) }, 'unknown', ['name-a last seen 8 h ago'], true],
    ]);
    expect([made.view().status.state, reasons(), engine.takeAsked(), triedAt]).toEqual([
      'live',
      ['name-a exited 3'],
      ['ping', 'list', 'networks', 'inspect a'],
      [0],
    ]);
  });

  it('does not take for news what was asked for before it slept', async () => {
    const { clock, engine, session: made } = session();
    await clock.advance(9_999);
    const { list } = engine.answers;
    const early = Promise.withResolvers<void>();
    engine.answers.list = () => early.promise.then(list);
    await clock.advance(1);
    const late = Promise.withResolvers<void>();
    engine.answers.list = () => late.promise.then(list);
    await made.wake('sleep');
    early.resolve();
    await settled();
    const before = made.view().status.state;
    late.resolve();
    await settled();
    expect([before, made.view().status.state]).toEqual(['stale', 'live']);
  });

  it('gives up a link that is dead, and makes another, once, without a wait', async () => {
    const { clock, engine, links, session: made, triedAt } = session();
    await clock.advance(1_000);
    const works = { ...engine.answers };
    engine.answers.ping = never;
    const woken = made.wake('sleep');
    await clock.advance(wakeAnswerMs - 1);
    const before = made.view().status.state;
    await clock.advance(1);
    await woken;
    const between = made.view().status;
    engine.answers = works;
    await clock.advance(wakeSpreadMs);
    expect([before, between, triedAt, links.map(({ disposed }) => disposed)]).toEqual([
      'stale',
      expect.objectContaining({
        state: 'offline',
        code: 'CONNECTION_LOST',
        message: 'The connection did not outlive the sleep of this machine.',
      }),
      [0, 1_000 + wakeAnswerMs + wakeSpreadMs],
      [true, false],
    ]);
    expect([made.view().status.state, made.problems()]).toEqual(['live', []]);
  });

  it('says what a link did not outlive', async () => {
    const { clock, engine, session: made } = session();
    await clock.advance(1_000);
    engine.answers.ping = never;
    void made.wake('network');
    await clock.advance(wakeAnswerMs);
    expect(made.view().status).toMatchObject({
      message: 'The connection did not outlive a change of this machine’s network.',
    });
  });

  it('has waits as ever once that is done', async () => {
    const { clock, engine, session: made, triedAt } = session({ tries: ['link', 'CONNECT_REFUSED'] });
    await clock.advance(1_000);
    engine.answers.ping = never;
    void made.wake('sleep');
    await clock.advance(wakeAnswerMs + wakeSpreadMs);
    const first = 1_000 + wakeAnswerMs + wakeSpreadMs;
    await clock.advance(6_000);
    expect(triedAt).toEqual([0, first, first + 2_000, first + 6_000]);
  });

  it('leaves alone the link that took the place of one that ended while it was asked', async () => {
    const { clock, engine, links, session: made, triedAt } = session();
    const dead = new AppError('CONNECTION_LOST', 'It is dead.');
    await clock.advance(1_000);
    const works = { ...engine.answers };
    engine.answers.ping = never;
    const woken = made.wake('sleep');
    links[0]?.drop(dead);
    engine.answers = works;
    await clock.advance(5_000);
    await woken;
    links[1]?.drop(dead);
    await clock.advance(5_000);
    // Each after the usual wait.
    expect([triedAt, made.view().status.state]).toEqual([[0, 2_000, 7_000], 'live']);
  });

  it('tries an offline host at once, and soon again: its network may come up after it', async () => {
    const { clock, session: made, triedAt } = session({ tries: ['UNREACHABLE'] });
    await clock.advance(20_000);
    await made.wake('sleep');
    await clock.advance(4_000);
    const first = 20_000 + wakeSpreadMs;
    expect(triedAt).toEqual([0, 1_000, 3_000, 7_000, 15_000, first, first + 1_000, first + 3_000]);
  });

  it('leaves a host alone that waits for a person, or asks one', async () => {
    const blocked = session({ tries: ['AUTH_FAILED'] });
    const asking = session({ tries: ['wait'] });
    await asking.clock.advance(1_000);
    asking.phase({ state: 'asking', what: 'passphrase', jump: null });
    const before = asking.session.view().status;
    for (const { clock, session: made } of [blocked, asking]) {
      await clock.advance(1_000);
      await made.wake('sleep');
      await clock.advance(60_000);
    }
    expect([blocked.triedAt, asking.triedAt, asking.session.view().status]).toEqual([[0], [0], before]);
  });

  it('gives up the try that is under way, which went over what may be gone, and begins anew', async () => {
    const { clock, session: made, triedAt, phase, time } = session({ tries: ['CONNECT_REFUSED', 'wait', 'link'] });
    await clock.advance(2_000);
    const late = phase;
    late({ state: 'authenticating' });
    const before = made.view().status;
    await made.wake('sleep');
    await settled();
    const between = made.view().status;
    await clock.advance(wakeSpreadMs);
    expect([before, between, triedAt, made.view().status.state]).toEqual([
      { state: 'authenticating', attempt: 2, since: time(2_000) },
      { state: 'connecting', attempt: 1, since: time(2_000) },
      [0, 1_000, 2_000 + wakeSpreadMs],
      'live',
    ]);
  });
});

describe('a session that is woken many times in a row', () => {
  /** Every 100 ms, for `ms`. */
  const wakeFor = async ({ clock, session: made }: ReturnType<typeof session>, ms: number) => {
    for (let waited = 0; waited < ms; waited += 100) {
      for (let times = 0; times < 3; times += 1) void made.wake('network');
      await clock.advance(100);
    }
  };

  it('asks a link that stands one question at a time, and makes no other', async () => {
    const made = session();
    const { clock, engine, triedAt } = made;
    await clock.advance(1_000);
    engine.answers.ping = () => clock.sleep(400).then(() => 400);
    engine.takeAsked();
    await wakeFor(made, 2_000);
    // One each 400 ms, and the pulse's own: not one for each of the 60 calls.
    const pings = engine.takeAsked().filter((question) => question === 'ping').length;
    await clock.advance(1_000);
    expect([pings <= 7, triedAt, made.session.view().status.state]).toEqual([true, [0], 'live']);
  });

  it('has one try under way, which is given its time', async () => {
    const made = session({ tries: ['wait'] });
    await wakeFor(made, 4_000);
    // The first was begun before; the second for the first of the calls.
    expect(made.triedAt).toEqual([0, wakeSpreadMs]);
    await wakeFor(made, 2_000);
    expect(made.triedAt.length).toBe(3);
  });

  it('tries again at once where a try that was begun meanwhile fails, however many calls there were', async () => {
    const made = session({ tries: ['UNREACHABLE'] });
    const { clock, triedAt } = made;
    await clock.advance(20_000);
    triedAt.length = 0;
    await wakeFor(made, 1_000);
    // Each waits its spread: four in a second, not thirty.
    expect([triedAt.length <= 4, triedAt[0]]).toEqual([true, 20_000 + wakeSpreadMs]);
  });
});
