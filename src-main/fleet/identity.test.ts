import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pinKey, serviceKey } from './identity.ts';

const PLACE = { app: 'shop', service: 'api', number: 1, oneOff: false };

describe('serviceKey', () => {
  it('is the same for a container made again under another name', () => {
    expect(serviceKey('h', PLACE, 'shop-api-1')).toBe(serviceKey('h', PLACE, '1f2e_shop-api-1'));
  });

  it('tells hosts, numbers and one-offs apart', () => {
    const keys = [
      serviceKey('h', PLACE, 'x'),
      serviceKey('g', PLACE, 'x'),
      serviceKey('h', { ...PLACE, number: 2 }, 'x'),
      serviceKey('h', { ...PLACE, number: null }, 'x'),
      serviceKey('h', { ...PLACE, oneOff: true }, 'x'),
      serviceKey('h', { ...PLACE, oneOff: true }, 'y'),
    ];
    expect(new Set(keys).size).toBe(keys.length);
  });
});

describe('pinKey', () => {
  it('is different for different services, whatever their names hold', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.string(), fc.string(), (app, service, otherApp, otherService) => {
        const same = app === otherApp && service === otherService;
        expect(pinKey({ app, service }) === pinKey({ app: otherApp, service: otherService })).toBe(same);
      }),
    );
  });
});
