import { expect, test } from 'vitest';
import { z } from 'zod';
import { limits } from '../kernel/limits.ts';
import { networksFrom, parseJson, sampleFrom } from './answers.ts';
import { detailFrom, summariesFrom } from './container-answers.ts';
import { parseEvent } from './events.ts';
import { listOf, recordOf } from './json-collections.ts';

const ID = 'c'.repeat(64);
const MIB = 1024 * 1024;

function issues(schema: z.ZodType, json: unknown): unknown {
  return schema.safeParse(json).error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
}

test('the first that is wrong is told, with its place, and the rest is not looked at', () => {
  let looked = 0;
  const counted = z.string().refine(() => {
    looked += 1;
    return true;
  });
  const shape = z.object({ a: recordOf(listOf(counted), z.string().regex(/^[a-z]+$/, 'it is no word')) });
  const read = '{"a":{"x":["1","2"],"__proto__":["3"]}}';
  expect([
    shape.parse(JSON.parse(read)),
    issues(shape, { a: { x: ['1', 2, 3, 4], y: 5 } }),
    issues(shape, { a: { x: [], '7': 5, z: 5 } }),
    issues(shape, { a: { x: {} } }),
    issues(shape, { a: ['x'] }),
    issues(shape, {}),
    looked,
  ]).toEqual([
    { a: { x: ['1', '2'] } },
    ['a.x.1: Invalid input: expected string, received number'],
    // Keys that look like numbers come first.
    ['a.7: it is no word'],
    ['a.x: expected a list'],
    ['a: expected an object'],
    ['a: expected an object'],
    3,
  ]);
});

/** `count` of `unit`, parted by commas. */
function many(unit: string, count: number): string {
  return Array.from({ length: count }, () => unit).join(',');
}

const keys = Array.from({ length: 400_000 }, (_, index) => `"${index}":{}`).join(',');

test.each<[string, string, (json: unknown) => unknown]>([
  ['containers', `[${many('{}', limits.engine.containers)}]`, summariesFrom],
  ['networks', `[${many('0', limits.engine.networks)}]`, networksFrom],
  ['ports of one container', `[{"Id":"${ID}","Image":"x","Created":1,"Ports":[${many('0', 900_000)}]}]`, summariesFrom],
  ['labels of one container', `[{"Id":"${ID}","Image":"x","Created":1,"Labels":{${keys}}}]`, summariesFrom],
  [
    'an inspect’s mounts',
    `{"Id":"${ID}","Name":"","Image":"","Created":"","RestartCount":0,"State":{"Status":""},"Config":{"Image":""},"Mounts":[${many('0', 900_000)}]}`,
    detailFrom,
  ],
  [
    'a sample’s memory',
    `{"read":"","cpu_stats":{"cpu_usage":{"total_usage":1}},"memory_stats":{"stats":{${keys}}}}`,
    (json) => sampleFrom(ID, json),
  ],
])('%s, all wrong, are given up at the first', (_name, text, read) => {
  const json = parseJson({ call: 'a test', body: Buffer.from(text) });
  const before = performance.now();
  expect(() => read(json)).toThrow(expect.objectContaining({ code: 'ENGINE_ANSWER_INVALID' }));
  // Told of one by one, 900,000 faults take seconds.
  expect(performance.now() - before).toBeLessThan(1_000);
});

test('an event with a megabyte of attributes that are none is given up at the first', () => {
  const before = performance.now();
  for (let round = 0; round < 20; round += 1) {
    expect(parseEvent(`{"Type":"container","Action":"x","Actor":{"Attributes":{${many('"a":1', 150_000)}}}}`)).toEqual(
      expect.objectContaining({ code: 'ENGINE_ANSWER_INVALID' }),
    );
  }
  expect((performance.now() - before) / 20).toBeLessThan(150);
});

test('an answer of more values than any engine has is not parsed', () => {
  const before = performance.now();
  const parse = (unit: string) => () =>
    parseJson({ call: 'list containers', body: Buffer.from(`[${unit.repeat((30 * MIB) / unit.length)}`) });
  for (const unit of ['{},', '0,', '[', '{"a":', '"",']) {
    expect(parse(unit)).toThrow(
      expect.objectContaining({
        code: 'ENGINE_ANSWER_TOO_LARGE',
        details: { call: 'list containers', what: 'values', most: limits.engine.answerValues },
      }),
    );
  }
  // JSON.parse alone takes many times as long for the first of them.
  expect(performance.now() - before).toBeLessThan(3_000);
});

test('more containers or networks than a host may have are too many, however well-formed', () => {
  const container = { Id: ID, Image: 'x', Created: 1 };
  const listed = (length: number) => summariesFrom(Array.from({ length }, () => container)).length;
  const networks = (length: number) => networksFrom(Array.from({ length }, () => ({ Id: 'n', Name: 'n' }))).length;
  expect([listed(limits.engine.containers), networks(limits.engine.networks)]).toEqual([2_000, 2_000]);
  for (const one of [() => listed(limits.engine.containers + 1), () => networks(limits.engine.networks + 1)]) {
    expect(one).toThrow(
      expect.objectContaining({ code: 'ENGINE_ANSWER_TOO_LARGE', message: expect.stringContaining('2,000') }),
    );
  }
});

test('the beginning of a wrong answer is shown, however long it is', () => {
  const wrong = (json: unknown) => {
    try {
      return summariesFrom(json);
    } catch (error) {
      return (error as { details: { seen: string } }).details.seen;
    }
  };
  expect([
    wrong([{ a: [1], b: null, c: 'x'.repeat(MIB) }]),
    wrong(Array.from({ length: 9 }, () => 0)),
    wrong('y'.repeat(MIB)),
    wrong(null),
  ]).toEqual([`[{"a":…,"b":null,"c":"${'x'.repeat(57)}…`, '[0,0,0,0,0]', `"${'y'.repeat(78)}…`, 'null']);
});
