import { describe, expect, it } from 'vitest';
import { limits } from '../kernel/limits.ts';
import { API, bookOn, planOf, uuid, WEB, WORKER } from './run-book.fixture.ts';

const { upMs } = limits.actions;

describe('a run', () => {
  it('is written down, carried out, looked at and written down', async () => {
    const { begin, run, steps, clock, trace, journal, fleet, host } = bookOn(API);
    const id = await begin(planOf('restart', [API]), 'it hangs');
    expect({ id, state: run().state, planned: fleet.planned.get(host.id) }).toEqual({
      id: uuid(1),
      state: 'running',
      planned: new Map([[API.id, 'restarting']]),
    });
    await clock.advance(upMs + 1_000);
    expect(steps()).toEqual(['done: exit 0 at once', 'done', 'done: up for 3 s, no health check']);
    expect(run()).toMatchObject({ state: 'succeeded', message: 'api is up again; it has no health check.' });
    expect(trace).toEqual(['journal intent', 'restart shop-api-1', 'journal outcome']);
    expect(fleet.planned.get(host.id)).toEqual(new Map());
    expect(journal.of('intent')).toMatchObject([
      {
        run: id,
        action: 'container.restart',
        host: { id: host.id, label: 'atlas', target: 'ssh://ops@atlas' },
        login: host.login,
        app: 'shop',
        service: 'api',
        reason: 'it hangs',
        before: [{ id: API.id, state: 'running' }],
      },
    ]);
    expect(journal.of('outcome')).toMatchObject([
      {
        run: id,
        outcome: 'succeeded',
        durationMs: upMs,
        message: 'api is up again; it has no health check.',
        steps: [
          { state: 'done', note: 'exit 0 at once' },
          { state: 'done', note: null },
          { state: 'done', note: 'up for 3 s, no health check' },
        ],
        after: [{ id: API.id, state: 'running', startedAt: host.engine.get(API.id)?.startedAtText }],
      },
    ]);
  });

  it('tells at every step, and each picture stays what it was', async () => {
    const { begin, book, clock } = bookOn(API);
    const pictures: unknown[] = [];
    const kept: (readonly unknown[])[] = [];
    using _ = book.subscribe(() => {
      kept.push(book.list());
      pictures.push(structuredClone(book.list()));
    });
    await begin(planOf('stop', [API]));
    await clock.advance(1_000);
    expect(kept).toEqual(pictures);
    expect(book.list().map(({ state }) => state)).toEqual(['succeeded']);
    expect(pictures.length).toBeGreaterThan(2);
  });

  it('is not begun where its intent cannot be written down', async () => {
    const { begin, book, host, fleet, journal, clock } = bookOn(API);
    journal.fail();
    await expect(begin(planOf('stop', [API]))).rejects.toMatchObject({ code: 'JOURNAL_UNUSABLE' });
    await clock.advance(60_000);
    expect({ changes: host.changes, runs: book.list(), planned: fleet.planned.get(host.id) }).toEqual({
      changes: [],
      runs: [],
      planned: undefined,
    });
    // Nothing of it holds the container.
    journal.fail(null);
    await begin(planOf('stop', [API]));
    await clock.advance(1_000);
    expect(book.list()).toMatchObject([{ state: 'succeeded' }]);
  });

  it('sends nothing before its intent is on the disk', async () => {
    const { begin, host, journal, clock, book } = bookOn(API);
    const onDisk = journal.hold();
    const beginning = begin(planOf('stop', [API]));
    await clock.advance(60_000);
    expect([host.changes, host.inspected, book.list()]).toEqual([[], [], []]);
    onDisk();
    await beginning;
    await clock.advance(1_000);
    expect(host.changes).toHaveLength(1);
  });

  it('is refused where something is being done to one of its containers', async () => {
    const { begin, book, host, journal, clock } = bookOn(API, WEB);
    const [first, second] = await Promise.allSettled([
      begin(planOf('restart', [API])),
      begin(planOf('restart', [WEB, API])),
    ]);
    expect(first).toEqual({ status: 'fulfilled', value: uuid(1) });
    expect(second).toMatchObject({
      reason: { code: 'CHANGE_UNDER_WAY', message: expect.stringContaining('restart shop / api on atlas') },
    });
    expect(book.busyWith(API.id)?.id).toBe(uuid(1));
    expect(book.busyWith(WEB.id)).toBeNull();
    await clock.advance(upMs + 1_000);
    expect([book.busyWith(API.id), host.changes.length, journal.records.length]).toEqual([null, 1, 2]);
  });

  it('is refused where the host is not live', async () => {
    const { begin, host, journal } = bookOn(API);
    host.offline();
    await expect(begin(planOf('stop', [API]))).rejects.toMatchObject({ code: 'HOST_NOT_LIVE' });
    expect(journal.records).toEqual([]);
  });

  it('mutes what all runs of a host cause, each until it ends', async () => {
    const { begin, clock, fleet, host } = bookOn(API, WORKER);
    await begin(planOf('restart', [API]));
    await begin(planOf('stop', [WORKER]));
    expect(fleet.planned.get(host.id)).toEqual(
      new Map([
        [API.id, 'restarting'],
        [WORKER.id, 'stopping'],
      ]),
    );
    await clock.advance(0);
    expect(fleet.planned.get(host.id)).toEqual(new Map([[API.id, 'restarting']]));
    await clock.advance(upMs + 500);
    expect(fleet.planned.get(host.id)).toEqual(new Map());
  });

  it('of an app mutes what is being done, and neither what waits for its turn nor what is done', async () => {
    const { begin, clock, fleet, host } = bookOn(API, WEB, WORKER);
    await begin(planOf('restart', [API, WEB, WORKER]));
    const marked = () => [...(fleet.planned.get(host.id)?.keys() ?? [])];
    const seen = [marked()];
    await clock.advance(upMs + 500);
    seen.push(marked());
    host.alter(WEB.id, { health: 'unhealthy' });
    await clock.advance(limits.actions.lookMs);
    seen.push(marked());
    expect(seen).toEqual([[API.id], [WEB.id], []]);
  });

  it('says so where its outcome cannot be written down', async () => {
    const { begin, host, journal, clock, run } = bookOn(API);
    host.script(async (_, apply) => {
      journal.fail();
      return apply();
    });
    await begin(planOf('stop', [API]));
    await clock.advance(1_000);
    expect(run()).toMatchObject({
      state: 'succeeded',
      message:
        'api was stopped: exit 0 at once. Its outcome could not be recorded: The journal cannot be written: the disk is full.',
    });
  });

  it('ends although the journal never answers', async () => {
    const { begin, host, journal, clock, run } = bookOn(API);
    host.script(async (_, apply) => {
      journal.hold();
      return apply();
    });
    await begin(planOf('stop', [API]));
    await clock.advance(limits.actions.recordMs + 1_000);
    expect(run()).toMatchObject({ state: 'succeeded', message: expect.stringContaining('did not take it in time') });
  });

  it('is forgotten when enough others have ended', async () => {
    const { begin, clock, book } = bookOn(API);
    for (let count = 0; count < limits.actions.endedRuns + 3; count += 1) {
      await begin(planOf('restart', [API]));
      await clock.advance(upMs + 1_000);
    }
    expect(book.list().map(({ id }) => id)).toEqual(
      Array.from({ length: limits.actions.endedRuns }, (_, index) => uuid(index + 4)),
    );
  });

  it('cannot be cancelled where there is none, and need not where it has ended', async () => {
    const { begin, book, clock, run } = bookOn(API);
    expect(() => book.cancel(uuid(7))).toThrow(expect.objectContaining({ code: 'RUN_UNKNOWN' }));
    const id = await begin(planOf('stop', [API]));
    await clock.advance(1_000);
    const before = run();
    book.cancel(id);
    expect(run()).toBe(before);
  });
});

