import { describe, expect, it } from 'vitest';
import { settled } from '../kernel/clock.fixture.ts';
import { AppError } from '../kernel/errors.ts';
import { fakeEngine, fixtureClock, never } from './engine.fixture.ts';
import { EnginePulse } from './engine-pulse.ts';
import { Pace } from './pace.ts';

function feeling() {
  const clock = fixtureClock();
  const engine = fakeEngine([], () => clock.monotonic());
  const stop = new AbortController();
  const told: [at: number, what: string][] = [];
  const tell = (what: string) => told.push([clock.monotonic(), what]);
  /** Nothing has come over the link for as long, in milliseconds. */
  const link = { quietMs: 0 };
  const pulse = new EnginePulse({
    client: engine,
    clock,
    silentMs: () => link.quietMs,
    signal: stop.signal,
    refreshPace: new Pace(clock, () => 10_000),
    onLatency: (ms) => tell(`${ms} ms`),
    onSilent: ({ code, message }) => tell(`silent: ${code} ${message}`),
    onBack: () => tell('back'),
    onProblem: (problem) => problem !== null && tell(`problem: ${problem.code}`),
  });
  return { clock, engine, link, stop, told, pulse };
}

const SILENT = 'silent: ENGINE_TIMEOUT The engine has answered nothing for 5 s.';

