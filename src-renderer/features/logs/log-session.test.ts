import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { logBounds } from './log-bounds.ts';
import { CONTAINER, FakeSource, GONE, HOST, LOST, lineOf, linesOf, sessionOn, settle } from './log-source.fixture.ts';

async function opened(source = new FakeSource()) {
  const on = sessionOn(source);
  on.session.situate(on.live);
  await settle();
  return { source, ...on };
}

describe('opening', () => {
  test('asks for the last lines, and to follow', async () => {
    const { source, session } = await opened();
    expect({ request: source.last.request, stream: session.stream }).toEqual({
      request: {
        stream: 'stream 1',
        hostId: HOST,
        containerId: CONTAINER,
        follow: true,
        tail: 1_000,
        after: null,
        credit: logBounds.windowLines,
      },
      stream: { state: 'following' },
    });
  });

  test('waits for a host that is not live, and opens when it is', async () => {
    const source = new FakeSource();
    const { session, live } = sessionOn(source);
    session.situate({ ...live, hostLive: false });
    await settle();
    const before = { state: session.stream, streams: source.streams.length };
    session.situate(live);
    await settle();
    expect({ before, after: session.stream.state, streams: source.streams.length }).toEqual({
      before: { state: { state: 'waiting', problem: null }, streams: 0 },
      after: 'following',
      streams: 1,
    });
  });

  test('a refusal that does not pass is told, and asked again only by a person', async () => {
    const source = new FakeSource();
    source.refusal = GONE;
    const { session, timers } = await opened(source);
    const failed = { stream: session.stream, timers: timers.length };
    source.refusal = null;
    session.retry();
    await settle();
    expect({ failed, after: session.stream.state }).toEqual({
      failed: { stream: { state: 'failed', problem: GONE }, timers: 0 },
      after: 'following',
    });
  });

  test('closing ends the stream on both sides', async () => {
    const { source, session } = await opened();
    await source.last.send(linesOf(0, 1));
    session.dispose();
    await source.last.send(linesOf(1, 2));
    expect({ aborted: source.last.signal.aborted, held: session.ring.size }).toEqual({ aborted: true, held: 1 });
  });
});

describe('credit', () => {
  test('is topped up at half of the window', async () => {
    const { source } = await opened();
    const half = logBounds.windowLines / 2;
    await source.last.send(linesOf(0, half - 1));
    const before = [...source.last.granted];
    await source.last.send(linesOf(half - 1, half));
    expect({ before, after: source.last.granted, credit: source.last.credit }).toEqual({
      before: [],
      after: [half],
      credit: logBounds.windowLines,
    });
  });

  test('narrows where lines are large, so that what is on its way stays small', async () => {
    const { source } = await opened();
    const text = 'x'.repeat(50_000);
    for (let i = 0; i < 60; i++) await source.last.send(linesOf(0, Math.min(100, source.last.credit), text));
    expect(source.last.credit).toBeLessThan(50);
  });

  test('that cannot be told breaks the stream instead of leaving it waiting for ever', async () => {
    const { source, session } = await opened();
    source.creditFailure = LOST;
    await source.last.send(linesOf(0, logBounds.windowLines));
    expect(session.stream).toEqual({ state: 'waiting', problem: LOST });
  });
});

