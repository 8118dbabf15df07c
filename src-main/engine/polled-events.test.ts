import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import type { Clock } from '../kernel/clock.ts';
import { AppError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import { SeenEvents } from './events.ts';
import { pollEvents } from './polled-events.ts';

const { eventPollMs } = limits.engine;
const { eventOverlapMs } = limits.fleet;
const BEGUN = 1_700_000_000_000;

function eventAt(action: string, at: number): string {
  return `${JSON.stringify({ Type: 'container', Action: action, Actor: { ID: 'c', Attributes: {} }, timeNano: at * 1e6 })}\n`;
}

/** What was asked for, and what came of it, by an engine that has these events. */
async function polled(events: readonly (readonly [string, number])[], { rounds = 4, failsAt = -1 } = {}) {
  let now = BEGUN;
  const asked: [number, number][] = [];
  const clock: Clock = {
    now: () => now,
    monotonic: () => now,
    sleep: async (ms) => {
      now += ms;
    },
  };
  const told: string[] = [];
  const iterator = await pollEvents({
    ask: async (since, until) => {
      if (asked.length === failsAt) throw new AppError('ENGINE_UNREACHABLE', 'Gone.');
      asked.push([since - BEGUN, until - BEGUN]);
      return Readable.from(
        events.filter(([, at]) => at >= since && at <= until).map(([action, at]) => eventAt(action, at)),
        { objectMode: false },
      );
    },
    since: BEGUN - 60_000,
    now: () => now,
    clock,
    signal: new AbortController().signal,
    seen: new SeenEvents(),
    hasRoom: () => asked.length >= rounds,
  });
  try {
    for await (const { action } of iterator) told.push(action);
  } catch (error) {
    told.push((error as AppError).code);
  }
  return { asked, told };
}

test('each question begins a while before the one before ended, and nothing is told twice or left out', async () => {
  const { asked, told } = await polled([
    ['create', BEGUN - 30_000],
    ['start', BEGUN - 1],
    ['die', BEGUN + eventPollMs],
    ['start', BEGUN + eventPollMs + 1],
  ]);
  expect(told).toEqual(['create', 'start', 'die', 'start']);
  const until = (round: number) => round * eventPollMs;
  expect(asked).toEqual([
    [-60_000, 0],
    [until(0) - eventOverlapMs, until(1)],
    [until(1) - eventOverlapMs, until(2)],
    [until(2) - eventOverlapMs, until(3)],
  ]);
});

test('they end as soon as a stream would find a channel', async () => {
  expect((await polled([], { rounds: 1 })).asked).toHaveLength(1);
});

test('a question that fails ends them with why; the first, before they begin', async () => {
  expect((await polled([], { failsAt: 2 })).told).toEqual(['ENGINE_UNREACHABLE']);
  await expect(polled([], { failsAt: 0 })).rejects.toMatchObject({ code: 'ENGINE_UNREACHABLE' });
});
