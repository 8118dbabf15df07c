import { afterEach, describe, expect, it } from 'vitest';
import type { ErrorCode } from '#contract/errors.ts';
import { settled } from '../kernel/clock.fixture.ts';
import { AppError } from '../kernel/errors.ts';
import { batches, never } from './engine.fixture.ts';
import { detail, engineEvent, NO_PREFERENCES, summary } from './facts.fixture.ts';
import { endSessions, session } from './host-session.fixture.ts';
import type { HostSession } from './host-session.ts';

afterEach(endSessions);

const lost = new AppError('CONNECTION_LOST', 'The link is dead.', { hint: 'Wait.' });

describe('HostSession', () => {
  it('connects, reads, and is live', async () => {
    const { clock, session: made, time, reasons } = session();
    const before = made.view().status;
    await clock.advance(1_000);
    expect([before, made.view(), reasons(), made.problems()]).toEqual([
      { state: 'connecting', attempt: 1, since: time(0) },
      expect.objectContaining({
        status: { state: 'live', since: time(0) },
        verdict: 'green',
        engine: { name: 'docker', version: '20.10.24', apiVersion: '1.41' },
        latencyMs: 5,
        freshAt: time(0),
      }),
      ['name-a unchecked'],
      [],
    ]);
  });

  it.each<ErrorCode>([
    'HOST_KEY_UNKNOWN',
    'HOST_KEY_REJECTED',
    'HOST_KEY_CHANGED',
    'HOST_KEY_REVOKED',
    'HOST_KEY_UNREADABLE',
    'AUTH_FAILED',
    'AUTH_NO_CREDENTIALS',
    'KEY_UNREADABLE',
    'KEY_PERMISSIONS',
    'KEY_INVALID',
    'PASSPHRASE_NEEDED',
    'PASSPHRASE_WRONG',
    'CANCELLED',
    'HOME_UNUSABLE',
    'USAGE',
  ])('waits for a person after %s, and never tries again', async (code) => {
    const { clock, session: made, triedAt, time } = session({ tries: [code] });
    await clock.advance(3_600_000);
    await made.reached('loaded', new AbortController().signal);
    expect([triedAt, clock.sleeping(), made.view().status, made.problems()]).toEqual([
      [0],
      [],
      { state: 'blocked', since: time(0), code, message: `It says ${code}.` },
      [{ where: 'ssh://ops@atlas', code, message: `It says ${code}.`, hint: 'Look.' }],
    ]);
  });

  it('tries again ever more slowly, and says when', async () => {
    const { clock, session: made, triedAt, time } = session({ tries: ['CONNECT_REFUSED'] });
    await settled();
    expect(made.view().status).toEqual({
      state: 'offline',
      since: time(0),
      code: 'CONNECT_REFUSED',
      message: 'It says CONNECT_REFUSED.',
      attempt: 1,
      nextTryAt: time(1_000),
    });
    await clock.advance(61_000);
    expect([triedAt, made.view().status]).toEqual([
      [0, 1_000, 3_000, 7_000, 15_000, 30_000, 45_000, 60_000],
      // The outage began with the first.
      expect.objectContaining({ since: time(0), attempt: 8, nextTryAt: time(75_000) }),
    ]);
  });

  it('begins anew with short waits after a link over which it was read, not after one that was useless', async () => {
    const useful = session({ tries: ['CONNECT_REFUSED', 'CONNECT_REFUSED', 'link'] });
    await useful.clock.advance(3_000);
    useful.links[0]?.drop(lost);
    await settled();
    const useless = session({ tries: ['CONNECT_REFUSED', 'CONNECT_REFUSED', 'link'] });
    useless.engine.answers.list = never;
    await useless.clock.advance(3_000);
    useless.links[0]?.drop(lost);
    await settled();
    expect([useful, useless].map(({ session: made }) => made.view().status)).toEqual([
      expect.objectContaining({ state: 'offline', attempt: 1, nextTryAt: useful.time(4_000) }),
      expect.objectContaining({ state: 'offline', attempt: 3, nextTryAt: useless.time(7_000) }),
    ]);
  });

  it('tries once where it is told to, and is then done', async () => {
    const { clock, session: made, triedAt } = session({ tries: ['CONNECT_REFUSED'], retry: false });
    await made.reached('loaded', new AbortController().signal);
    await clock.advance(3_600_000);
    expect([triedAt, made.view().status, clock.sleeping()]).toEqual([
      [0],
      expect.objectContaining({ state: 'offline', nextTryAt: null }),
      [],
    ]);
  });

  it('knows nothing while the link is gone, and reads everything again over the next', async () => {
    const { clock, engine, links, session: made, reasons } = session({ ids: ['a', 'b'] });
    await clock.advance(2_000);
    engine.takeAsked();
    links[0]?.drop(lost);
    await settled();
    const offline = [made.view().status.state, made.view().verdict, made.view().latencyMs, ...reasons()];
    engine.containers = [summary('a', { state: 'exited', exitCode: 3 }), summary('b')];
    await clock.advance(1_000);
    expect([offline, links.map(({ disposed }) => disposed)]).toEqual([
      ['offline', 'unknown', null, 'name-a last seen 2 s ago', 'name-b last seen 2 s ago'],
      [true, false],
    ]);
    expect([made.view().status.state, ...reasons(), made.problems(), engine.takeAsked()]).toEqual([
      'live',
      'name-a exited 3',
      'name-b unchecked',
      [],
      expect.arrayContaining(['list', 'inspect a', 'inspect b', 'events -602000']),
    ]);
  });

  it('is degraded while its engine does not answer, since when and why; then live', async () => {
    const { clock, engine, session: made, time, reasons } = session();
    await clock.advance(1_000);
    const works = { ...engine.answers };
    engine.answers = {
      ping: never,
      list: never,
      inspect: never,
      networks: never,
      sample: never,
      events: never,
      change: never,
      logs: never,
    };
    await clock.advance(20_000);
    const message = 'The engine has answered nothing for 5 s.';
    expect([made.view().status, made.view().verdict, reasons(), made.problems().map(({ code }) => code)]).toEqual([
      { state: 'degraded', since: time(7_500), code: 'ENGINE_TIMEOUT', message },
      'unknown',
      ['name-a last seen 21 s ago'],
      ['ENGINE_TIMEOUT'],
    ]);
    engine.answers = works;
    engine.containers = [summary('a', { state: 'paused' })];
    await clock.advance(7_500);
    expect([made.view().status.state, reasons(), made.problems()]).toEqual(['live', ['name-a paused'], []]);
  });

  describe('retry', () => {
    it.each<[ErrorCode, boolean]>([
      ['AUTH_FAILED', true],
      ['AUTH_FAILED', false],
      ['CONNECT_REFUSED', true],
      ['CONNECT_REFUSED', false],
    ])('connects at once after %s (tries by itself: %s)', async (code, retry) => {
      const { clock, session: made, triedAt } = session({ tries: [code, code, 'link'], retry });
      await clock.advance(100);
      made.retry();
      await clock.advance(0);
      const again = made.view().status;
      made.retry();
      await clock.advance(1_000);
      expect([triedAt, again, made.view().status.state, made.problems()]).toEqual([
        [0, 100, 100],
        expect.objectContaining({ state: code === 'AUTH_FAILED' ? 'blocked' : 'offline', code }),
        'live',
        [],
      ]);
    });

    it('does nothing to a session that connects, is live, or only waits for its engine', async () => {
      const connecting = session({ tries: ['wait'] });
      const live = session();
      await live.clock.advance(1_000);
      for (const { session: made } of [connecting, live]) made.retry();
      live.engine.answers.list = () => Promise.reject(new AppError('ENGINE_TIMEOUT', 'No answer.'));
      await live.clock.advance(10_000);
      const { state } = live.session.view().status;
      live.session.retry();
      await live.clock.advance(60_000);
      expect([state, connecting.triedAt, live.triedAt]).toEqual(['degraded', [0], [0]]);
    });

    it('begins with the next failure, not with a call before it', async () => {
      const { clock, session: made, triedAt } = session({ tries: ['link', 'CONNECT_REFUSED'] });
      made.retry();
      await clock.advance(10_000);
      expect([triedAt, made.view().status.state]).toEqual([[0], 'live']);
    });
  });

  it('judges by new preferences at once', async () => {
    const { clock, session: made, changes } = session();
    await clock.advance(1_000);
    const before = changes();
    made.known.setPreferences({ ...NO_PREFERENCES, pinned: [{ app: 'shop', service: 'db' }] });
    expect([changes() - before, made.view().verdict]).toEqual([1, 'down']);
  });

  it('tells when its latency changes', async () => {
    const { clock, engine, session: made, changes } = session({ ids: [] });
    await clock.advance(4_000);
    const before = changes();
    engine.answers.ping = async () => 40;
    // The median is still what it was.
    await clock.advance(1_500);
    const same = changes();
    await clock.advance(2_500);
    expect([same - before, changes() - same, made.view().latencyMs]).toEqual([0, 1, 40]);
  });

  describe('where nobody looks at its load', () => {
    const MEMORY = { memoryBytes: 64 * 1024 ** 2 };
    const loads = (made: HostSession) => made.view().apps[0]?.containers[0];
    const samples = (engine: { takeAsked(): string[] }) =>
      engine.takeAsked().filter((question) => question.startsWith('sample')).length;

    it('samples it rarely, and goes on showing and judging it', async () => {
      const { clock, engine, session: made } = session();
      engine.answers.inspect = async (id) => detail(id, { memoryLimitBytes: 64 * 1024 ** 2 });
      await clock.advance(1_000);
      made.watchLoad(false);
      samples(engine);
      const seen = [];
      for (let minutes = 0; minutes < 3; minutes += 1) {
        await clock.advance(60_000);
        seen.push([samples(engine), loads(made)]);
      }
      const shown = expect.objectContaining({ ...MEMORY, reason: 'near its memory limit: 64 of 64 MB' });
      expect(seen).toEqual([
        [1, shown],
        [1, shown],
        [1, shown],
      ]);
    });

    it('samples at once when somebody looks again; until then what is known stands', async () => {
      const { clock, engine, session: made } = session();
      await clock.advance(1_000);
      made.watchLoad(false);
      await clock.advance(45_000);
      samples(engine);
      const { sample: answer } = engine.answers;
      const late = Promise.withResolvers<void>();
      engine.answers.sample = (id) => late.promise.then(() => answer(id));
      made.watchLoad(true);
      await clock.advance(5_000);
      const waiting = [samples(engine), loads(made)];
      late.resolve();
      await clock.advance(100);
      const after = loads(made);
      engine.answers.sample = never;
      await clock.advance(15_001);
      // From then on by the pace that is set.
      expect([waiting, after, loads(made)]).toEqual([
        [1, expect.objectContaining(MEMORY)],
        expect.objectContaining(MEMORY),
        expect.objectContaining({ memoryBytes: null }),
      ]);
    });

    it('samples no more often than is set', async () => {
      const { clock, engine, session: made, intervals } = session();
      await clock.advance(1_000);
      intervals.sampleMs = 3_600_000;
      made.watchLoad(false);
      samples(engine);
      await clock.advance(3_599_000);
      const before = samples(engine);
      await clock.advance(1_000);
      expect([before, samples(engine)]).toEqual([0, 1]);
    });
  });

  it('follows its intervals while they change, and calls nothing old that was read as often as was asked', async () => {
    const { clock, engine, session: made, intervals, reasons } = session();
    const set = (refreshMs: number, sampleMs: number) => {
      Object.assign(intervals, { refreshMs, sampleMs });
      made.followIntervals();
    };
    const asked = () => engine.takeAsked().filter((question) => question === 'list' || question.startsWith('sample'));
    await clock.advance(1_000);
    set(3_600_000, 3_600_000);
    await clock.advance(1_000_000);
    asked();
    const old = reasons();
    const { list } = engine.answers;
    const late = Promise.withResolvers<void>();
    engine.answers.list = () => late.promise.then(list);
    set(2_000, 1_000);
    const soon = reasons();
    await settled();
    const questions = asked();
    late.resolve();
    await clock.advance(2_000);
    const next = asked();
    // Three times two seconds without an answer.
    engine.answers.list = never;
    await clock.advance(6_100);
    expect([old, soon, questions, next, reasons()]).toEqual([
      ['name-a unchecked'],
      ['name-a unchecked'],
      ['list', 'sample a'],
      ['sample a', 'list', 'sample a'],
      ['name-a last seen 6 s ago'],
    ]);
  });

  describe('what is asked of it', () => {
    const request = { containerId: 'a', follow: false, tail: null, after: null };
    const { signal } = new AbortController();

    it('logs are read as the container is known to write them', async () => {
      const { clock, engine, session: made } = session();
      engine.answers.inspect = async (id) => detail(id, { tty: true });
      const told: unknown[] = [];
      engine.answers.logs = async (_, options) => {
        told.push(options.tty);
        return batches([{ stream: 'tty', time: null, text: 'hello', cut: false }]);
      };
      await clock.advance(1_000);
      engine.takeAsked();
      const lines = await Array.fromAsync(await made.live().logs(request, signal));
      expect([told, lines.flat().map(({ text }) => text), engine.takeAsked()]).toEqual([[true], ['hello'], ['logs a']]);
    });

    it('logs of a container that no list has shown are asked of the engine', async () => {
      const { clock, session: made } = session();
      await clock.advance(1_000);
      await expect(made.live().logs({ ...request, containerId: 'b' }, signal)).rejects.toMatchObject({
        code: 'ENGINE_NOT_FOUND',
      });
    });

    it.each([
      ['connecting', 'wait', 'The host is being connected.'],
      ['offline', 'CONNECT_REFUSED', 'The host is offline: It says CONNECT_REFUSED.'],
      ['blocked', 'AUTH_FAILED', 'The host waits for you: It says AUTH_FAILED.'],
      ['degraded', 'ENGINE_DENIED', 'The host may not be read: It says ENGINE_DENIED.'],
      ['degraded', 'API_TOO_OLD', 'The host’s engine cannot be read: It says API_TOO_OLD.'],
    ] as const)('is refused while it is %s', async (state, outcome, message) => {
      const { session: made } = session({ tries: [outcome] });
      await settled();
      expect(() => made.live()).toThrow(
        expect.objectContaining({ code: 'HOST_NOT_LIVE', message, details: { state } }),
      );
    });

    it('is refused while its engine does not answer', async () => {
      const { engine, session: made } = session();
      engine.answers.list = () => Promise.reject(new AppError('ENGINE_TIMEOUT', 'No answer.'));
      await settled();
      expect(() => made.live()).toThrow(
        expect.objectContaining({
          code: 'HOST_NOT_LIVE',
          message: 'The host’s engine does not answer: No answer.',
        }),
      );
    });
  });

  it('lets go of a link that was made while it was closed', async () => {
    const made = Promise.withResolvers<void>();
    const { links, engine, session: closing } = session({ made: made.promise });
    const closed = closing[Symbol.asyncDispose]();
    await settled();
    made.resolve();
    await closed;
    expect([links.map(({ disposed }) => disposed), closing.connection, [...engine.open]]).toEqual([[true], null, []]);
  });

  it('takes a bug for a lost link', async () => {
    const { session: made, engine } = session({ retry: false });
    engine.answers.networks = () => Promise.reject(new TypeError('a bug'));
    await settled();
    expect(made.problems()).toEqual([{ where: 'ssh://ops@atlas', code: 'INTERNAL', message: 'A bug.', hint: null }]);
  });

  describe('reached', () => {
    it('resolves stage by stage, and at once for one that was reached before', async () => {
      const { clock, session: made } = session();
      const told: string[] = [];
      const { signal } = new AbortController();
      for (const stage of ['loaded', 'listed', 'inspected'] as const) {
        void made.reached(stage, signal).then(() => told.push(stage));
      }
      await settled();
      const soon = [...told];
      await clock.advance(1_000);
      await made.reached('listed', signal);
      expect([soon, told, made.hasRead('loaded')]).toEqual([
        ['listed', 'inspected'],
        ['listed', 'inspected', 'loaded'],
        true,
      ]);
    });

    it('rejects with the signal’s reason, then and before', async () => {
      const { session: made } = session({ tries: ['wait'] });
      const controller = new AbortController();
      const waiting = made.reached('listed', controller.signal);
      const reason = new AppError('TIMEOUT', 'Too long.');
      controller.abort(reason);
      await expect(waiting).rejects.toBe(reason);
      await expect(made.reached('listed', controller.signal)).rejects.toBe(reason);
    });

    it.each(['CONNECT_REFUSED', 'AUTH_FAILED'] as const)('does not wait for another try after %s', async (code) => {
      const { session: made } = session({ tries: [code] });
      await made.reached('loaded', new AbortController().signal);
      expect([made.hasReached('loaded'), made.hasRead('listed')]).toEqual([true, false]);
    });

    it('does not wait for an engine that does not answer', async () => {
      const { clock, engine, session: made } = session();
      engine.answers.list = () => Promise.reject(new AppError('ENGINE_TIMEOUT', 'No answer.'));
      const waiting = made.reached('listed', new AbortController().signal);
      await clock.advance(1);
      await waiting;
      expect(made.view().status.state).toBe('degraded');
    });
  });

  it.each([
    ['while it connects', 'wait'],
    ['while it is live', 'link'],
    ['while it waits for its next try', 'CONNECT_REFUSED'],
    ['while it waits for a person', 'AUTH_FAILED'],
  ] as const)('ends at once, leaving nothing behind, %s', async (_, outcome) => {
    const { clock, engine, links, session: made, changes } = session({ tries: [outcome] });
    await clock.advance(1);
    engine.streams[0]?.push(engineEvent('b', 'create', 1));
    const waiting = made.reached('loaded', new AbortController().signal);
    await made[Symbol.asyncDispose]();
    await waiting;
    const after = changes();
    engine.streams[0]?.push(engineEvent('a', 'die', 2));
    await clock.advance(3_600_000);
    expect([clock.sleeping(), [...engine.open], links.every(({ disposed }) => disposed), changes() - after]).toEqual([
      [],
      [],
      true,
      0,
    ]);
  });
});
