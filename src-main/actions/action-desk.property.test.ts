import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LockedAction } from '#contract/actions.ts';
import { AppError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import { type DeskParts, OTHER_HOST, openDesk, restartShop } from './action-desk.fixture.ts';
import { containerId, type FakeHost, HOST_ID } from './host.fixture.ts';

const starts = ['a41c', '3eb0', 'd8d8', 'd8d8', 'beef'];

// One much more often than the other, and what works more often than what does not: most steps shall come to something.
const host = fc.constantFrom(HOST_ID, HOST_ID, HOST_ID, OTHER_HOST);
const mostly = fc.constantFrom(true, true, true, false);
const target = fc.record({ hostId: host, containerId: fc.constantFrom(...starts.map(containerId)) });
const locked = fc.constantFrom<LockedAction>('container.stop', 'container.restart');

/** What windows, hosts and time may do, in any order. */
const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.tuple(
      fc.constant('plan' as const),
      target,
      fc.constantFrom('container.start' as const, 'container.stop' as const, 'container.restart' as const),
    ),
  },
  { weight: 2, arbitrary: fc.tuple(fc.constant('planApp' as const), host) },
  // Any plan of before, replayed ones and forged ones included.
  { weight: 6, arbitrary: fc.tuple(fc.constant('run' as const), fc.constantFrom(0, 0, 0, 1, 2, 7)) },
  { weight: 3, arbitrary: fc.tuple(fc.constant('unlock' as const), target, locked) },
  // As an operator does it: one after the other, about the same container.
  { weight: 3, arbitrary: fc.tuple(fc.constant('unlockAndRun' as const), target, locked) },
  { weight: 1, arbitrary: fc.tuple(fc.constant('lock' as const), target, locked) },
  {
    weight: 2,
    arbitrary: fc.tuple(fc.constant('mode' as const), host, mostly),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(fc.constant('protect' as const), host, fc.constantFrom('api', 'web'), fc.boolean()),
  },
  { weight: 1, arbitrary: fc.tuple(fc.constant('recreate' as const), host) },
  {
    weight: 1,
    arbitrary: fc.tuple(
      fc.constant('state' as const),
      target,
      fc.constantFrom('running' as const, 'exited' as const, 'restarting' as const),
    ),
  },
  { weight: 1, arbitrary: fc.tuple(fc.constant('link' as const), host, mostly) },
  { weight: 1, arbitrary: fc.tuple(fc.constant('journal' as const), mostly) },
  {
    weight: 2,
    arbitrary: fc.tuple(
      fc.constant('wait' as const),
      fc.constantFrom(1_000, 59_999, limits.actions.planMs, limits.actions.unlockMs),
    ),
  },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

interface Model {
  readonly plans: string[];
  /** Unlocks that were given, not taken back and not used: when each ends, by host, container and action. */
  readonly unlocked: Map<string, number>;
  /** Changes that came to an engine, and those of them to what is protected. */
  readonly done: { changes: number; unlocked: number };
}

const keyOf = (hostId: string, id: string, action: string) => `${hostId} ${id} ${action}`;
const hostOf = ({ atlas, borealis }: DeskParts, id: string): FakeHost => (id === atlas.id ? atlas : borealis);

