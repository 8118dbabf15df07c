import { describe, expect, it } from 'vitest';
import type { UnresolvedRun } from '../audit/journal.ts';
import { AppError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import { NOW } from './host.fixture.ts';
import { API, bookOn, cut, planOf, uuid, WEB, WORKER } from './run-book.fixture.ts';

const { lookAgainMs, upMs } = limits.actions;

describe('after a link was cut', () => {
  it('what became of it is looked at when the host is back, and written down', async () => {
    const { begin, host, clock, run, journal, trace } = bookOn(API);
    host.script(async (_, apply) => {
      apply();
      host.offline();
      return cut();
    });
    await begin(planOf('stop', [API]));
    await clock.advance(60_000);
    expect(run()).toMatchObject({ state: 'unknown', found: null });
    host.live();
    await clock.advance(0);
    const found = 'api is stopped since 09:14:00 UTC, exit 0.';
    expect(run()).toMatchObject({ state: 'unknown', found });
    expect(journal.of('found')).toMatchObject([
      { run: uuid(1), message: found, after: [{ id: API.id, state: 'exited', exitCode: 0 }] },
    ]);
    // Once: further changes of the host are no reason to look again.
    host.offline();
    host.live();
    await clock.advance(60_000);
    expect(trace).toEqual(['journal intent', 'stop shop-api-1', 'journal outcome', 'journal found']);
  });

  it('an engine that may still be at it is given its time', async () => {
    const { begin, host, clock, run } = bookOn(API);
    host.script(async () => {
      host.offline();
      return cut();
    });
    await begin(planOf('stop', [API]));
    await clock.advance(1_000);
    host.live();
    await clock.advance(5_000);
    expect(run().found).toBeNull();
    host.alter(API.id, { state: 'exited', exitCode: 137, finishedAt: NOW + 7_000 });
    await clock.advance(upMs);
    expect(run().found).toBe('api is stopped since 09:14:07 UTC, exit 137.');
  });

  it('what else changes on its host is no reason to look', async () => {
    const { begin, host, clock } = bookOn(API, WORKER);
    host.script(cut);
    await begin(planOf('stop', [API]));
    await clock.advance(1_000);
    const looks = host.inspected.length;
    for (let count = 0; count < 20; count += 1) {
      host.alter(WORKER.id, { restartCount: count });
      await clock.advance(10);
    }
    expect(host.inspected).toHaveLength(looks);
  });

  it('an engine that never did it is believed once its time is over', async () => {
    const { begin, host, clock, run } = bookOn(API);
    host.script(cut);
    await begin(planOf('restart', [API]));
    await clock.advance(10_000);
    expect(run().found).toBeNull();
    await clock.advance(2 * upMs);
    expect(run().found).toBe('api is running; started at 09:14:00 UTC.');
  });

  it('it is tried again until the host can be asked', async () => {
    const { begin, host, clock, run, journal } = bookOn(API);
    host.script(async (_, apply) => {
      apply();
      host.failInspects(new AppError('ENGINE_TIMEOUT', 'x'));
      return cut();
    });
    await begin(planOf('stop', [API]));
    await clock.advance(2 * lookAgainMs);
    expect([run().found, journal.of('found')]).toEqual([null, []]);
    host.failInspects(null);
    await clock.advance(lookAgainMs);
    expect(run().found).toContain('api is stopped');
  });

  it('a reconnect is not waited for longer than it takes', async () => {
    const { begin, host, clock, run } = bookOn(API);
    host.script(async (_, apply) => {
      apply();
      host.failInspects(new AppError('CONNECTION_LOST', 'x'));
      return cut();
    });
    await begin(planOf('stop', [API]));
    await clock.advance(1_000);
    host.offline();
    host.failInspects(null);
    host.live();
    await clock.advance(0);
    expect(run().found).toContain('api is stopped');
  });

  it('only what was begun is looked at, and what is gone is said to be', async () => {
    const { begin, host, clock, run, journal } = bookOn(API, WEB, WORKER);
    host.script(
      async (_, apply) => apply(),
      async (change) => {
        host.gone(change.containerId);
        return cut();
      },
    );
    await begin(planOf('restart', [API, WEB, WORKER]));
    await clock.advance(upMs + 1_000);
    expect(run().found).toBe('web is gone. api is running; started at 09:14:00 UTC.');
    expect(journal.of('found')).toMatchObject([{ after: [{ id: API.id }] }]);
  });

  it('says so where that cannot be written down', async () => {
    const { begin, host, clock, run, journal } = bookOn(API);
    host.script(async (_, apply) => {
      apply();
      host.offline();
      return cut();
    });
    await begin(planOf('stop', [API]));
    await clock.advance(1_000);
    journal.fail();
    host.live();
    await clock.advance(0);
    expect(run().found).toBe(
      'api is stopped since 09:14:00 UTC, exit 0. This could not be recorded: The journal cannot be written: the disk is full.',
    );
  });
});

describe('runs of an earlier core', () => {
  const left: UnresolvedRun = {
    run: uuid(70),
    hostId: 'a0000000-0000-4000-8000-000000000001',
    target: 'ssh://ops@atlas',
    action: 'container.restart',
    title: 'Restart shop / web on atlas',
    app: 'shop',
    containers: [{ id: WEB.id, name: WEB.name, service: 'web' }],
    reason: 'slow',
    startedAt: '2026-02-28T22:00:00.000Z',
    message: 'Binnacle was closed while it ran.',
  };

  it('are shown, and looked at', async () => {
    const { journal, host, open, clock } = bookOn(WEB);
    journal.left = [left];
    host.offline();
    const book = open();
    await clock.advance(0);
    expect(book.list()).toEqual([
      {
        id: left.run,
        action: 'container.restart',
        hostId: left.hostId,
        title: left.title,
        app: 'shop',
        containerIds: [WEB.id],
        reason: 'slow',
        state: 'unknown',
        startedAt: left.startedAt,
        endedAt: null,
        message: left.message,
        found: null,
        cancelling: false,
        steps: [],
      },
    ]);
    host.live();
    await clock.advance(0);
    expect(book.list()).toMatchObject([{ found: 'web is running and healthy; started at 09:14:00 UTC.' }]);
    expect([journal.of('found').length, host.changes]).toEqual([1, []]);
  });

  it('are not looked for on another machine that goes by the same host', async () => {
    const { journal, host, fleet, open, clock } = bookOn(WEB);
    journal.left = [left];
    host.target = 'ssh://ops@borealis';
    const book = open();
    await clock.advance(60_000);
    expect([book.list()[0]?.found, host.inspected, journal.of('found')]).toEqual([null, [], []]);
    host.target = 'ssh://ops@atlas';
    fleet.changed(host.id);
    await clock.advance(0);
    expect(book.list()).toMatchObject([{ found: expect.stringContaining('web is running') }]);
  });

  it('of a host that is not there are left until it is', async () => {
    const { journal, host, fleet, open, clock } = bookOn(WEB);
    journal.left = [left];
    fleet.remove(host.id);
    const book = open();
    await clock.advance(60_000);
    expect([book.list(), journal.records]).toEqual([[], []]);
    fleet.hosts.set(host.id, host);
    fleet.changed(null);
    await clock.advance(0);
    expect(book.list()).toMatchObject([{ found: expect.stringContaining('web is running') }]);
  });

  it('that cannot be read keep nothing from being done', async () => {
    const { journal, open, clock } = bookOn(API);
    journal.unresolved = async () => {
      throw new AppError('JOURNAL_BROKEN', 'x');
    };
    const book = open();
    await book.begin(planOf('stop', [API]), { reason: null, unlocks: [] });
    await clock.advance(1_000);
    expect(book.list()).toMatchObject([{ state: 'succeeded' }]);
  });

  it('are left alone once this core ends', async () => {
    const { journal, host, open, clock } = bookOn(WEB);
    journal.left = [left];
    host.offline();
    const book = open();
    await clock.advance(0);
    await book[Symbol.asyncDispose]();
    host.live();
    await clock.advance(60_000);
    expect([host.inspected, clock.sleeping()]).toEqual([[], []]);
  });
});
