import { expect, test } from 'vitest';
import { limits } from '../kernel/limits.ts';
import { firstMoment, lastLines, linesBetween } from './log-book.ts';
import { START, simulated } from './simulation.fixture.ts';

const SECOND = 1_000;

test('what was read in pieces is what is read at once', () => {
  using demo = simulated();
  for (const name of ['shop-api-1', 'billing-worker-1', 'gitea-postgres-1', 'traefik-traefik-1']) {
    const container = demo.named(name);
    const from = START - 300 * SECOND;
    const pieces = Array.from({ length: 300 }, (_, index) => from + index * SECOND);
    const read = pieces.flatMap((at) => [...linesBetween(container, at, at + SECOND)]);
    expect(read).toEqual([...linesBetween(container, from, START)]);
    expect(read.length).toBeGreaterThan(30);
  }
});

test('is in order of time, each container in a voice of its own', () => {
  using demo = simulated();
  const beginnings = demo.simulation.containers.map((container) => {
    const lines = lastLines(container, 200, 0, START);
    const times = lines.map(({ at, nanos }) => at * 1e6 + nanos);
    expect([container.plan.name, times]).toEqual([container.plan.name, times.toSorted((a, b) => a - b)]);
    return lines.map(({ text }) => text).join('\n');
  });
  expect(new Set(beginnings).size).toBe(beginnings.length);
});

test('some hundred lines of the past are there, and no more than are kept', () => {
  using demo = simulated();
  const web = demo.named('shop-web-1');
  const all = [...linesBetween(web, firstMoment(web, START), START)];
  const slots = limits.demo.logSlots * web.plan.logEveryMs;
  expect({
    many: all.length > 1_000,
    oldest: (all[0]?.at ?? 0) >= START - slots,
    tail: lastLines(web, 5, 0, START),
  }).toEqual({
    many: true,
    oldest: true,
    tail: all.slice(-5),
  });
});

test('one that has stopped keeps its last words; one that runs again begins anew', async () => {
  using demo = simulated();
  const redis = demo.named('shop-redis-1');
  const stopped = demo.simulation.stop(redis, 10_000);
  await demo.clock.advance(10_000);
  await stopped;
  await demo.simulation.start(redis);
  await demo.clock.advance(1_000);
  const texts = [...linesBetween(redis, START, demo.clock.now())].map(({ text }) =>
    text.split(' ').slice(1, 3).join(' '),
  );
  expect(texts.filter((text) => /Received|# Redis|Ready/.test(text))).toEqual([
    'Received SIGTERM',
    '# Redis',
    '* Ready',
  ]);
});

test('says of itself what ails it while it is unhealthy', () => {
  using demo = simulated();
  const api = demo.named('shop-api-1');
  const about = (from: number, to: number) =>
    [...linesBetween(api, from, to)].filter(({ text }) => text.includes('pool')).length;
  const [ill, well] = [about(START - 60_000, START), about(START - 600_000, START - 300_000)];
  expect([ill > 10, well]).toEqual([true, 0]);
});

test('what it is made to say is said in order, and read the same each time', () => {
  using demo = simulated();
  const web = demo.named('shop-web-1');
  for (const text of ['one', 'two', 'three']) web.say(START, { stream: 'stderr', text });
  const read = () => [...linesBetween(web, START, START + 1)].filter(({ stream }) => stream === 'stderr');
  expect(read().map(({ text }) => text)).toEqual(['one', 'two', 'three']);
  expect(lastLines(web, 1, 0, START + 1)).toEqual(read().slice(-1));
});
