import { expect, it } from 'vitest';
import { hotp } from './one-time-codes.ts';

it('makes the codes of RFC 4226, appendix D', () => {
  const secret = Buffer.from('12345678901234567890');
  expect(Array.from({ length: 10 }, (_, counter) => hotp(secret, counter))).toEqual([
    '755224',
    '287082',
    '359152',
    '969429',
    '338314',
    '254676',
    '287922',
    '162583',
    '399871',
    '520489',
  ]);
});
