import fc from 'fast-check';
import { expect, test } from 'vitest';
import { limits } from '../kernel/limits.ts';
import { type Lane, Lanes, stdioBudget } from './lanes.ts';

/** Sessions the host opens, and how they are spent: short requests, events, logs. */
const BUDGETS = [
  [1, 1, 0, 0],
  [2, 1, 0, 1],
  [3, 1, 0, 1],
  [4, 1, 1, 1],
  [5, 2, 1, 1],
  [6, 2, 1, 2],
  [8, 2, 1, 4],
  [9, 2, 1, 5],
] as const;

test.each(BUDGETS)('of %i sessions %i are for short requests, %i for events, %i for logs', (all, ...spent) => {
  const { control, events, streams } = stdioBudget(all);
  expect([control, events, streams]).toEqual(spent);
});

test('with a command beside them they are as many as sshd opens by default', () => {
  expect(limits.engine.stdioSessions + 1).toBe(10);
});

const HELD: readonly Lane[] = ['events', 'stream', 'change'];

test('whatever is asked for and let go of in whatever order, there are never more than there may be', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 9 }),
      fc.array(fc.record({ lane: fc.constantFrom(...HELD, 'short' as const, 'bulk' as const), leave: fc.boolean() }), {
        maxLength: 60,
      }),
      (sessions, steps) => {
        const lanes = new Lanes(stdioBudget(sessions));
        const open: { lane: Lane; leave: () => void }[] = [];
        const many = (...some: Lane[]) => open.filter(({ lane }) => some.includes(lane)).length;
        let [sent, wanted] = [0, 0];
        for (const { lane, leave } of steps) {
          if (leave) {
            open.shift()?.leave();
            continue;
          }
          const send = (left: () => void) => {
            open.push({ lane, leave: left });
            if (HELD.includes(lane)) return;
            sent += 1;
            expect(many('short', 'bulk')).toBeLessThanOrEqual(lanes.control);
            expect(many('bulk')).toBeLessThanOrEqual(lanes.budget.bulk);
          };
          if (!HELD.includes(lane)) wanted += 1;
          const hadRoom = lanes.hasRoom(lane);
          let refused = false;
          try {
            lanes.enter(lane, send);
          } catch (error) {
            refused = true;
            expect(error).toMatchObject({ code: 'CHANNELS_EXHAUSTED' });
          }
          expect(refused).toBe(!hadRoom);
          // Those of the pool stay open while nothing is asked.
          expect(lanes.control + many(...HELD)).toBeLessThanOrEqual(sessions);
        }
        while (open.length > 0) open.shift()?.leave();
        // Who has only to wait gets a turn in the end.
        expect(sent).toBe(wanted);
      },
    ),
    { numRuns: 2_000 },
  );
});

test('however many logs are open, a change finds a channel, where there are three sessions', () => {
  for (const sessions of [3, 4, 5, 9]) {
    const lanes = new Lanes(stdioBudget(sessions));
    while (lanes.hasRoom('stream')) lanes.enter('stream', () => {});
    expect([sessions, lanes.hasRoom('change')]).toEqual([sessions, true]);
  }
});

test('a second change takes the place of one channel for requests, and what waits for that goes on when it is done', () => {
  const lanes = new Lanes(stdioBudget());
  let told = 0;
  lanes.onNarrowed(() => (told += 1));
  const dones: (() => void)[] = [];
  while (lanes.hasRoom('stream')) lanes.enter('stream', () => {});
  for (let at = 0; at < 2; at += 1) lanes.enter('change', (done) => dones.push(done));
  expect([lanes.control, told, lanes.hasRoom('change')]).toEqual([1, 1, false]);
  let sent = 0;
  for (let at = 0; at < 3; at += 1) lanes.enter('short', () => (sent += 1));
  expect(sent).toBe(1);
  dones[0]?.();
  expect([sent, lanes.control]).toEqual([2, 2]);
});

test('a ping goes before the samples that wait, and there is always room for one beside a sample', () => {
  const lanes = new Lanes(stdioBudget());
  const sent: string[] = [];
  for (let at = 0; at < 3; at += 1) lanes.enter('bulk', () => sent.push('sample'));
  lanes.enter('short', () => sent.push('ping'));
  expect(sent).toEqual(['sample', 'ping']);
});

test('fewer sessions than thought: what waits goes on, events make room, and nothing is ever widened again', () => {
  const lanes = new Lanes(stdioBudget());
  let [evicted, told] = [0, 0];
  lanes.onNarrowed(() => (told += 1));
  lanes.enter(
    'events',
    () => {},
    () => (evicted += 1),
  );
  lanes.narrow(4);
  expect([evicted, told, lanes.budget.sessions]).toEqual([0, 1, 4]);
  lanes.narrow(3);
  lanes.narrow(7);
  lanes.narrow(0);
  expect([evicted, told, lanes.budget.sessions]).toEqual([1, 2, 3]);
  // Until it has ended it takes its place.
  expect([lanes.hasRoom('change'), lanes.hasRoom('events')]).toEqual([true, false]);
});

test('where nobody counts, nothing is refused, and nothing is learned from a refusal', () => {
  const lanes = new Lanes();
  for (let at = 0; at < 1_000; at += 1) for (const lane of HELD) lanes.enter(lane, () => {});
  lanes.narrow(2);
  expect(lanes.budget.sessions).toBeNull();
});

test('why there is no room, and what to do', () => {
  const lanes = new Lanes(stdioBudget());
  for (let at = 0; at < 5; at += 1) lanes.enter('stream', () => {});
  expect(lanes.exhausted('stream')).toMatchObject({
    message:
      'There is no channel left for another log: with 5 logs and 0 changes under way, all are taken that sshd on the host opens.',
    hint: expect.stringContaining('Close a log'),
  });
});
