import { Readable } from 'node:stream';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { AppError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import { parseEvent, readEvents, SeenEvents } from './events.ts';
import type { EngineEvent } from './model.ts';

function line(event: object): string {
  return `${JSON.stringify({ Type: 'container', Actor: { ID: 'c1', Attributes: {} }, timeNano: 1_700_000_000_000_000_000, ...event })}\n`;
}

async function readAll(chunks: Iterable<Buffer | string>, seen = new SeenEvents()): Promise<EngineEvent[]> {
  return Array.fromAsync(readEvents(Readable.from(chunks, { objectMode: false }), seen));
}

const START =
  '{"Type":"container","Action":"start","Actor":{"ID":"c1","Attributes":{"name":"wéb \u{1f433}"}},"time":1700000000,"timeNano":1700000000123456789}\n';
const STARTED: EngineEvent = {
  type: 'container',
  action: 'start',
  id: 'c1',
  at: 1_700_000_000_123,
  timeNano: '1700000000123456789',
  attributes: { name: 'wéb \u{1f433}' },
};

test('an event, wherever its bytes are split and however many blank lines keep it alive', async () => {
  const bytes = Buffer.from(`\n${START}\r\n\n${line({ Action: 'die' })}`);
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat({ max: bytes.length }), { maxLength: 12 }), async (cuts) => {
      const edges = [0, ...cuts.sort((a, b) => a - b), bytes.length];
      const chunks = edges.slice(1).map((edge, index) => bytes.subarray(edges[index], edge));
      const events = await readAll(chunks.filter((chunk) => chunk.length > 0));
      expect([events[0], events[1]?.action, events.length]).toEqual([STARTED, 'die', 2]);
    }),
  );
});

test('a last line without its end is an event too', async () => {
  expect(await readAll([START.trimEnd()])).toEqual([STARTED]);
});

test.each<[string, object, Partial<EngineEvent> | null]>([
  ['what a healthcheck runs', { Action: 'exec_start: /bin/sh -c true' }, null],
  ['an action longer than any', { Action: `health_status: ${'x'.repeat(300)}` }, null],
  ['an id longer than any', { Actor: { ID: 'a'.repeat(300) } }, null],
  ['an image', { Type: 'image', Action: 'pull' }, null],
  ['no type', { Type: undefined, Action: 'start' }, null],
  ['no action', { Action: '' }, null],
  ['a network', { Type: 'network', Action: 'connect' }, { type: 'network', action: 'connect' }],
  ['Docker’s health', { Action: 'health_status: unhealthy' }, { action: 'health_status: unhealthy' }],
  ['Podman’s health', { Action: 'health_status', HealthStatus: 'healthy' }, { action: 'health_status: healthy' }],
  [
    'Podman’s health among the attributes',
    { Action: 'health_status', Actor: { ID: 'c1', Attributes: { health_status: 'unhealthy' } } },
    { action: 'health_status: unhealthy' },
  ],
  [
    'Podman’s death',
    { status: 'died', Actor: { ID: 'c1', Attributes: { containerExitCode: '137' } } },
    { action: 'die', attributes: { containerExitCode: '137', exitCode: '137' } },
  ],
  ['Podman’s removal', { Action: 'remove' }, { action: 'destroy' }],
  ['a network’s removal stays one', { Type: 'network', Action: 'remove' }, { action: 'remove' }],
  ['an old engine’s words', { status: 'start', id: 'c9', Actor: null }, { action: 'start', id: 'c9', attributes: {} }],
  [
    'no nanoseconds',
    { Action: 'oom', time: 1_700_000_001, timeNano: undefined },
    { at: 1_700_000_001_000, timeNano: '1700000001000000000' },
  ],
])('%s', (_name, event, expected) => {
  const parsed = parseEvent(line(event));
  if (expected === null) expect(parsed).toBeNull();
  else expect(parsed).toMatchObject(expected);
});

