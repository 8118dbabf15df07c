import { expect, test } from 'vitest';
import { REFRESH, readInterval, SAMPLE } from './interval.ts';

test.each([
  ['10', { seconds: 10 }],
  [' 2 ', { seconds: 2 }],
  ['2.5', { seconds: 2.5 }],
  ['2,5', { seconds: 2.5 }],
  ['3600', { seconds: 3_600 }],
  ['1', { wrong: 'From 2 to 3,600 seconds.' }],
  ['3600.5', { wrong: 'From 2 to 3,600 seconds.' }],
  ['', { wrong: 'Write it as a number of seconds, as in 10.' }],
  ['-5', { wrong: 'Write it as a number of seconds, as in 10.' }],
  ['1e3', { wrong: 'Write it as a number of seconds, as in 10.' }],
  ['ten', { wrong: 'Write it as a number of seconds, as in 10.' }],
])('%j is %j', (text, read) => {
  expect(readInterval(text, REFRESH)).toEqual(read);
});

test('load may be sampled every second', () => {
  expect(readInterval('1', SAMPLE)).toEqual({ seconds: 1 });
});
