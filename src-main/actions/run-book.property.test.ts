import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { ErrorCode } from '#contract/errors.ts';
import { AppError } from '../kernel/errors.ts';
import { API, bookOn, planOf, WEB, WORKER } from './run-book.fixture.ts';

const CONTAINERS = [API, WEB, WORKER] as const;
const CODES: readonly ErrorCode[] = ['CONNECTION_LOST', 'ENGINE_TIMEOUT', 'ENGINE_ERROR', 'ENGINE_DENIED', 'INTERNAL'];

type Step =
  | { readonly do: 'begin'; readonly what: 'start' | 'stop' | 'restart'; readonly on: readonly (0 | 1 | 2)[] }
  | { readonly do: 'cancel'; readonly run: number }
  | { readonly do: 'answer'; readonly how: 'late' | 'never' | ErrorCode }
  | { readonly do: 'journal' | 'link'; readonly works: boolean }
  | { readonly do: 'wait'; readonly ms: number }
  | { readonly do: 'die'; readonly on: 0 | 1 | 2 }
  | { readonly do: 'close' };

const container = fc.constantFrom(0 as const, 1 as const, 2 as const);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('begin' as const),
      what: fc.constantFrom('start' as const, 'stop' as const, 'restart' as const),
      on: fc.uniqueArray(container, { minLength: 1, maxLength: 3 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('cancel' as const), run: fc.nat({ max: 6 }) }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('answer' as const), how: fc.constantFrom('late', 'never', ...CODES) }),
  } as { weight: number; arbitrary: fc.Arbitrary<Step> },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('journal', 'link'), works: fc.boolean() }) } as {
    weight: number;
    arbitrary: fc.Arbitrary<Step>;
  },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(0, 1, 600, 4_000, 70_000) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('die' as const), on: container }) },
  { weight: 1, arbitrary: fc.constant({ do: 'close' as const }) },
);

it('whatever comes in between, nothing is sent without its intent, and each run has one outcome', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 14 }), async (steps) => {
      const { book, begin, host, clock, journal, trace } = bookOn(...CONTAINERS);
      const begun: string[] = [];
      let isJournalSound = true;
      for (const each of steps) {
        switch (each.do) {
          case 'begin':
            // Some begin at the same moment.
            void begin(
              planOf(
                each.what,
                each.on.map((index) => CONTAINERS[index]),
              ),
            ).then(
              (run) => begun.push(run),
              () => {},
            );
            break;
          case 'cancel': {
            const run = begun[each.run];
            if (run !== undefined) book.cancel(run);
            break;
          }
          case 'answer':
            host.script((_, apply) => {
              const { how } = each;
              if (how === 'never') return new Promise(() => {});
              if (how === 'late') return clock.sleep(5_000).then(apply);
              return Promise.reject(new AppError(how, 'x'));
            });
            break;
          case 'journal':
            isJournalSound &&= each.works;
            // An outcome that cannot be written is missing by right: what is asked of it is asked with a sound journal.
            if (each.works) journal.fail(null);
            else journal.fail();
            break;
          case 'link':
            if (each.works) host.live();
            else host.offline();
            break;
          case 'wait':
            await clock.advance(each.ms);
            break;
          case 'die':
            host.emit('die', CONTAINERS[each.on].id, { exitCode: '1' });
            break;
          case 'close':
            await book[Symbol.asyncDispose]();
            break;
        }
      }
      await clock.advance(2_000_000);
      host.live();
      await clock.advance(2_000_000);

      const intents = journal.of('intent');
      // A change belongs to an intent that stands before it in the trace, names its container, has no outcome yet, and has
      // not had that change already.
      const open = new Map<string, string[]>();
      const waiting = { intents: [...intents], outcomes: journal.of('outcome') };
      for (const line of trace) {
        if (line === 'journal intent') {
          const intent = waiting.intents.shift();
          if (intent !== undefined)
            open.set(
              intent.run,
              intent.before.map(({ name }) => name),
            );
        }
        if (line === 'journal outcome') open.delete(waiting.outcomes.shift()?.run ?? '');
        const name = /^(?:start|stop|restart) (.+)$/.exec(line)?.[1];
        if (name === undefined) continue;
        const holder = [...open.values()].find((names) => names.includes(name));
        expect(holder, `${line} has no intent in ${trace.join(', ')}`).toBeDefined();
        holder?.splice(holder.indexOf(name), 1);
      }
      const outcomes = journal.of('outcome').map(({ run }) => run);
      expect(new Set(outcomes).size).toBe(outcomes.length);
      const ran = intents.map(({ run }) => run);
      expect(outcomes.every((run) => ran.includes(run))).toBe(true);
      if (isJournalSound) expect([...outcomes].sort()).toEqual([...ran].sort());
      expect(book.list().filter(({ state }) => state === 'running')).toEqual([]);
      expect(CONTAINERS.map(({ id }) => book.busyWith(id))).toEqual([null, null, null]);
      await book[Symbol.asyncDispose]();
    }),
    { numRuns: 100 },
  );
});