describe('a reader who has paused', () => {
  test('has what waits counted, and what is shown left in place', async () => {
    const { source, session } = await opened();
    await source.last.send(linesOf(0, 10));
    session.pause();
    await source.last.send(linesOf(10, 48));
    expect({ reading: session.reading, first: session.ring.firstId }).toEqual({
      reading: { state: 'paused', waiting: 38, full: false },
      first: 0,
    });
  });

  test('is not sent more than the ring can hold, and loses nothing; the rest comes after', async () => {
    const { source, session } = await opened();
    let sent = 0;
    const flood = async (most: number) => {
      while (sent < most && source.last.credit > 0) {
        const to = Math.min(most, sent + Math.min(500, source.last.credit));
        await source.last.send(linesOf(sent, to, ''));
        sent = to;
      }
    };
    await flood(55_000);
    session.pause();
    await flood(200_000);
    const paused = { sent, reading: session.reading, size: session.ring.size, letGo: session.ring.letGo };
    session.follow();
    await flood(70_000);
    expect({ paused, sent, size: session.ring.size, letGo: session.ring.letGo, reading: session.reading }).toEqual({
      paused: {
        sent: 64_984,
        reading: { state: 'paused', waiting: 9_984, full: true },
        size: 59_984,
        letGo: 5_000,
      },
      sent: 70_000,
      size: 50_000,
      letGo: 20_000,
      reading: { state: 'following' },
    });
  });

  test('keeps what is shown also where lines differ much in size', async () => {
    const { source, session } = await opened();
    let sent = 0;
    const flood = async (most: number) => {
      while (sent < most && source.last.credit > 0) {
        const count = Math.min(100, most - sent, source.last.credit);
        await source.last.send(
          Array.from({ length: count }, (_, i) => lineOf(sent + i, 'x'.repeat((sent + i) % 3 === 0 ? 3_000 : 20))),
        );
        sent += count;
      }
    };
    await flood(9_000);
    session.pause();
    const first = session.ring.firstId;
    await flood(20_000);
    expect({ first: session.ring.firstId, reading: session.reading.state, full: sent < 20_000 }).toEqual({
      first,
      reading: 'paused',
      full: true,
    });
  });

  test('is not sent more than there is room for when the stream breaks meanwhile', async () => {
    const { source, session, live } = await opened();
    for (let sent = 0; sent < 50_000; sent += 500) await source.last.send(linesOf(sent, sent + 500, ''));
    session.pause();
    for (let sent = 50_000; source.last.credit > 0; ) {
      const to = sent + Math.min(500, source.last.credit);
      await source.last.send(linesOf(sent, to, ''));
      sent = to;
    }
    await source.last.fail(LOST);
    session.situate({ ...live, hostLive: false });
    session.situate(live);
    await settle();
    expect(source.last.request.credit).toBe(1);
  });

  test('who clears the view makes room for what waits', async () => {
    const { source, session } = await opened();
    session.pause();
    for (let sent = 0; source.last.credit > 0; sent += 500) {
      await source.last.send(linesOf(sent, sent + Math.min(500, source.last.credit), ''));
    }
    session.clear();
    await settle();
    expect({ reading: session.reading, asked: source.last.credit }).toEqual({
      reading: { state: 'paused', waiting: 0, full: false },
      asked: logBounds.windowLines,
    });
  });
});

describe('a stream that broke', () => {
  test('goes on after its last line when the host is live again, and says that nothing is missing', async () => {
    const { source, session, live, shown } = await opened();
    await source.last.send(linesOf(0, 2));
    await source.last.fail(LOST);
    const waiting = session.stream;
    session.situate({ ...live, hostLive: false });
    session.situate(live);
    await settle();
    await source.last.send(linesOf(1, 3));
    const { after, tail } = source.last.request;
    expect({ waiting, after, tail, shown: shown() }).toEqual({
      waiting: { state: 'waiting', problem: LOST },
      after: '2026-11-21T00:00:00.999999999Z',
      tail: null,
      shown: ['line 0', 'line 1', 'lost', 'resumed after lost, gapless true', 'line 2'],
    });
  });

  test('says that lines may be missing where the last one does not come again', async () => {
    const { source, session, live, shown } = await opened();
    await source.last.send(linesOf(0, 2));
    await source.last.fail(LOST);
    session.situate({ ...live, hostLive: false });
    session.situate(live);
    await settle();
    await source.last.send(linesOf(7, 8));
    expect(shown()).toEqual(['line 0', 'line 1', 'lost', 'resumed after lost, gapless false', 'line 7']);
  });

  test('claims nothing where lines tell no time, and shows none twice', async () => {
    const { source, session, live, shown } = await opened();
    await source.last.send([{ ...lineOf(0), time: null }]);
    await source.last.fail(LOST);
    session.situate({ ...live, hostLive: false });
    session.situate(live);
    await settle();
    const { after, tail } = source.last.request;
    expect({ after, tail, shown: shown() }).toEqual({
      after: null,
      tail: 0,
      shown: ['line 0', 'lost', 'resumed after lost, gapless false'],
    });
  });

  test('is asked for again after a wait that grows, while the host is said to be live', async () => {
    const source = new FakeSource();
    source.refusal = LOST;
    const { timers, pass } = await opened(source);
    const waits: number[] = [];
    let now = 0;
    for (let i = 0; i < 6; i++) {
      const next = timers[0]?.at ?? Number.NaN;
      waits.push(next - now);
      await pass(next - now);
      now = next;
    }
    expect(waits).toEqual([1_000, 2_000, 4_000, 8_000, 15_000, 15_000]);
  });

  test('says what it waits for: the core, or the host', async () => {
    const { source, session, live } = await opened();
    const codes: unknown[] = [];
    const waitsFor = (situation: Parameters<typeof session.situate>[0]) => {
      session.situate(situation);
      codes.push(session.stream.state === 'waiting' && (session.stream.problem?.code ?? session.stream.problem));
    };
    await source.last.fail(LOST);
    waitsFor({ ...live, hostLive: false });
    waitsFor({ ...live, hostLive: false, source: null });
    waitsFor({ ...live, hostLive: false, source: new FakeSource() });
    expect(codes).toEqual([LOST.code, { ...LOST, code: null, message: expect.stringMatching(/Binnacle/) }, null]);
  });

  test('of a core that is gone resumes on the next connection, with one mark for one break', async () => {
    const { source, session, live, shown } = await opened();
    await source.last.send(linesOf(0, 1));
    session.situate({ ...live, source: null });
    const next = new FakeSource();
    session.situate({ ...live, source: next });
    await settle();
    await next.last.send(linesOf(0, 2));
    expect({ aborted: source.last.signal.aborted, shown: shown() }).toEqual({
      aborted: true,
      shown: ['line 0', 'lost', 'resumed after lost, gapless true', 'line 1'],
    });
  });
});