test('a label cannot pose as the time', () => {
  const attributes = { timeNano: '5', note: '"timeNano":5,', 'x","timeNano":7,"y': 'z' };
  const event = { Type: 'container', Action: 'start', Actor: { ID: 'c1', Attributes: attributes }, time: 1 };
  const told = JSON.stringify(event).replace(/}$/, ',"timeNano":1700000000000000001}');
  expect(parseEvent(told)).toMatchObject({ timeNano: '1700000000000000001' });
});

test('what the overlap repeats is told once, over several streams', async () => {
  const seen = new SeenEvents();
  const again = line({ Action: 'die' });
  const first = await readAll([START, again, START], seen);
  const second = await readAll([again, line({ Action: 'stop' })], seen);
  expect([first, second].map((events) => events.map(({ action }) => action))).toEqual([['start', 'die'], ['stop']]);
});

test('the oldest are forgotten, so that a year of events is not held', () => {
  const seen = new SeenEvents();
  const event = (time: number): EngineEvent => ({ ...STARTED, timeNano: String(time) });
  for (let time = 0; time <= limits.engine.rememberedEvents; time += 1) seen.add(event(time));
  expect([seen.add(event(limits.engine.rememberedEvents)), seen.add(event(0))]).toEqual([false, true]);
});

test.each([
  ['garbage', '<html>\n'],
  ['a cut line', '{"Type":"container"\n'],
  ['a wrong field', line({ Action: 5 })],
  ['a wrong attribute', line({ Actor: { ID: 'c1', Attributes: { exitCode: 1 } } })],
  ['a time beyond all years', line({ timeNano: undefined, time: 1e30 })],
])('%s is left out and told once, and what follows is not lost', async (_name, poison) => {
  const problems: AppError[] = [];
  const source = Readable.from([poison, START, poison, poison, line({ Action: 'die' }), poison], { objectMode: false });
  const events = await Array.fromAsync(readEvents(source, new SeenEvents(), (problem) => problems.push(problem)));
  expect([events.map(({ action }) => action), problems.map(({ code, details }) => [code, details.call])]).toEqual([
    ['start', 'die'],
    [['ENGINE_ANSWER_INVALID', 'events']],
  ]);
});

test('an event cut off by the end of its stream is left out', async () => {
  expect(await readAll([START, '{"Type":"container"'])).toEqual([STARTED]);
});

test.each([
  ['nothing but what is no event', ['<html>\n', '</html>']],
  ['a line too long in one chunk', [`${' '.repeat(limits.engine.eventLineBytes + 1)}\n`]],
])('%s is ENGINE_ANSWER_INVALID', async (_name, chunks) => {
  await expect(readAll(chunks)).rejects.toMatchObject({ code: 'ENGINE_ANSWER_INVALID' });
});

test('an endless line is given up at its bound', async () => {
  let given = 0;
  const endless = Readable.from(
    (function* () {
      for (;;) {
        given += 65_536;
        yield Buffer.alloc(65_536, 'x');
      }
    })(),
  );
  await expect(Array.fromAsync(readEvents(endless, new SeenEvents()))).rejects.toMatchObject({
    code: 'ENGINE_ANSWER_INVALID',
  });
  expect(given).toBeLessThan(limits.engine.eventLineBytes + 20 * 65_536);
  expect(endless.destroyed).toBe(true);
});

test('a broken link throws, with the reason where there is one; leaving the loop ends the stream', async () => {
  const broken = async (error: Error) => {
    const source = new Readable({ read() {} });
    source.push(START);
    const events = readEvents(source, new SeenEvents());
    expect((await events.next()).value).toEqual(STARTED);
    source.destroy(error);
    return events.next().catch((thrown: unknown) => thrown);
  };
  const lost = new AppError('CONNECTION_LOST', 'gone');
  expect(await broken(lost)).toBe(lost);
  expect(await broken(Object.assign(new Error('aborted'), { code: 'ECONNRESET' }))).toMatchObject({
    code: 'ENGINE_UNREACHABLE',
  });

  const source = new Readable({ read() {} });
  source.push(START);
  for await (const event of readEvents(source, new SeenEvents())) {
    expect(event).toEqual(STARTED);
    break;
  }
  expect(source.destroyed).toBe(true);
});