async function apply(parts: DeskParts, model: Model, one: Step): Promise<void> {
  const { desk, clock, journal } = parts;
  const { signal } = new AbortController();
  switch (one[0]) {
    case 'plan':
      model.plans.push((await desk.plan({ action: one[2], ...one[1] }, signal)).id);
      return;
    case 'planApp':
      model.plans.push((await desk.plan({ ...restartShop, hostId: one[1] }, signal)).id);
      return;
    case 'run': {
      const plan = model.plans.at(-1 - one[1]) ?? 'd0000000-0000-4000-8000-000000000000';
      await desk.run({ plan, reason: null });
      return;
    }
    case 'unlock': {
      const [, key, action] = one;
      const unlock = await desk.unlock({ ...key, action, reason: 'why' }, signal);
      model.unlocked.set(keyOf(key.hostId, key.containerId, action), Date.parse(unlock.until));
      return;
    }
    case 'unlockAndRun': {
      const [, key, action] = one;
      await apply(parts, model, ['unlock', key, action]);
      await apply(parts, model, ['plan', key, action]);
      await apply(parts, model, ['run', 0]);
      return;
    }
    case 'lock':
      model.unlocked.delete(keyOf(one[1].hostId, one[1].containerId, one[2]));
      await desk.lock({ ...one[1], action: one[2] });
      return;
    case 'mode':
      await desk.setMode({ id: one[1], mode: one[2] ? 'operate' : 'observe' });
      // What is observed again is locked.
      for (const key of one[2] ? [] : model.unlocked.keys()) if (key.startsWith(one[1])) model.unlocked.delete(key);
      return;
    case 'protect':
      await desk.protect({ hostId: one[1], app: 'shop', service: one[2], protect: one[3] });
      return;
    case 'recreate': {
      const there = hostOf(parts, one[1]);
      const [from, to] = there.engine.has(containerId('a41c')) ? ['a41c', 'beef'] : ['beef', 'a41c'];
      there.recreate(containerId(from), to);
      return;
    }
    case 'state':
      if (hostOf(parts, one[1].hostId).engine.has(one[1].containerId)) {
        hostOf(parts, one[1].hostId).alter(one[1].containerId, { state: one[2] });
      }
      return;
    case 'link':
      if (one[2]) hostOf(parts, one[1]).live();
      else hostOf(parts, one[1]).offline();
      return;
    case 'journal':
      journal.fail(one[1] ? null : new AppError('JOURNAL_UNUSABLE', 'The disk is full.'));
      return;
    case 'wait':
      await clock.advance(one[1]);
  }
}

/** What has reached an engine since the last look was allowed, unlocked where it had to be, and on the record before. */
function check(
  parts: DeskParts,
  model: Model,
  before: ReadonlyMap<string, ReturnType<FakeHost['protectionOf']>>,
): void {
  const intents = parts.journal.of('intent');
  for (const there of [parts.atlas, parts.borealis]) {
    for (const { what, containerId: id, mode } of there.changes.splice(0)) {
      model.done.changes += 1;
      expect(mode).toBe('operate');
      expect(there.status.state).toBe('live');
      const intent = intents.at(-1);
      expect([intent?.host.id, intent?.before.map((each) => each.id)]).toEqual([
        there.id,
        expect.arrayContaining([id]),
      ]);
      const protection = before.get(`${there.id} ${id}`) ?? null;
      if (what === 'start' || protection === null) continue;
      const key = keyOf(there.id, id, `container.${what}`);
      expect(intent?.action).toBe(`container.${what}`);
      expect(model.unlocked.get(key) ?? 0).toBeGreaterThan(parts.clock.now());
      expect(intent?.unlocks.map(({ container }) => container.id)).toEqual([id]);
      // Once.
      model.done.unlocked += 1;
      model.unlocked.delete(key);
    }
  }
  let started = false;
  // What is done follows upon an intent, or upon something else that the same intent allows.
  for (const entry of parts.trace.splice(0)) {
    if (/^(start|stop|restart) /.test(entry)) expect(started).toBe(true);
    started = entry === 'journal intent' || (started && /^(start|stop|restart) /.test(entry));
  }
}

describe('ActionDesk', () => {
  it('lets nothing reach a host that is observed, nothing protected without an unlock, nothing without an intent', async () => {
    const done = { changes: 0, unlocked: 0 };
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 60, size: 'max' }), async (steps) => {
        using parts = openDesk();
        const model: Model = { plans: [], unlocked: new Map(), done };
        for (const one of steps) {
          const before = new Map(
            [parts.atlas, parts.borealis].flatMap((there) =>
              [...there.engine.values()].map(
                (detail) => [`${there.id} ${detail.id}`, there.protectionOf(detail)] as const,
              ),
            ),
          );
          try {
            await apply(parts, model, one);
          } catch (error) {
            // A refusal; anything else is a bug.
            if (!(error instanceof AppError)) throw error;
          }
          check(parts, model, before);
        }
      }),
      { numRuns: 60 },
    );
    // It would hold of a desk that does nothing as well.
    expect(done.changes).toBeGreaterThan(30);
    expect(done.unlocked).toBeGreaterThan(10);
  });
});