describe('a container that stopped', () => {
  test('ends its log; when it runs again the log goes on', async () => {
    const { source, session, live, shown } = await opened();
    await source.last.send(linesOf(0, 1));
    await source.last.end();
    const ended = { stream: session.stream, streams: source.streams.length };
    session.situate({ ...live, run: null });
    session.situate({ ...live, run: 'second' });
    await settle();
    await source.last.send(linesOf(0, 2));
    expect({ ended, shown: shown(), stream: session.stream }).toEqual({
      ended: { stream: { state: 'ended' }, streams: 1 },
      shown: ['line 0', 'ended', 'resumed after ended, gapless true', 'line 1'],
      stream: { state: 'following' },
    });
  });

  test('and runs again before its log was seen to end goes on at once', async () => {
    const { source, session, live } = await opened();
    session.situate({ ...live, run: 'second' });
    await source.last.end();
    expect(source.streams.length).toBe(2);
  });
});

test('the view is told once a frame, however much comes', async () => {
  const { source, session, paint } = await opened();
  let told = 0;
  session.subscribe(() => told++);
  for (let i = 0; i < 20; i++) await source.last.send(linesOf(i, i + 1));
  paint();
  const after = told;
  paint();
  expect([after, told]).toEqual([1, 1]);
});

test('whatever breaks, and whenever the reader pauses: every line once, in order', async () => {
  const happening = fc.oneof(
    fc.record({ what: fc.constant('lines' as const), count: fc.integer({ min: 1, max: 40 }) }),
    fc.record({ what: fc.constantFrom('break' as const, 'pause' as const, 'follow' as const, 'paint' as const) }),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(happening, { maxLength: 30 }),
      fc.integer({ min: 1, max: 4 }),
      async (happenings, sameTime) => {
        // Several lines of one time, as an engine writes that stamps whole seconds.
        const log = (index: number) => lineOf(Math.floor(index / sameTime), `line ${index}`);
        const { source, session, live, paint, shown } = await opened();
        let written = 0;
        for (const one of happenings) {
          if (one.what === 'lines') {
            await source.last.send(Array.from({ length: one.count }, (_, i) => log(written + i)));
            written += one.count;
          } else if (one.what === 'break') {
            await source.last.fail(LOST);
            session.situate({ ...live, hostLive: false });
            session.situate(live);
            await settle();
            // What a host sends that was asked for lines after a moment: all of the last time come again.
            const again = written === 0 ? 0 : ((written - 1) % sameTime) + 1;
            await source.last.send(Array.from({ length: again }, (_, i) => log(written - again + i)));
          } else if (one.what === 'paint') paint();
          else session[one.what]();
        }
        expect(shown().filter((text) => text?.startsWith('line'))).toEqual(
          Array.from({ length: written }, (_, i) => `line ${i}`),
        );
        expect(shown()).not.toContain('resumed after lost, gapless false');
      },
    ),
    { numRuns: 60 },
  );
});
