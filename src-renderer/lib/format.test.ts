import { describe, expect, test } from 'vitest';
import {
  capitalised,
  formatBytes,
  formatCores,
  formatCount,
  formatCountdown,
  formatDuration,
  formatLatency,
  formatSpan,
} from './format.ts';

describe('figures', () => {
  test.each([
    [null, '–'],
    [0, '0 B'],
    [58 * 1024 ** 2, '58 MB'],
    [640 * 1024 ** 2, '640 MB'],
    [999.6 * 1024 ** 2, '1 GB'],
    [1.93 * 1024 ** 3, '1.9 GB'],
    [18.4 * 1024 ** 3, '18 GB'],
  ])('%s bytes are %s', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });

  test.each([
    [null, '–'],
    [0, '0.00 cores'],
    [36, '0.36 cores'],
    [284.4, '2.84 cores'],
  ])('%s per cent of a core are %s', (percent, text) => {
    expect(formatCores(percent)).toBe(text);
  });

  test.each([
    [null, '–'],
    [0.2, '1 ms'],
    [8.4, '8 ms'],
    [1_240, '1.2 s'],
  ])('a round trip of %s ms is %s', (ms, text) => {
    expect(formatLatency(ms)).toBe(text);
  });

  test.each([
    [-5_000, '0 s'],
    [2_900, '2 s'],
    [60_000, '1 min'],
    [3_600_000 * 5, '5 h'],
    [86_400_000 * 12, '12 d'],
  ])('%s ms are %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });

  test.each([
    [120_000, '2:00'],
    [112_000, '1:52'],
    [6_100, '0:07'],
    [0, '0:00'],
    [-3_000, '0:00'],
  ])('%s ms that are left are %s', (ms, text) => {
    expect(formatCountdown(ms)).toBe(text);
  });

  test.each([
    [320, '320 ms'],
    [6_020, '6 s'],
    [6_240, '6.2 s'],
    [31_400, '31 s'],
    [59_700, '1 min'],
    [94_400, '1 min 34 s'],
    [180_000, '3 min'],
    [599_400, '9 min 59 s'],
    [599_500, '10 min'],
    [4_000_000, '1 h'],
  ])('it took %s ms: %s', (ms, text) => {
    expect(formatSpan(ms)).toBe(text);
  });

  test('one is not many, and a sentence begins with a capital', () => {
    expect([formatCount(1, 'host'), formatCount(2, 'host'), capitalised('near its limit'), capitalised('')]).toEqual([
      '1 host',
      '2 hosts',
      'Near its limit',
      '',
    ]);
  });
});