describe('closing', () => {
  it('lets go of what is under way, and writes that down', async () => {
    const { begin, book, host, journal, run, steps } = bookOn(API, WORKER);
    host.script(() => new Promise(() => {}));
    await begin(planOf('restart', [API, WORKER]));
    await book[Symbol.asyncDispose]();
    expect(run()).toMatchObject({
      state: 'unknown',
      message: 'Binnacle was closed while it ran. Left as it was: worker.',
    });
    expect(steps()).toEqual(['unknown', 'skipped', 'skipped', 'skipped', 'skipped', 'skipped']);
    expect(journal.of('outcome')).toMatchObject([{ outcome: 'unknown' }]);
    expect(host.changes).toHaveLength(1);
    await expect(begin(planOf('stop', [API]))).rejects.toMatchObject({ code: 'CANCELLED' });
  });

  it('lets go of what is waited for as well', async () => {
    const { begin, book, clock, run } = bookOn(WEB);
    await begin(planOf('restart', [WEB]));
    await clock.advance(2_000);
    await book[Symbol.asyncDispose]();
    expect(run()).toMatchObject({ state: 'unknown', message: 'Binnacle was closed while it ran.' });
  });

  it('sends nothing of what was about to begin', async () => {
    const { begin, book, host, journal, clock } = bookOn(API);
    const onDisk = journal.hold();
    const beginning = expect(begin(planOf('stop', [API]))).rejects.toMatchObject({ code: 'CANCELLED' });
    await clock.advance(0);
    const closing = book[Symbol.asyncDispose]();
    onDisk();
    await beginning;
    await closing;
    expect(host.changes).toEqual([]);
    expect(journal.of('outcome')).toMatchObject([{ outcome: 'cancelled', steps: [{ state: 'skipped' }] }]);
  });

  it('does not wait for a journal that never answers', async () => {
    const { begin, book, journal, host, clock } = bookOn(API);
    host.script(() => new Promise(() => {}));
    await begin(planOf('stop', [API]));
    journal.hold();
    let isClosed = false;
    void book[Symbol.asyncDispose]().then(() => {
      isClosed = true;
    });
    await clock.advance(limits.actions.closeMs);
    expect(isClosed).toBe(true);
  });
});

describe('a bug', () => {
  it('ends the run as unknown, and frees its container', async () => {
    const { begin, book, host, clock, run, journal } = bookOn(API);
    host.script(async () => {
      throw new TypeError('x is not a function');
    });
    await begin(planOf('stop', [API]));
    await clock.advance(1_000);
    expect(run()).toMatchObject({ state: 'unknown', message: expect.stringContaining('inside Binnacle') });
    expect(journal.of('outcome')).toHaveLength(1);
    expect(book.busyWith(API.id)).toBeNull();
  });

  it('of a host that is gone is a refusal: nothing was sent', async () => {
    const { begin, fleet, host, journal, clock, run } = bookOn(API);
    const onDisk = journal.hold();
    const beginning = begin(planOf('stop', [API]));
    fleet.remove(host.id);
    onDisk();
    await beginning;
    await clock.advance(1_000);
    expect(run()).toMatchObject({
      state: 'failed',
      message: 'api was not stopped: nothing was sent. There is no such host.',
    });
    expect(host.changes).toEqual([]);
  });
});