describe('EnginePulse', () => {
  it('tells the median of the last five round trips', async () => {
    const { clock, engine, told, pulse } = feeling();
    const times = [90, 10, 20, 30, 40, 50];
    engine.answers.ping = async () => times.shift() ?? 0;
    void pulse.run();
    await clock.advance(5 * 2_500);
    expect(told.map(([, what]) => what)).toEqual(['90 ms', '90 ms', '20 ms', '30 ms', '30 ms', '30 ms']);
  });

  it('tells of an engine that hangs within 8 s, and that it is back with its next answer', async () => {
    const { clock, engine, told, pulse } = feeling();
    void pulse.run();
    await settled();
    engine.answers.ping = never;
    const hungAt = clock.monotonic();
    await clock.advance(20_000);
    engine.answers.ping = async () => 7;
    await clock.advance(10_000);
    expect(told).toEqual([
      [0, '5 ms'],
      [7_500, SILENT],
      [12_500, SILENT],
      [17_500, SILENT],
      [22_500, SILENT],
      [22_500, '7 ms'],
      [22_500, 'back'],
      [25_000, '7 ms'],
      [27_500, '7 ms'],
      [30_000, '7 ms'],
    ]);
    expect((told[1]?.[0] ?? Number.NaN) - hungAt).toBeLessThanOrEqual(8_000);
  });

  it('takes an engine that answers something else for slow, not for silent', async () => {
    const { clock, engine, told, pulse } = feeling();
    engine.answers.ping = never;
    void pulse.run();
    await clock.advance(4_000);
    pulse.heard();
    await clock.advance(1_000);
    expect(told).toEqual([]);
    await clock.advance(4_000);
    expect(told).toEqual([[9_000, SILENT]]);
  });

  it.each([0, 1, 100, 2_400, 2_500, 4_900, 4_999, 5_000, 5_100, 7_400, 7_500])(
    'tells of an engine whose last answer, to something else, came %s ms into a ping within 8 s of it',
    async (ms) => {
      const { clock, engine, told, pulse } = feeling();
      engine.answers.ping = never;
      void pulse.run();
      await settled();
      // It answers now and then, but never a ping, and then nothing.
      for (let each = ms % 2_500; each <= ms; each += 2_500) {
        await clock.advance(each - clock.monotonic());
        pulse.heard();
      }
      const hungAt = clock.monotonic();
      await clock.advance(8_000);
      expect(told[0]?.[1]).toBe(SILENT);
      expect((told[0]?.[0] ?? Number.NaN) - hungAt).toBeGreaterThanOrEqual(5_000);
    },
  );

  it('asks again where one ping got lost, at once, and gives that one time', async () => {
    const { clock, engine, told, pulse } = feeling();
    engine.answers.ping = never;
    void pulse.run();
    await clock.advance(10);
    pulse.heard();
    await clock.advance(4_980);
    engine.answers.ping = () => clock.sleep(2_000).then(() => 2_000);
    await clock.advance(2_010);
    expect(told).toEqual([[7_000, '2000 ms']]);
  });

  it('knows a refusal for an answer, and a broken link for none', async () => {
    const { clock, engine, told, pulse } = feeling();
    const codes = ['ENGINE_NOT_FOUND', 'ENGINE_UNREACHABLE', 'ENGINE_ERROR'] as const;
    let next = 0;
    engine.answers.ping = () => Promise.reject(new AppError(codes[next++ % 3] ?? 'INTERNAL', 'No.'));
    void pulse.run();
    await clock.advance(5_000);
    expect(told).toEqual([
      [0, 'problem: ENGINE_NOT_FOUND'],
      [2_500, 'silent: ENGINE_UNREACHABLE No.'],
      [5_000, 'problem: ENGINE_ERROR'],
      [5_000, 'back'],
    ]);
  });

  it('asks an engine that may not be pinged at each refresh only, and as ever once it may', async () => {
    const { clock, engine, told, pulse } = feeling();
    engine.answers.ping = () => Promise.reject(new AppError('ENGINE_DENIED', 'No.'));
    void pulse.run();
    await clock.advance(19_000);
    engine.answers.ping = async () => 7;
    await clock.advance(6_000);
    expect(told).toEqual([
      [0, 'problem: ENGINE_DENIED'],
      [10_000, 'problem: ENGINE_DENIED'],
      [20_000, '7 ms'],
      [22_500, '7 ms'],
      [25_000, '7 ms'],
    ]);
  });

  it('gives up what an engine that hangs was asked for, once each time; not what one hung up on', async () => {
    const { clock, engine, pulse } = feeling();
    const rejected = () => engine.takeAsked().filter((question) => question.startsWith('reject'));
    const { ping } = engine.answers;
    void pulse.run();
    await settled();
    engine.answers.ping = () => Promise.reject(new AppError('ENGINE_UNREACHABLE', 'No.'));
    await clock.advance(10_000);
    const hungUp = rejected();
    engine.answers.ping = never;
    engine.answers.inspect = never;
    const pending = expect(engine.inspect('a', new AbortController().signal)).rejects.toMatchObject({
      code: 'ENGINE_TIMEOUT',
    });
    await clock.advance(30_000);
    const hung = rejected();
    engine.answers.ping = ping;
    await clock.advance(5_000);
    engine.answers.ping = never;
    await clock.advance(30_000);
    expect([hungUp, hung, rejected()]).toEqual([[], ['reject ENGINE_TIMEOUT'], ['reject ENGINE_TIMEOUT']]);
    await pending;
  });

  it('blames the link, and not the engine, while nothing at all comes over it, and gives up what was asked for as well', async () => {
    const { clock, engine, link, told, pulse } = feeling();
    void pulse.run();
    await settled();
    engine.answers.ping = never;
    engine.answers.inspect = never;
    const pending = expect(engine.inspect('a', new AbortController().signal)).rejects.toMatchObject({
      code: 'CONNECTION_LOST',
    });
    link.quietMs = 5_000;
    await clock.advance(10_000);
    // sshd has answered a keepalive since, and its engine still nothing.
    link.quietMs = 2_900;
    await clock.advance(5_000);
    expect([
      told.map(([at, what]) => [at, what.split(' ', 2).join(' ')]),
      engine.asked.includes('reject CONNECTION_LOST'),
    ]).toEqual([
      [
        [0, '5 ms'],
        [7_500, 'silent: CONNECTION_LOST'],
        [12_500, 'silent: ENGINE_TIMEOUT'],
      ],
      true,
    ]);
    await pending;
  });

  it('ends with its signal, without a word and without a timer, and with what is a bug', async () => {
    const { clock, engine, stop, told, pulse } = feeling();
    engine.answers.ping = never;
    const run = pulse.run();
    await settled();
    stop.abort();
    await run;
    expect([told, clock.sleeping(), [...engine.open]]).toEqual([[], [], []]);
    const other = feeling();
    other.engine.answers.ping = () => Promise.reject(new TypeError('a bug'));
    await expect(other.pulse.run()).rejects.toThrow('a bug');
  });
});
