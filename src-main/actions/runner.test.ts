import { describe, expect, it } from 'vitest';
import type { ErrorCode } from '#contract/errors.ts';
import { AppError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import { container, NOW } from './host.fixture.ts';
import { API, bookOn, cut, planOf, WEB, WORKER } from './run-book.fixture.ts';

const { upMs, lookMs } = limits.actions;

function failing(code: ErrorCode, message = `It says ${code}.`) {
  return async () => {
    throw new AppError(code, message);
  };
}

describe('a stop', () => {
  it('says how its process ended', async () => {
    const { begin, host, clock, run, steps } = bookOn(API);
    host.script(async (_, apply) => {
      await clock.sleep(1_200);
      return apply();
    });
    await begin(planOf('stop', [API]));
    await clock.advance(1_000);
    expect(steps()).toEqual(['running']);
    await clock.advance(500);
    expect([run().message, ...steps()]).toEqual(['api was stopped: exit 0 after 1.2 s.', 'done: exit 0 after 1.2 s']);
  });

  it('shows an end as soon as it is heard of, and the engine has not answered', async () => {
    const { begin, host, clock, run, steps } = bookOn(API);
    host.script(async (_, apply) => {
      apply();
      await clock.sleep(2_000);
      return 'done';
    });
    await begin(planOf('stop', [API]));
    expect([run().state, ...steps()]).toEqual(['running', 'done: exit 0 at once']);
    await clock.advance(2_000);
    expect(run().state).toBe('succeeded');
  });

  it('sees an end that no event told of', async () => {
    const { begin, host, clock, steps } = bookOn(API);
    host.script(async (change) => {
      await clock.sleep(700);
      host.alter(change.containerId, { state: 'exited', exitCode: 143 });
      await clock.sleep(5_000);
      return 'done';
    });
    await begin(planOf('stop', [API]));
    await clock.advance(lookMs * 2);
    expect(steps()).toEqual(['done: exit 143 after 1 s']);
  });

  it('says that it had to be killed', async () => {
    const { begin, host, clock, run, steps } = bookOn(API);
    host.script(async (change) => {
      await clock.sleep(10_100);
      host.alter(change.containerId, { state: 'exited', exitCode: 137 });
      host.emit('die', change.containerId, { exitCode: '137' });
      return 'done';
    });
    await begin(planOf('stop', [API]));
    await clock.advance(11_000);
    expect([run().state, run().message, ...steps()]).toEqual([
      'succeeded',
      'api was stopped: it had to be killed after 10 s (exit 137).',
      'done: had to be killed after 10 s (exit 137)',
    ]);
  });

  it('takes 137 within the grace for somebody else’s doing', async () => {
    const { begin, host, clock, steps } = bookOn(API);
    host.script(async (change) => {
      await clock.sleep(3_000);
      host.alter(change.containerId, { state: 'exited', exitCode: 137 });
      host.emit('die', change.containerId, { exitCode: '137' });
      return 'done';
    });
    await begin(planOf('stop', [API]));
    await clock.advance(5_000);
    expect(steps()).toEqual(['done: exit 137 after 3 s']);
  });

  it('of what does not run succeeds, and says so', async () => {
    const stopped = { ...API, state: 'exited' as const, exitCode: 3 };
    const { begin, clock, run, steps } = bookOn(stopped);
    await begin(planOf('stop', [stopped]));
    await clock.advance(1_000);
    expect([run().state, run().message, ...steps()]).toEqual([
      'succeeded',
      'api was stopped already.',
      'done: was stopped already',
    ]);
  });

  it('of what is removed with its end succeeds', async () => {
    const { begin, host, clock, run } = bookOn(API);
    host.script(async (change, apply) => {
      const answer = apply();
      host.gone(change.containerId);
      return answer;
    });
    await begin(planOf('stop', [API]));
    await clock.advance(1_000);
    expect(run()).toMatchObject({ state: 'succeeded', message: 'api was stopped, and is gone: exit 0 at once.' });
  });

  it('of what something else starts again fails', async () => {
    const { begin, host, clock, run, steps } = bookOn(API);
    host.script(async (change, apply) => {
      const answer = apply();
      host.apply('start', change.containerId);
      return answer;
    });
    await begin(planOf('stop', [API]));
    await clock.advance(upMs + 1_000);
    expect([run().state, run().message, ...steps()]).toEqual([
      'failed',
      'api was stopped, and runs again: something else has started it.',
      'failed: runs again',
    ]);
  });
});

describe('a start or restart', () => {
  it('with a health check succeeds when that passes', async () => {
    const { begin, host, clock, run, steps } = bookOn(WEB);
    await begin(planOf('restart', [WEB]));
    await clock.advance(12_000);
    expect([run().state, ...steps()]).toEqual(['running', 'done: exit 0 at once', 'done', 'running']);
    host.alter(WEB.id, { health: 'healthy' });
    host.emit('health_status: healthy', WEB.id);
    await clock.advance(0);
    expect([run().state, run().message, ...steps()]).toEqual([
      'succeeded',
      'web is up again and healthy.',
      'done: exit 0 at once',
      'done',
      'done: healthy after 12 s',
    ]);
  });

  it('fails where that fails, and keeps what it printed out of the journal', async () => {
    const { begin, host, clock, run, steps, journal } = bookOn(WEB);
    await begin(planOf('restart', [WEB]));
    await clock.advance(5_000);
    host.alter(WEB.id, { health: 'unhealthy', healthOutput: 'pass\u202eword=hunter2' });
    await clock.advance(lookMs);
    expect([run().state, run().message, steps().at(-1)]).toEqual([
      'failed',
      'web is up, but unhealthy: pass\\u{202e}word=hunter2.',
      'failed: unhealthy: pass\\u{202e}word=hunter2',
    ]);
    expect(journal.of('outcome')).toMatchObject([
      { outcome: 'failed', message: 'web is up, but unhealthy.', after: [{ health: 'unhealthy' }] },
    ]);
    expect(JSON.stringify(journal.records)).not.toContain('hunter2');
  });

  it('says so where that has not passed in its time', async () => {
    const { begin, clock, run, steps } = bookOn(WEB);
    await begin(planOf('restart', [WEB]));
    await clock.advance(61_000);
    expect([run().state, run().message, steps().at(-1)]).toEqual([
      'failed',
      'web is up, but still starting after 60 s.',
      'failed: still starting after 60 s',
    ]);
  });

  it('without a health check fails where it ends again at once', async () => {
    const once = container({ id: 'a1', restartPolicy: { name: 'no', maximumRetries: 0 }, state: 'exited' });
    const { begin, host, clock, run, steps } = bookOn(once);
    host.script(async (change, apply) => {
      const answer = apply();
      host.alter(change.containerId, { state: 'exited', exitCode: 1, startedAt: NOW, finishedAt: NOW + 40 });
      host.emit('die', change.containerId, { exitCode: '1' });
      return answer;
    });
    await begin(planOf('start', [once]));
    await clock.advance(lookMs);
    expect([run().state, run().message, ...steps()]).toEqual([
      'failed',
      'api exited again with 1 at once.',
      'done',
      'failed: exit 1 at once',
    ]);
  });

  it.each([
    ['start', 'no', 'exited'],
    ['start', 'on-failure', 'exited'],
    ['restart', 'no', 'running'],
  ] as const)('at a %s of what runs once (%s) succeeds where it has finished', async (what, name, state) => {
    const once = container({ id: 'a1', restartPolicy: { name, maximumRetries: 0 }, state });
    const { begin, host, clock, run, steps } = bookOn(once);
    await begin(planOf(what, [once]));
    await clock.advance(1_000);
    const startedAt = host.engine.get(once.id)?.startedAt ?? 0;
    host.alter(once.id, { state: 'exited', exitCode: 0, finishedAt: startedAt + 1_200 });
    await clock.advance(lookMs);
    expect([run().state, run().message, steps().at(-1)]).toEqual([
      'succeeded',
      'api has finished (exit 0) after 1.2 s.',
      'done: finished, exit 0 after 1.2 s',
    ]);
  });

  it.each([
    ['the engine would have started again', { restartPolicy: { name: 'always' as const, maximumRetries: 0 } }],
    ['was short of memory', { oomKilled: true }],
    ['was never started anew', { startedAtText: new Date(NOW).toISOString() }],
  ])('that ends with 0 and %s fails', async (_, over) => {
    const once = container({ id: 'a1', restartPolicy: { name: 'no', maximumRetries: 0 } });
    const { begin, host, clock, run } = bookOn(once);
    host.script(async (change, apply) => {
      const answer = apply();
      host.alter(change.containerId, { state: 'exited', exitCode: 0, ...over });
      return answer;
    });
    await begin(planOf('restart', [once]));
    await clock.advance(2 * lookMs);
    expect(run()).toMatchObject({ state: 'failed', message: expect.stringMatching(/^api exited again with 0/) });
  });

  it.each([
    ['restarting', 'api exited again with 1 after 2.1 s, and is being restarted by its engine.'],
    ['exited', 'api exited again with 1 after 2.1 s.'],
  ] as const)('without a health check fails where it is %s', async (state, message) => {
    const { begin, host, clock, run } = bookOn(API);
    await begin(planOf('restart', [API]));
    await clock.advance(2_000);
    host.alter(API.id, { state, exitCode: 1, startedAt: NOW, finishedAt: NOW + 2_100 });
    await clock.advance(lookMs);
    expect(run()).toMatchObject({ state: 'failed', message });
  });

  it('without a health check fails where its engine has started it again between two looks', async () => {
    const { begin, host, clock, run } = bookOn(API);
    await begin(planOf('restart', [API]));
    await clock.advance(1_100);
    host.alter(API.id, { restartCount: 1, startedAtText: '2026-03-01T09:14:09.000Z' });
    await clock.advance(lookMs);
    expect(run()).toMatchObject({
      state: 'failed',
      message: 'api exited again with 0, and was started again by its engine.',
    });
  });

  it('with a health check may end twice on its way, and not three times', async () => {
    const { begin, host, clock, run, steps } = bookOn(WEB);
    const ends = async () => {
      host.alter(WEB.id, { state: 'restarting', exitCode: 7 });
      host.emit('die', WEB.id, { exitCode: '7' });
      await clock.advance(lookMs);
    };
    const dies = async (time: number) => {
      await ends();
      const startedAtText = new Date(clock.now()).toISOString();
      host.alter(WEB.id, { state: 'running', exitCode: null, restartCount: time, startedAtText });
      await clock.advance(lookMs);
    };
    await begin(planOf('restart', [WEB]));
    await clock.advance(1_000);
    await dies(1);
    await dies(2);
    expect([run().state, steps().at(-1)]).toEqual(['running', 'running: ended again 2 times']);
    host.alter(WEB.id, { health: 'healthy' });
    await clock.advance(lookMs);
    expect(run()).toMatchObject({
      state: 'succeeded',
      message: 'web is up again and healthy, having ended 2 times on the way.',
    });

    host.alter(WEB.id, { restartCount: 0 });
    await begin(planOf('restart', [host.engine.get(WEB.id) ?? WEB]));
    await clock.advance(1_000);
    await dies(1);
    await dies(2);
    expect(run().state).toBe('running');
    await ends();
    expect(run()).toMatchObject({
      state: 'failed',
      message: 'web is restarting again and again: it ended 3 times, last exit 7.',
    });
  });

  it('of what ran already succeeds, and says so', async () => {
    const { begin, clock, run, steps } = bookOn(API);
    await begin(planOf('start', [API]));
    await clock.advance(upMs + 1_000);
    expect([run().state, run().message, ...steps()]).toEqual([
      'succeeded',
      'api was running already, and is up; it has no health check.',
      'done: was running already',
      'done: up for 3 s, no health check',
    ]);
  });

  it.each([
    ['paused', { state: 'paused' as const }, 'api was paused meanwhile.'],
    ['gone', null, 'api was removed meanwhile.'],
    ['dead', { state: 'dead' as const }, 'api is dead.'],
  ])('fails where it is %s', async (_, over, message) => {
    const { begin, host, clock, run } = bookOn(API);
    await begin(planOf('restart', [API]));
    await clock.advance(1_000);
    if (over === null) host.gone(API.id);
    else host.alter(API.id, over);
    await clock.advance(lookMs);
    expect(run()).toMatchObject({ state: 'failed', message });
  });

  it.each([API, WEB])(
    'has not come about where the same process still runs, whatever the engine says',
    async (which) => {
      const { begin, host, clock, run } = bookOn(which);
      host.script(async () => 'done');
      await begin(planOf('restart', [which]));
      await clock.advance(upMs + lookMs);
      expect(run()).toMatchObject({
        state: 'failed',
        message: expect.stringMatching(/^(?:api|web) was not restarted, although the engine says so: it runs on\.$/),
      });
    },
  );

  it('says of a restart that its container was not running', async () => {
    const stopped = { ...API, state: 'exited' as const };
    const { begin, clock, steps } = bookOn(stopped);
    await begin(planOf('restart', [stopped]));
    await clock.advance(upMs + 1_000);
    expect(steps()[0]).toBe('done: was not running');
  });
});

describe('a refusal', () => {
  it.each([
    ['ENGINE_ERROR', 'The port is taken.', 'The port is taken. api is running; started at 09:14:00 UTC.'],
    [
      'ENGINE_DENIED',
      '403 by haproxy',
      'A policy in front of the engine does not allow it. api is running; started at 09:14:00 UTC.',
    ],
    [
      'GATE_REFUSED',
      'This host is only observed.',
      'This host is only observed. api is running; started at 09:14:00 UTC.',
    ],
  ] as const)('by %s fails, and says what the container is', async (code, said, message) => {
    const { begin, host, clock, run, steps, journal } = bookOn(API);
    host.script(failing(code, said));
    await begin(planOf('restart', [API]));
    await clock.advance(1_000);
    expect(run()).toMatchObject({ state: 'failed', message });
    expect(steps().map((step) => step.split(':')[0])).toEqual(['failed', 'skipped', 'skipped']);
    expect(journal.of('outcome')).toMatchObject([{ outcome: 'failed', after: [{ state: 'running' }] }]);
    expect(host.changes).toHaveLength(1);
  });

  it('of one that was removed says that it is gone', async () => {
    const { begin, host, clock, run } = bookOn(API);
    host.script(async (change, apply) => {
      host.gone(change.containerId);
      return apply();
    });
    await begin(planOf('restart', [API]));
    await clock.advance(1_000);
    expect(run()).toMatchObject({ state: 'failed', message: expect.stringMatching(/api is gone\.$/) });
  });

  it('after the end of its process fails at the start', async () => {
    const { begin, host, clock, run, steps } = bookOn(API);
    host.script(async (change) => {
      host.apply('stop', change.containerId);
      throw new AppError('ENGINE_ERROR', 'The port is taken.');
    });
    await begin(planOf('restart', [API]));
    await clock.advance(1_000);
    expect(steps()).toEqual(['done: exit 0 at once', 'failed: The port is taken.', 'skipped']);
    expect(run().message).toBe('The port is taken. api is stopped since 09:14:00 UTC, exit 0.');
  });
});

describe('a cut link', () => {
  it.each([
    ['CONNECTION_LOST', 'The connection to atlas was lost while api was being stopped.'],
    ['ENGINE_UNREACHABLE', 'The engine of atlas hung up while api was being stopped.'],
    ['ENGINE_TIMEOUT', 'The engine of atlas gave no answer in time while api was being stopped.'],
    ['ENGINE_ANSWER_INVALID', 'The engine of atlas gave an answer that could not be read while api was being stopped.'],
  ] as const)('by %s leaves the outcome unknown, and nothing is sent again', async (code, sentence) => {
    const { begin, host, clock, run, steps, journal } = bookOn(API);
    host.script(async () => {
      host.offline();
      throw new AppError(code, 'x');
    });
    await begin(planOf('stop', [API]));
    await clock.advance(120_000);
    const message = `${sentence} It is looked at when the host is back.`;
    expect([run().state, run().message, ...steps()]).toEqual(['unknown', message, 'unknown']);
    expect(journal.of('outcome')).toMatchObject([{ outcome: 'unknown', message, after: null }]);
    expect(host.changes).toHaveLength(1);
  });

  it.each([
    ['HOST_NOT_LIVE', {}],
    ['CONNECTION_LOST', { sent: false }],
    ['ENGINE_TIMEOUT', { sent: false }],
    ['FORWARD_REFUSED', { sent: false }],
  ] as const)('by %s before anything was sent is a refusal', async (code, details) => {
    const { begin, host, clock, run, steps } = bookOn(API);
    host.script(async () => {
      throw new AppError(code, 'It cannot be reached.', { details });
    });
    await begin(planOf('stop', [API]));
    await clock.advance(1_000);
    expect([run().state, run().message, ...steps()]).toEqual([
      'failed',
      'api was not stopped: nothing was sent. It cannot be reached. api is running; started at 09:14:00 UTC.',
      'failed: It cannot be reached.',
    ]);
  });

  it('is told from an engine that does not answer any more', async () => {
    const { begin, host, clock, run } = bookOn(WEB);
    await begin(planOf('restart', [WEB]));
    await clock.advance(2_000);
    host.failInspects(new AppError('HOST_NOT_LIVE', 'x', { details: { state: 'degraded' } }));
    await clock.advance(lookMs);
    expect(run()).toMatchObject({
      state: 'unknown',
      message: expect.stringMatching(/^The engine has restarted web, but the engine of atlas gave no answer in time /),
    });
  });

  it('to a machine in whose place the settings put another one ends there', async () => {
    const { begin, host, clock, run } = bookOn(API, WORKER);
    await begin(planOf('restart', [API, WORKER]));
    await clock.advance(1_000);
    host.target = 'ssh://ops@borealis';
    await clock.advance(upMs + 1_000);
    expect(run()).toMatchObject({
      state: 'unknown',
      message:
        'The engine has restarted api, but the host atlas was removed before it was seen how it is. It is looked at when the host is back. Left as it was: worker.',
    });
    expect(host.changes).toHaveLength(1);
  });

  it('while it is only waited for says that the engine has done it', async () => {
    const { begin, host, clock, run, steps } = bookOn(WEB);
    await begin(planOf('restart', [WEB]));
    await clock.advance(2_000);
    host.offline();
    await clock.advance(lookMs);
    expect([run().state, run().message, ...steps()]).toEqual([
      'unknown',
      'The engine has restarted web, but the connection to atlas was lost before it was seen how it is. It is looked at when the host is back.',
      'done: exit 0 at once',
      'done',
      'unknown',
    ]);
  });

  it('is what an engine that never answers comes to', async () => {
    const { begin, host, clock, run } = bookOn(API);
    host.script(() => new Promise(() => {}));
    await begin(planOf('stop', [API]));
    await clock.advance(10_000 + limits.actions.answerMs + limits.engine.requestMs + lookMs);
    expect(run()).toMatchObject({
      state: 'unknown',
      message: expect.stringContaining('gave no answer in time while api was being stopped'),
    });
  });
});

describe('an app', () => {
  it('is restarted one container after the other, each seen to be well before the next', async () => {
    const { begin, host, clock, run } = bookOn(API, WEB, WORKER);
    await begin(planOf('restart', [WEB, API, WORKER]));
    await clock.advance(5_000);
    expect(host.changes.map(({ containerId }) => containerId)).toEqual([WEB.id]);
    host.alter(WEB.id, { health: 'healthy' });
    await clock.advance(lookMs);
    expect(host.changes.map(({ containerId }) => containerId)).toEqual([WEB.id, API.id]);
    await clock.advance(2 * (upMs + lookMs));
    expect(run()).toMatchObject({
      state: 'succeeded',
      message: 'web, api and worker were restarted. Without a health check: api and worker.',
    });
  });

  it('is left at the first that fails, and it is said which were done', async () => {
    const { begin, host, clock, run, steps } = bookOn(API, WEB, WORKER);
    host.script(async (_, apply) => apply(), failing('ENGINE_ERROR', 'The port is taken.'));
    await begin(planOf('restart', [API, WEB, WORKER]));
    await clock.advance(upMs + 2 * lookMs);
    expect(run()).toMatchObject({
      state: 'failed',
      message:
        'The port is taken. web is running and healthy; started at 09:14:00 UTC. Done before: api. Left as it was: worker.',
    });
    expect(steps().map((step) => step.split(':')[0])).toEqual([
      'done',
      'done',
      'done',
      'failed',
      'skipped',
      'skipped',
      'skipped',
      'skipped',
      'skipped',
    ]);
    expect(host.changes).toHaveLength(2);
  });

  it('is cancelled after what is under way', async () => {
    const { begin, book, host, clock, run, steps } = bookOn(API, WEB, WORKER);
    host.script(async (_, apply) => {
      await clock.sleep(2_000);
      return apply();
    });
    const id = await begin(planOf('restart', [API, WEB, WORKER]));
    await clock.advance(500);
    book.cancel(id);
    expect(run()).toMatchObject({ state: 'running', cancelling: true });
    await clock.advance(10_000);
    expect(run()).toMatchObject({
      state: 'cancelled',
      message:
        'It was cancelled. api is up again, and was not waited for any longer. Left as they were: web and worker.',
    });
    expect(steps()).toEqual([
      'done: exit 0 after 2 s',
      'done',
      'skipped: not waited for',
      ...Array.from({ length: 6 }, () => 'skipped'),
    ]);
    expect(host.changes).toHaveLength(1);
  });
});

describe('a cancel', () => {
  it('cuts a wait for health short', async () => {
    const { begin, book, clock, run } = bookOn(WEB);
    const id = await begin(planOf('restart', [WEB]));
    await clock.advance(4_000);
    book.cancel(id);
    await clock.advance(0);
    expect(run()).toMatchObject({
      state: 'cancelled',
      message: 'It was cancelled. web is up again, and was not waited for any longer.',
    });
  });

  it('that comes too late changes nothing', async () => {
    const { begin, book, host, clock, run } = bookOn(API);
    host.script(async (_, apply) => {
      await clock.sleep(1_000);
      return apply();
    });
    const id = await begin(planOf('stop', [API]));
    book.cancel(id);
    await clock.advance(2_000);
    expect(run()).toMatchObject({ state: 'succeeded', cancelling: true });
  });

  it('begins nothing further although what was under way came out well', async () => {
    const { begin, book, host, clock, run } = bookOn(WEB, API);
    host.script(async (change, apply) => {
      await clock.sleep(1_000);
      const answer = apply();
      host.alter(change.containerId, { health: 'healthy' });
      return answer;
    });
    const id = await begin(planOf('restart', [WEB, API]));
    book.cancel(id);
    await clock.advance(10_000);
    expect(run()).toMatchObject({
      state: 'cancelled',
      message: 'It was cancelled. web is up again and healthy. Left as it was: api.',
    });
    expect(host.changes).toHaveLength(1);
  });

  it('does not hide what went wrong', async () => {
    const { begin, book, host, clock, run } = bookOn(API, WEB);
    host.script(cut);
    const id = await begin(planOf('restart', [API, WEB]));
    book.cancel(id);
    await clock.advance(1_000);
    expect(run()).toMatchObject({ state: 'unknown', message: expect.stringContaining('Left as it was: web.') });
  });
});

it('an event of long before says nothing of this run', async () => {
  const { begin, host, fleet, clock, steps } = bookOn(API);
  host.script(() => new Promise(() => {}));
  await begin(planOf('stop', [API]));
  fleet.now = () => NOW - 60_000;
  host.emit('die', API.id, { exitCode: '9' });
  expect(steps()).toEqual(['running']);
  fleet.now = () => clock.now();
  host.emit('die', API.id, { exitCode: '0' });
  expect(steps()).toEqual(['done: exit 0 at once']);
});

it('what is found out later says nothing of how far this run is', async () => {
  const { begin, host, fleet, steps } = bookOn(API);
  host.script(() => new Promise(() => {}));
  await begin(planOf('stop', [API]));
  fleet.tell(host, 'die', API.id, { exitCode: '9' }, 'afterwards');
  expect(steps()).toEqual(['running']);
});
