import { describe, expect, it } from 'vitest';
import { formatBytes, formatBytesOf, formatCount, formatDuration } from './figures.ts';

const KIB = 1024;
const MIB = 1024 * KIB;
const GIB = 1024 * MIB;

describe('formatBytes', () => {
  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1000, '0.98 kB'],
    [2 * GIB, '2 GB'],
    [1.93 * GIB, '1.93 GB'],
    [640 * MIB, '640 MB'],
    [18.44 * GIB, '18.4 GB'],
    [9.999 * MIB, '10 MB'],
    [999.9 * MIB, '0.98 GB'],
    [1024 ** 6, '1024 PB'],
  ])('%d is %s', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });
});

describe('formatBytesOf', () => {
  it.each([
    [1.93 * GIB, 2 * GIB, '1.93 of 2 GB'],
    [980 * MIB, GIB, '980 MB of 1 GB'],
    [500 * MIB, 512 * MIB, '500 of 512 MB'],
  ])('%d of %d is %s', (part, whole, text) => {
    expect(formatBytesOf(part, whole)).toBe(text);
  });
});

describe('formatDuration', () => {
  it.each([
    [-5, '0 s'],
    [999, '0 s'],
    [2_999, '2 s'],
    [59_999, '59 s'],
    [60_000, '1 min'],
    [4 * 60_000 + 59_000, '4 min'],
    [3_600_000, '1 h'],
    [23 * 3_600_000, '23 h'],
    [12 * 86_400_000, '12 d'],
  ])('%d ms is %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });
});

describe('formatCount', () => {
  it('has a singular and a plural', () => {
    expect([formatCount(0, 'host'), formatCount(1, 'host'), formatCount(2, 'is', 'are')]).toEqual([
      '0 hosts',
      '1 host',
      '2 are',
    ]);
  });
});
